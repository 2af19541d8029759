//! The CloudEvents attributes of an envelope: the one list of them, which structured and binary mode
//! and the row write each in its own way.

use std::borrow::Cow;

use uuid::Uuid;
use uuid::fmt::Hyphenated;

use crate::envelope::Envelope;
use crate::error::EncodeError;
use crate::event::{EventDefinition, OutboxEvent};
use crate::extensions::{ExtensionValue, Extensions};
use crate::time::{self, TimeText};
use outbox_rules as rules;

/// The version of the CloudEvents specification that is written and read.
pub(crate) const SPEC_VERSION: &str = "1.0";

/// What the attributes and a small payload take, in bytes.
pub(crate) const CAPACITY: usize = 1024;

/// Kafka protocol binding, section 3.2.3.
pub(crate) const HEADER_PREFIX: &str = "ce_";

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

/// The name of an attribute that is known when this crate is compiled, as the formats write it, so that
/// nothing is put together when an event is written.
pub(crate) struct Name {
    /// `ce_name`, with the [`HEADER_PREFIX`].
    pub(crate) header: &'static str,
    /// `,"name":"`
    pub(crate) member: &'static str,
}

macro_rules! names {
    ($($NAME:ident $name:literal)*) => {$(
        pub(crate) const $NAME: Name = Name {
            header: concat!("ce_", $name),
            member: concat!(",\"", $name, "\":\""),
        };
    )*};
}

pub(crate) mod name {
    use super::Name;

    names! {
        SPEC_VERSION "specversion"
        ID "id"
        SOURCE "source"
        TYPE "type"
        SUBJECT "subject"
        TIME "time"
        DATA_CONTENT_TYPE "datacontenttype"
        DATA_SCHEMA "dataschema"
        DATA_VERSION "dataversion"
        PARTITION_KEY "partitionkey"
        CORRELATION_ID "correlationid"
        CAUSATION_ID "causationid"
        TRACE_PARENT "traceparent"
        TRACE_STATE "tracestate"
    }
}

impl Name {
    pub(crate) fn as_str(&self) -> &'static str {
        &self.header[HEADER_PREFIX.len()..]
    }
}

/// What writes attributes, one after the other.
pub(crate) trait WriteAttribute {
    fn text(&mut self, name: &'static Name, text: &str);

    /// A text in which a JSON string escapes nothing.
    fn plain(&mut self, name: &'static Name, text: &str) {
        self.text(name, text);
    }

    fn extension(&mut self, name: &str, value: AttributeValue<'_>);
}

/// What has attributes to write.
pub(crate) trait WriteAttributes {
    /// Writes each attribute that is present, in the order in which they are written.
    fn write_to(&self, writer: &mut impl WriteAttribute);
}

/// All attributes of an envelope, checked to be sendable.
pub(crate) struct Attributes<'a> {
    pub(crate) definition: &'static EventDefinition,
    pub(crate) id: Uuid,
    pub(crate) source: &'a str,
    pub(crate) subject: Cow<'a, str>,
    pub(crate) time: TimeText,
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
}

impl WriteAttributes for Attributes<'_> {
    fn write_to(&self, writer: &mut impl WriteAttribute) {
        let mut buffer = [0; Hyphenated::LENGTH];
        writer.plain(&name::SPEC_VERSION, SPEC_VERSION);
        writer.plain(&name::ID, hyphenated(self.id, &mut buffer));
        writer.plain(&name::SOURCE, self.source);
        writer.text(&name::TYPE, self.definition.event_type());
        writer.text(&name::SUBJECT, &self.subject);
        writer.plain(&name::TIME, self.time.as_str());
        writer.plain(&name::DATA_CONTENT_TYPE, CONTENT_TYPE);
        if let Some(data_schema) = self.definition.dataschema() {
            writer.plain(&name::DATA_SCHEMA, data_schema);
        }
        writer.plain(&name::DATA_VERSION, self.definition.data_version());
        writer.text(&name::PARTITION_KEY, &self.partition_key);
        if let Some(id) = self.correlation_id {
            writer.plain(&name::CORRELATION_ID, hyphenated(id, &mut buffer));
        }
        if let Some(id) = self.causation_id {
            writer.plain(&name::CAUSATION_ID, hyphenated(id, &mut buffer));
        }
        if let Some(trace_parent) = self.trace_parent {
            writer.text(&name::TRACE_PARENT, trace_parent);
        }
        if let Some(trace_state) = self.trace_state {
            writer.text(&name::TRACE_STATE, trace_state);
        }
        for (name, value) in self.extensions.iter() {
            writer.extension(name, value.into());
        }
    }
}

/// In lower case.
pub(crate) fn hyphenated(id: Uuid, buffer: &mut [u8; Hyphenated::LENGTH]) -> &str {
    id.as_hyphenated().encode_lower(buffer)
}

fn sendable(extensions: Extensions) -> Result<Extensions, EncodeError> {
    for (name, value) in extensions.iter() {
        if let ExtensionValue::String(text) = value {
            rules::sendable(text).map_err(|reason| EncodeError::invalid(name, reason))?;
        }
    }
    Ok(extensions)
}
