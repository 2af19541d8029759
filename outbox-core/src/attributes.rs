//! The CloudEvents attributes of an envelope: the one list of them, which structured and binary mode
//! and the row write each in its own way.

use std::borrow::Cow;

use uuid::Uuid;

use crate::envelope::Envelope;
use crate::error::EncodeError;
use crate::event::{EventDefinition, OutboxEvent};
use crate::extensions::{ExtensionValue, Extensions};
use crate::rules;
use crate::time::{self, TimeText};

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

/// The name of an attribute, with the prefix that it has as a header: no name of ours is put together when
/// an event is written.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Name<'a> {
    /// With the prefix.
    Known(&'static str),
    /// Without it.
    Other(&'a str),
}

impl Name<'_> {
    /// Kafka protocol binding, section 3.2.3.
    const PREFIX: &'static str = "ce_";

    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::Known(header) => &header[Self::PREFIX.len()..],
            Self::Other(name) => name,
        }
    }

    pub(crate) fn header(self) -> Cow<'static, str> {
        match self {
            Self::Known(header) => Cow::Borrowed(header),
            Self::Other(name) => Cow::Owned(format!("{}{name}", Self::PREFIX)),
        }
    }
}

/// What has attributes to write.
pub(crate) trait EachAttribute {
    /// Calls `write` for each attribute that is present, in the order in which they are written.
    fn for_each(&self, write: impl FnMut(Name<'_>, AttributeValue<'_>));
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

impl EachAttribute for Attributes<'_> {
    fn for_each(&self, mut write: impl FnMut(Name<'_>, AttributeValue<'_>)) {
        let mut text = |header, value: &str| write(Name::Known(header), value.into());
        let mut buffer = Uuid::encode_buffer();
        text("ce_specversion", SPEC_VERSION);
        text("ce_id", self.id.as_hyphenated().encode_lower(&mut buffer));
        text("ce_source", self.source);
        text("ce_type", self.definition.event_type());
        text("ce_subject", &self.subject);
        text("ce_time", self.time.as_str());
        text("ce_datacontenttype", CONTENT_TYPE);
        if let Some(dataschema) = self.definition.dataschema() {
            text("ce_dataschema", dataschema);
        }
        text("ce_dataversion", self.definition.data_version());
        text("ce_partitionkey", &self.partition_key);
        for (header, id) in [
            ("ce_correlationid", self.correlation_id),
            ("ce_causationid", self.causation_id),
        ] {
            if let Some(id) = id {
                text(header, id.as_hyphenated().encode_lower(&mut buffer));
            }
        }
        for (header, value) in [
            ("ce_traceparent", self.trace_parent),
            ("ce_tracestate", self.trace_state),
        ] {
            if let Some(value) = value {
                text(header, value);
            }
        }
        for (name, value) in self.extensions.iter() {
            write(Name::Other(name), value.into());
        }
    }
}

fn sendable(extensions: Extensions) -> Result<Extensions, EncodeError> {
    for (name, value) in extensions.iter() {
        if let ExtensionValue::String(text) = value {
            rules::sendable(text).map_err(|reason| EncodeError::invalid(name, reason))?;
        }
    }
    Ok(extensions)
}
