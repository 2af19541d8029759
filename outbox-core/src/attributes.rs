//! The CloudEvents attributes of an envelope: the one list of them, which structured and binary mode
//! and the row write each in its own way.

use std::borrow::Cow;

use uuid::Uuid;

use crate::envelope::Envelope;
use crate::error::EncodeError;
use crate::event::{EventDefinition, OutboxEvent};
use crate::extensions::{ExtensionValue, Extensions};
use crate::{rules, time};

/// The version of the CloudEvents specification that is written and read.
pub(crate) const SPEC_VERSION: &str = "1.0";

/// Every payload is JSON.
pub(crate) const CONTENT_TYPE: &str = "application/json";

/// The value of one attribute.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum AttributeValue<'a> {
    Text(Cow<'a, str>),
    Integer(i32),
    Boolean(bool),
}

impl AttributeValue<'_> {
    pub(crate) fn borrowed(&self) -> AttributeValue<'_> {
        match self {
            Self::Text(text) => AttributeValue::Text(Cow::Borrowed(text)),
            Self::Integer(number) => AttributeValue::Integer(*number),
            Self::Boolean(truth) => AttributeValue::Boolean(*truth),
        }
    }
}

impl<'a> From<&'a ExtensionValue> for AttributeValue<'a> {
    fn from(value: &'a ExtensionValue) -> Self {
        match value {
            ExtensionValue::String(text) => Self::Text(Cow::Borrowed(text)),
            ExtensionValue::Integer(number) => Self::Integer(*number),
            ExtensionValue::Boolean(truth) => Self::Boolean(*truth),
        }
    }
}

impl<'a> From<&'a str> for AttributeValue<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<ExtensionValue> for AttributeValue<'_> {
    fn from(value: ExtensionValue) -> Self {
        match value {
            ExtensionValue::String(text) => Self::Text(Cow::Owned(text)),
            ExtensionValue::Integer(number) => Self::Integer(number),
            ExtensionValue::Boolean(truth) => Self::Boolean(truth),
        }
    }
}

impl From<AttributeValue<'_>> for ExtensionValue {
    fn from(value: AttributeValue<'_>) -> Self {
        match value {
            AttributeValue::Text(text) => Self::String(text.into_owned()),
            AttributeValue::Integer(number) => Self::Integer(number),
            AttributeValue::Boolean(truth) => Self::Boolean(truth),
        }
    }
}

/// All attributes of an envelope, checked to be sendable.
pub(crate) struct Attributes<'a> {
    pub(crate) definition: &'static EventDefinition,
    pub(crate) id: Uuid,
    pub(crate) source: &'a str,
    pub(crate) subject: Cow<'a, str>,
    pub(crate) time: String,
    pub(crate) partition_key: Cow<'a, str>,
    pub(crate) correlation_id: Option<Uuid>,
    pub(crate) causation_id: Option<Uuid>,
    pub(crate) trace_parent: Option<&'a str>,
    pub(crate) trace_state: Option<&'a str>,
    pub(crate) extensions: Extensions,
}

impl<'a> Attributes<'a> {
    pub(crate) fn of<E: OutboxEvent>(envelope: &'a Envelope<E>) -> Result<Self, EncodeError> {
        Ok(Self {
            definition: envelope.definition(),
            id: envelope.event_id(),
            source: envelope.source(),
            subject: envelope.aggregate_id(),
            time: time::format(envelope.occurred_at())
                .map_err(|reason| EncodeError::invalid("time", reason))?,
            partition_key: envelope.partition_key(),
            correlation_id: envelope.correlation_id(),
            causation_id: envelope.causation_id(),
            trace_parent: envelope.trace_parent().map(AsRef::as_ref),
            trace_state: envelope.trace_state().map(AsRef::as_ref),
            extensions: sendable(envelope.extensions())?,
        })
    }

    /// Calls `write` for each attribute that is present, in the order in which they are written.
    pub(crate) fn for_each(&self, mut write: impl FnMut(&str, AttributeValue<'_>)) {
        let mut text = |name: &str, value: &str| write(name, value.into());
        let mut buffer = Uuid::encode_buffer();
        text("specversion", SPEC_VERSION);
        text("id", self.id.as_hyphenated().encode_lower(&mut buffer));
        text("source", self.source);
        text("type", self.definition.event_type());
        text("subject", &self.subject);
        text("time", &self.time);
        text("datacontenttype", CONTENT_TYPE);
        if let Some(dataschema) = self.definition.dataschema() {
            text("dataschema", dataschema);
        }
        text("dataversion", self.definition.data_version());
        text("partitionkey", &self.partition_key);
        if let Some(id) = self.correlation_id {
            text(
                "correlationid",
                id.as_hyphenated().encode_lower(&mut buffer),
            );
        }
        if let Some(id) = self.causation_id {
            text("causationid", id.as_hyphenated().encode_lower(&mut buffer));
        }
        if let Some(trace_parent) = self.trace_parent {
            text("traceparent", trace_parent);
        }
        if let Some(trace_state) = self.trace_state {
            text("tracestate", trace_state);
        }
        for (name, value) in self.extensions.iter() {
            write(name, value.into());
        }
    }
}

/// The payload as JSON text.
pub(crate) fn payload<E: OutboxEvent>(event: &E) -> Result<Vec<u8>, EncodeError> {
    let mut json = Vec::with_capacity(256);
    write_payload(event, &mut json)?;
    Ok(json)
}

/// Appends the payload as JSON text.
pub(crate) fn write_payload<E: OutboxEvent>(
    event: &E,
    json: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    crate::json::write(json, event)
}

fn sendable(extensions: Extensions) -> Result<Extensions, EncodeError> {
    for (name, value) in extensions.iter() {
        if let ExtensionValue::String(text) = value {
            rules::attribute_text(text).map_err(|reason| EncodeError::invalid(name, reason))?;
        }
    }
    Ok(extensions)
}
