//! The CloudEvents 1.0.2 Kafka protocol binding, without a Kafka client.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use crate::attributes::{AttributeValue, Attributes, payload};
use crate::cloudevents::wire::{Wire, WireData};
use crate::cloudevents::{self, CloudEvent};
use crate::envelope::Envelope;
use crate::error::{DecodeError, EncodeError};
use crate::event::{DecodeEvent, OutboxEvent};
use crate::rules;
use crate::text::excerpt;

/// How a CloudEvent stands in a Kafka record (Kafka protocol binding, section 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ContentMode {
    /// The attributes are headers, `ce_<name>`, and the value is the payload alone.
    Binary,
    /// The value is the whole event in the JSON format.
    Structured,
}

/// A Kafka record, for whatever client sends or received it.
///
/// The key is the event's partition key, so that the events of one key stay in order.
#[derive(Clone, PartialEq, Eq)]
pub struct KafkaRecord {
    topic: Cow<'static, str>,
    key: Option<Vec<u8>>,
    headers: Vec<(Cow<'static, str>, Vec<u8>)>,
    value: Option<Vec<u8>>,
}

impl KafkaRecord {
    /// A record as a client received it. Header names and values are as in Kafka: a name may occur more
    /// than once, and a value is any bytes.
    #[must_use]
    pub fn from_parts(
        topic: impl Into<String>,
        key: Option<Vec<u8>>,
        headers: Vec<(String, Vec<u8>)>,
        value: Option<Vec<u8>>,
    ) -> Self {
        Self {
            topic: Cow::Owned(topic.into()),
            key,
            headers: headers
                .into_iter()
                .map(|(name, value)| (Cow::Owned(name), value))
                .collect(),
            value,
        }
    }

    /// Where the record goes to or came from.
    #[must_use]
    pub fn topic(&self) -> &str {
        &self.topic
    }

    /// The bytes by which the record's partition is chosen.
    #[must_use]
    pub fn key(&self) -> Option<&[u8]> {
        self.key.as_deref()
    }

    /// The headers, in their order.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.headers
            .iter()
            .map(|(name, value)| (name.as_ref(), value.as_slice()))
    }

    /// The record's value; `None` is Kafka's null.
    #[must_use]
    pub fn value(&self) -> Option<&[u8]> {
        self.value.as_deref()
    }
}

/// Bytes are shown as byte strings, so that one can read them.
impl fmt::Debug for KafkaRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headers: Vec<_> = self
            .headers()
            .map(|(name, value)| (name, Bytes(value)))
            .collect();
        f.debug_struct("KafkaRecord")
            .field("topic", &self.topic())
            .field("key", &self.key().map(Bytes))
            .field("headers", &headers)
            .field("value", &self.value().map(Bytes))
            .finish()
    }
}

struct Bytes<'a>(&'a [u8]);

impl fmt::Debug for Bytes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "b\"{}\"", self.0.escape_ascii())
    }
}

impl<E: OutboxEvent> Envelope<E> {
    /// The event as a Kafka record with its key, for the definition's topic, or else for
    /// `outbox.event.<aggregate_type>`.
    ///
    /// # Errors
    ///
    /// [`EncodeError::Payload`] if the payload cannot be serialized, [`EncodeError::InvalidAttribute`] if
    /// an extension or the time cannot be sent.
    pub fn to_kafka_record(&self, mode: ContentMode) -> Result<KafkaRecord, EncodeError> {
        let (headers, value) = match mode {
            ContentMode::Binary => {
                let attributes = Attributes::of(self)?;
                let headers = headers(|write| attributes.for_each(write));
                (headers, payload(self.event())?)
            }
            ContentMode::Structured => (structured_headers(), self.to_cloudevent_json()?),
        };
        Ok(KafkaRecord {
            topic: self.definition().topic_or_default(),
            key: Some(self.partition_key().into_owned().into_bytes()),
            headers,
            value: Some(value),
        })
    }
}

/// Kafka protocol binding, section 3.2.3: UTF-8 without percent-encoding; `datacontenttype` is the one
/// attribute with a header of its own, `content-type`.
fn headers(
    for_each: impl FnOnce(&mut dyn FnMut(&str, AttributeValue<'_>)),
) -> Vec<(Cow<'static, str>, Vec<u8>)> {
    let mut headers = Vec::with_capacity(16);
    for_each(&mut |name, value| {
        let value = match value {
            AttributeValue::Text(text) => text.into_owned(),
            AttributeValue::Integer(number) => number.to_string(),
            AttributeValue::Boolean(truth) => truth.to_string(),
        };
        let value = value.into_bytes();
        match name {
            // It tells the mode, so it comes first.
            "datacontenttype" => headers.insert(0, (Cow::Borrowed(CONTENT_TYPE_HEADER), value)),
            name => headers.push((Cow::Owned(format!("ce_{name}")), value)),
        }
    });
    headers
}

impl<E> Envelope<E> {
    /// Reads a record in either mode. Where the event itself names no partition key, the record's key is
    /// shown as it.
    ///
    /// # Errors
    ///
    /// [`DecodeError::UnsupportedContentType`] for a batch and for a format that is not JSON;
    /// [`DecodeError`] says what else is missing or wrong; [`DecodeError::Invalid`] names every violation.
    pub fn from_kafka_record(record: &KafkaRecord) -> Result<Self, DecodeError>
    where
        E: DecodeEvent,
    {
        let mut wire = read(record)?;
        if let Some(key) = record.key().and_then(sendable_key) {
            wire.extensions
                .entry(Cow::Borrowed("partitionkey"))
                .or_insert(key.into());
        }
        wire.into_envelope()
    }
}

impl CloudEvent {
    /// Reads a record in either mode. A value of a JSON or text media type that is what it says becomes
    /// [`Data::Json`](crate::Data::Json) or [`Data::Text`](crate::Data::Text), another one
    /// [`Data::Binary`](crate::Data::Binary); a null value in binary mode is no data.
    ///
    /// # Errors
    ///
    /// [`DecodeError::UnsupportedContentType`] for a batch and for a format that is not JSON;
    /// [`DecodeError`] says which rule of CloudEvents 1.0.2 is broken, and where.
    pub fn from_kafka_record(record: &KafkaRecord) -> Result<Self, DecodeError> {
        let mut wire = read(record)?;
        let content_type = wire.content_type.as_deref();
        wire.data = wire.data.map(|data| data.told_by(content_type));
        Self::from_wire(wire)
    }

    /// The event as a Kafka record for this topic; its key is the extension `partitionkey`, if there is one.
    ///
    /// # Errors
    ///
    /// None that is known: whatever an event holds can be written.
    pub fn to_kafka_record(
        &self,
        topic: impl Into<String>,
        mode: ContentMode,
    ) -> Result<KafkaRecord, EncodeError> {
        let (headers, value) = match mode {
            ContentMode::Binary => (
                headers(|write| self.for_each(write)),
                self.data().map(|data| data.bytes().to_vec()),
            ),
            ContentMode::Structured => (structured_headers(), Some(self.to_json()?)),
        };
        let key = self.extension("partitionkey").map(ToString::to_string);
        Ok(KafkaRecord {
            topic: Cow::Owned(topic.into()),
            key: key.map(String::into_bytes),
            headers,
            value,
        })
    }
}

/// The record's key, if it could be an attribute.
fn sendable_key(key: &[u8]) -> Option<&str> {
    let key = str::from_utf8(key).ok()?;
    (!key.is_empty() && rules::attribute_text(key).is_ok()).then_some(key)
}

const CONTENT_TYPE_HEADER: &str = "content-type";

fn structured_headers() -> Vec<(Cow<'static, str>, Vec<u8>)> {
    let content_type = b"application/cloudevents+json; charset=UTF-8".to_vec();
    vec![(Cow::Borrowed(CONTENT_TYPE_HEADER), content_type)]
}

/// Kafka protocol binding, section 3.1: the media type tells the mode.
fn read(record: &KafkaRecord) -> Result<Wire<'_>, DecodeError> {
    let content_type = content_type(record)?;
    let essence = content_type.unwrap_or_default().split(';').next();
    let essence = essence.unwrap_or_default().trim().to_ascii_lowercase();
    if !essence.starts_with("application/cloudevents") {
        return read_binary(record, content_type);
    }
    if essence != "application/cloudevents+json" {
        return Err(DecodeError::UnsupportedContentType {
            found: excerpt(content_type.unwrap_or_default()).into_owned(),
        });
    }
    match record.value() {
        Some(value) => cloudevents::read(value),
        // Section 3.3.
        None => Err(DecodeError::missing("data")),
    }
}

fn content_type(record: &KafkaRecord) -> Result<Option<&str>, DecodeError> {
    let mut headers = record
        .headers()
        .filter(|(name, _)| name.eq_ignore_ascii_case(CONTENT_TYPE_HEADER));
    let Some((name, value)) = headers.next() else {
        return Ok(None);
    };
    if headers.next().is_some() {
        return Err(twice(name, value));
    }
    text(name, value).map(Some)
}

/// Section 3.2: an attribute is a header, and the value is the data.
fn read_binary<'a>(
    record: &'a KafkaRecord,
    content_type: Option<&'a str>,
) -> Result<Wire<'a>, DecodeError> {
    let mut wire = Wire::default();
    let mut seen = HashSet::new();
    for (header, value) in record.headers() {
        let Some(name) = header.strip_prefix("ce_") else {
            continue;
        };
        if !seen.insert(name) {
            return Err(twice(header, value));
        }
        // Some write both; `content-type` is the one that counts.
        if name == "datacontenttype" && content_type.is_some() {
            continue;
        }
        wire.set(
            Cow::Borrowed(name),
            AttributeValue::from(text(name, value)?),
        )?;
    }
    if let Some(content_type) = content_type {
        wire.set(
            Cow::Borrowed("datacontenttype"),
            AttributeValue::from(content_type),
        )?;
    }
    wire.data = record
        .value()
        .map(|value| WireData::Binary(Cow::Borrowed(value)));
    wire.complete()
}

fn text<'a>(name: &str, value: &'a [u8]) -> Result<&'a str, DecodeError> {
    str::from_utf8(value).map_err(|_| {
        let found = String::from_utf8_lossy(value);
        DecodeError::invalid(name, &found, "a header of CloudEvents is UTF-8")
    })
}

fn twice(name: &str, value: &[u8]) -> DecodeError {
    let found = String::from_utf8_lossy(value);
    DecodeError::invalid(name, &found, "this header occurs twice")
}
