//! The way from what was received to an envelope, the same for every format.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use uuid::Uuid;
use uuid::fmt::Hyphenated;

use crate::attributes::{AttributeValue, CONTENT_TYPE};
use crate::envelope::Envelope;
use crate::error::DecodeError;
use crate::event::{DEFAULT_DATA_VERSION, DecodeEvent};
use crate::extensions::{ExtensionValue, Extensions};
use crate::metadata::Metadata;
use crate::names::{ExtensionName, NameError, Source, TraceParent, TraceState};
use crate::text::excerpt;
use crate::time;
use outbox_rules as rules;

/// All that is said about an event, each part of it legal.
pub(crate) struct Received<'a> {
    pub(crate) id: Uuid,
    pub(crate) event_type: Cow<'a, str>,
    pub(crate) source: Cow<'a, str>,
    pub(crate) data_version: Option<Cow<'a, str>>,
    pub(crate) aggregate_id: Option<Cow<'a, str>>,
    pub(crate) partition_key: Option<Cow<'a, str>>,
    pub(crate) time: Option<DateTime<Utc>>,
    pub(crate) correlation_id: Option<Uuid>,
    pub(crate) causation_id: Option<Uuid>,
    pub(crate) trace_parent: Option<TraceParent>,
    pub(crate) trace_state: Option<TraceState>,
    pub(crate) extensions: Extensions,
}

impl<'a> Received<'a> {
    /// With this partition key, if the event names none itself.
    pub(crate) fn with_key(mut self, key: Option<&'a str>) -> Self {
        self.partition_key = self.partition_key.or(key.map(Cow::Borrowed));
        self
    }

    /// Decodes the payload, JSON text, and puts the two together.
    pub(crate) fn decode<E: DecodeEvent>(self, data: &str) -> Result<Envelope<E>, DecodeError> {
        let data_version = self.data_version.as_deref().unwrap_or(DEFAULT_DATA_VERSION);
        let event = E::decode(&self.event_type, data_version, data)?;
        self.with_event(event)
    }

    /// Validates the event, and keeps of the attributes what it does not say itself.
    pub(crate) fn with_event<E: DecodeEvent>(self, event: E) -> Result<Envelope<E>, DecodeError> {
        let occurred_at = self
            .time
            .or_else(|| event.occurred_at())
            .ok_or_else(|| DecodeError::missing("time"))?;
        time::check_year(occurred_at)
            .map_err(|reason| DecodeError::invalid("time", &occurred_at.to_string(), reason))?;
        let metadata = Metadata {
            correlation_id: self.correlation_id,
            causation_id: self.causation_id,
            trace_parent: self.trace_parent,
            trace_state: self.trace_state,
            source: other_than(Some(self.source), event.definition().source()).map(Source::checked),
            aggregate_id: other_than(self.aggregate_id, &event.aggregate_id()),
            partition_key: other_than(self.partition_key, &event.partition_key()),
            extensions: self.extensions.different_from(&Extensions::said_by(&event)),
            ..Metadata::new(self.id, time::cut(occurred_at))
        };
        Ok(Envelope::from_parts(metadata, event)?)
    }
}

fn other_than(received: Option<Cow<'_, str>>, said: &str) -> Option<String> {
    received
        .filter(|received| received != said)
        .map(Cow::into_owned)
}

/// A String attribute that is not empty.
#[inline]
pub(crate) fn text<'a>(name: &str, value: AttributeValue<'a>) -> Result<Cow<'a, str>, DecodeError> {
    let text = string(name, value)?;
    if text.is_empty() {
        return Err(DecodeError::invalid(name, &text, "it must not be empty"));
    }
    obeys(name, &text, rules::sendable(&text))?;
    Ok(text)
}

/// Any string.
#[inline]
pub(crate) fn string<'a>(
    name: &str,
    value: AttributeValue<'a>,
) -> Result<Cow<'a, str>, DecodeError> {
    match value {
        AttributeValue::Text(text) => Ok(text),
        AttributeValue::Integer(number) => Err(no_string(name, &number.to_string())),
        AttributeValue::Boolean(truth) => Err(no_string(name, &truth.to_string())),
    }
}

fn no_string(name: &str, found: &str) -> DecodeError {
    DecodeError::invalid(name, found, "this attribute is a string")
}

pub(crate) fn uuid(name: &str, value: AttributeValue<'_>) -> Result<Uuid, DecodeError> {
    let found = string(name, value)?;
    // Another form, without hyphens or in braces, would be another id when it is written again.
    if found.len() == Hyphenated::LENGTH
        && let Ok(uuid) = Uuid::parse_str(&found)
    {
        return Ok(uuid);
    }
    Err(refused(
        name,
        found,
        "this reader takes a UUID with its hyphens",
    ))
}

pub(crate) fn source<'a>(
    name: &str,
    value: AttributeValue<'a>,
) -> Result<Cow<'a, str>, DecodeError> {
    let text = text(name, value)?;
    obeys(name, &text, rules::source(&text))?;
    Ok(text)
}

pub(crate) fn content_type<'a>(
    name: &str,
    value: AttributeValue<'a>,
) -> Result<Cow<'a, str>, DecodeError> {
    let text = text(name, value)?;
    if text != CONTENT_TYPE {
        obeys(name, &text, rules::media_type(&text))?;
    }
    Ok(text)
}

pub(crate) fn data_schema<'a>(
    name: &str,
    value: AttributeValue<'a>,
) -> Result<Cow<'a, str>, DecodeError> {
    let text = text(name, value)?;
    obeys(name, &text, rules::absolute_uri(&text))?;
    Ok(text)
}

pub(crate) fn utc(name: &str, value: AttributeValue<'_>) -> Result<DateTime<Utc>, DecodeError> {
    let found = string(name, value)?;
    match time::parse(&found) {
        Ok(time) => Ok(time.to_utc()),
        Err(reason) => Err(refused(name, found, reason)),
    }
}

/// A String attribute with a type of its own, such as [`TraceParent`].
pub(crate) fn named<N>(name: &str, value: AttributeValue<'_>) -> Result<N, DecodeError>
where
    N: TryFrom<String, Error = NameError>,
{
    let found = string(name, value)?;
    N::try_from(found.clone().into_owned()).map_err(|error| refused(name, found, error.reason()))
}

pub(crate) fn data_version<'a>(
    name: &str,
    value: AttributeValue<'a>,
) -> Result<Cow<'a, str>, DecodeError> {
    let found = string(name, value)?;
    match rules::data_version(&found) {
        Ok(()) => Ok(found),
        Err(reason) => Err(refused(name, found, reason)),
    }
}

/// A text that breaks a rule of its own, which allows nothing that no attribute may have. If it is none that an
/// attribute may have, that is told.
fn refused(name: &str, found: Cow<'_, str>, reason: &str) -> DecodeError {
    match text(name, AttributeValue::Text(found)) {
        Ok(found) => DecodeError::invalid(name, &found, reason),
        Err(error) => error,
    }
}

/// An attribute that this crate does not know is kept.
pub(crate) fn insert_extension(
    extensions: &mut Extensions,
    name: &str,
    value: AttributeValue<'_>,
) -> Result<(), DecodeError> {
    if let AttributeValue::Text(text) = &value {
        obeys(name, text, rules::sendable(text))?;
    }
    let name = ExtensionName::new(name)
        .map_err(|error| DecodeError::invalid(name, name, error.reason()))?;
    extensions.insert(name, ExtensionValue::from(value));
    Ok(())
}

/// A rule's verdict on an attribute.
pub(crate) fn obeys(name: &str, found: &str, verdict: rules::Verdict) -> Result<(), DecodeError> {
    verdict.map_err(|reason| DecodeError::invalid(name, found, reason))
}

/// Whether a payload of this media type is JSON; JSON is implied where none is given.
pub(crate) fn expect_json(content_type: Option<&str>) -> Result<(), DecodeError> {
    let Some(content_type) = content_type else {
        return Ok(());
    };
    let essence = content_type.split(';').next().unwrap_or_default();
    let essence = essence.trim_end_matches([' ', '\t']).as_bytes();
    let ending = &essence[essence.len().saturating_sub("/json".len())..];
    if ending.eq_ignore_ascii_case(b"/json") || ending.eq_ignore_ascii_case(b"+json") {
        Ok(())
    } else {
        Err(DecodeError::UnsupportedContentType {
            found: excerpt(content_type).into_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_json() {
        for json in [
            None,
            Some("application/json"),
            Some("TEXT/JSON; a=b"),
            Some("application/vnd.x+json"),
        ] {
            assert!(expect_json(json).is_ok(), "{json:?}");
        }
        for other in [
            "text/plain",
            "application/xml",
            "application/jsonx",
            "application/json-seq",
        ] {
            assert!(expect_json(Some(other)).is_err(), "{other}");
        }
    }
}
