use outbox_rules::{self as rules, Verdict};

use super::value::Value;
use crate::error::{DecodeError, EncodeError};

/// The reason why the value of an attribute is refused, in reading or writing.
pub(crate) struct Refusal {
    name: String,
    found: String,
    reason: &'static str,
}

impl Refusal {
    pub(crate) fn new(name: &str, found: &str, reason: &'static str) -> Self {
        Self {
            name: name.to_owned(),
            found: found.to_owned(),
            reason,
        }
    }
}

impl From<Refusal> for DecodeError {
    fn from(refusal: Refusal) -> Self {
        Self::invalid(&refusal.name, &refusal.found, refusal.reason)
    }
}

impl From<Refusal> for EncodeError {
    fn from(refusal: Refusal) -> Self {
        Self::invalid(&refusal.name, refusal.reason)
    }
}

/// Turns a rule's verdict on an attribute into a refusal.
pub(super) fn obeys(name: &str, found: &str, verdict: Verdict) -> Result<(), Refusal> {
    verdict.map_err(|reason| Refusal::new(name, found, reason))
}

/// Checks a text that must not be empty.
pub(super) fn not_empty(name: &str, text: &str) -> Result<(), Refusal> {
    if text.is_empty() {
        return Err(Refusal::new(name, text, "it must not be empty"));
    }
    obeys(name, text, rules::sendable(text))
}

/// Returns the text of an attribute that must be a String.
pub(super) fn string<'v>(name: &str, value: &'v Value<'_>) -> Result<&'v str, Refusal> {
    match value {
        Value::Text(text) => Ok(text),
        value => Err(not_a_string(name, value)),
    }
}

pub(super) fn not_a_string(name: &str, value: &Value<'_>) -> Refusal {
    value.with_text(|found| Refusal::new(name, found, "this attribute must be a string"))
}
