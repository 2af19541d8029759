//! The attributes of a typed event: its ids are UUIDs, and its payload is JSON.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use outbox_rules::{self as rules, Attribute};
use uuid::Uuid;
use uuid::fmt::Hyphenated;

use super::refusal::{Refusal, not_empty, obeys, string};
use super::value::Value;
use super::{Attributes, is_json};
use crate::error::DecodeError;
use crate::excerpt::excerpt;
use crate::extensions::Extensions;
use crate::names::ExtensionName;
use crate::time;

impl<'a> Attributes<'a> {
    /// Checks that the payload is JSON, which is implied where no media type is given.
    pub(crate) fn expect_json(&self) -> Result<(), DecodeError> {
        match self.content_type() {
            Some(found) if !is_json(found) => Err(DecodeError::UnsupportedContentType {
                found: excerpt(found).into_owned(),
            }),
            _ => Ok(()),
        }
    }

    /// Returns the event's type and the version of its payload.
    pub(crate) fn payload_type(&self) -> Result<(&str, &str), DecodeError> {
        let event_type = self.text_of(Attribute::Type);
        let event_type = event_type.ok_or_else(|| self.missing(Attribute::Type))?;
        let Some(value) = self.get(Attribute::DataVersion) else {
            return Ok((event_type, rules::DEFAULT_DATA_VERSION));
        };
        let name = (self.name)(Attribute::DataVersion);
        let data_version = string(name, value)?;
        obeys(name, data_version, rules::data_version(data_version))?;
        Ok((event_type, data_version))
    }

    /// Checks the attributes for which a typed event has its own rules, and turns its ids into UUIDs.
    pub(crate) fn make_typed(&mut self) -> Result<(), DecodeError> {
        self.expect_json()?;
        self.payload_type()?;
        for attribute in [
            Attribute::CorrelationId,
            Attribute::CausationId,
            Attribute::Id,
        ] {
            if let Some(value) = self.get(attribute)
                && !matches!(value, Value::Id(_))
            {
                let name = (self.name)(attribute);
                let id = read_id(name, string(name, value)?)?;
                self.put(attribute, id);
            }
        }
        self.check_string(Attribute::PartitionKey, |_| Ok(()))?;
        self.check_string(Attribute::TraceParent, rules::trace_parent)?;
        self.check_string(Attribute::TraceState, rules::trace_state)?;
        Ok(())
    }

    fn check_string(
        &self,
        attribute: Attribute,
        rule: fn(&str) -> rules::Verdict,
    ) -> Result<(), Refusal> {
        let Some(value) = self.get(attribute) else {
            return Ok(());
        };
        let name = (self.name)(attribute);
        let text = string(name, value)?;
        not_empty(name, text)?;
        obeys(name, text, rule(text))
    }

    /// Takes an attribute that is an id.
    pub(crate) fn take_id(&mut self, attribute: Attribute) -> Option<Uuid> {
        match self.take(attribute) {
            Some(Value::Id(id)) => Some(id),
            other => {
                debug_assert!(other.is_none(), "{attribute:?} is made an id before");
                None
            }
        }
    }

    /// Takes an attribute that is text.
    pub(crate) fn take_text(&mut self, attribute: Attribute) -> Option<Cow<'a, str>> {
        match self.take(attribute) {
            Some(Value::Text(text)) => Some(text),
            other => {
                debug_assert!(other.is_none(), "{attribute:?} is known to be text");
                None
            }
        }
    }

    /// Takes the point in time at which the event happened.
    pub(crate) fn take_time(&mut self) -> Option<DateTime<Utc>> {
        match self.take(Attribute::Time)? {
            Value::Time(time) => Some(time),
            _ => self.received_time,
        }
    }

    /// Takes the extensions in the form of an envelope.
    pub(crate) fn take_envelope_extensions(&mut self) -> Extensions {
        if !self.has_extensions() {
            return Extensions::new();
        }
        let extensions = self.take_extensions().into_iter();
        extensions
            .map(|(name, value)| (ExtensionName::checked(name.into_owned()), value.into()))
            .collect()
    }
}

/// Reads an id. A UUID without hyphens or in braces is refused, since it would be written back as another text.
pub(crate) fn read_id(name: &str, text: &str) -> Result<Uuid, Refusal> {
    match Uuid::parse_str(text) {
        Ok(id) if text.len() == Hyphenated::LENGTH => Ok(id),
        _ => {
            let reason = "this reader expects a UUID with hyphens";
            Err(Refusal::new(name, text, reason))
        }
    }
}

/// Reads a point in time.
pub(crate) fn read_time(name: &str, text: &str) -> Result<DateTime<Utc>, Refusal> {
    match time::parse(text) {
        Ok(time) => Ok(time.to_utc()),
        Err(reason) => Err(Refusal::new(name, text, reason)),
    }
}
