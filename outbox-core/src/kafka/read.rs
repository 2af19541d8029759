//! Records to events.

use std::borrow::Cow;

use outbox_rules::{self as rules, Attribute};

use super::{CONTENT_TYPE_HEADER, HEADER_PREFIX, KafkaRecord, event_format};
use crate::attributes::{Attributes, is_json};
use crate::cloudevent::{CloudEvent, Data};
use crate::decode::DecodeEvent;
use crate::envelope::Envelope;
use crate::error::DecodeError;
use crate::excerpt::excerpt;
use crate::json_format;
use crate::json_text::JsonText;

impl<E> Envelope<E> {
    /// Reads a record in either mode. If the event itself names no partition key, it gets the record's key. A
    /// tombstone, a record with a key and no value, is not an event; check for a [`value`](KafkaRecord::value) first.
    ///
    /// # Errors
    ///
    /// [`DecodeError::UnsupportedContentType`] for a batch and for a format that is not JSON;
    /// [`DecodeError`] says what else is missing or wrong; [`DecodeError::Invalid`] names every violation.
    pub fn from_kafka_record(record: &KafkaRecord) -> Result<Self, DecodeError>
    where
        E: DecodeEvent,
    {
        record.view().into_envelope()
    }
}

impl CloudEvent {
    /// Reads a record in either mode. In structured mode, the value is read as [`from_json`](Self::from_json) does.
    /// In binary mode, a valid value of a JSON or text media type becomes [`Data::Json`](crate::Data::Json) or
    /// [`Data::Text`](crate::Data::Text), any other value [`Data::Binary`](crate::Data::Binary). A
    /// null value means that there is no data. The record key is not part of the event. When you forward an event, copy the key with
    /// [`with_key`](KafkaRecord::with_key).
    ///
    /// # Errors
    ///
    /// [`DecodeError::UnsupportedContentType`] for a batch and for a format that is not JSON;
    /// [`DecodeError`] says which rule of CloudEvents 1.0.2 is broken, and where.
    pub fn from_kafka_record(record: &KafkaRecord) -> Result<Self, DecodeError> {
        record.view().into_cloudevent()
    }
}

/// A borrowed view of a record.
pub(super) struct RecordView<'a> {
    pub(super) key: Option<&'a [u8]>,
    pub(super) headers: Vec<(&'a str, &'a [u8])>,
    pub(super) value: Option<&'a [u8]>,
}

impl KafkaRecord {
    fn view(&self) -> RecordView<'_> {
        RecordView {
            key: self.key(),
            headers: self.headers().collect(),
            value: self.value(),
        }
    }
}

/// A record by its mode.
enum Mode<'a> {
    Binary { content_type: Option<&'a str> },
    Structured { cloudevent: &'a [u8] },
}

impl<'a> RecordView<'a> {
    pub(super) fn into_envelope<E: DecodeEvent>(self) -> Result<Envelope<E>, DecodeError> {
        let key = self.key.and_then(sendable_key);
        match self.mode()? {
            Mode::Structured { cloudevent } => json_format::read_envelope(cloudevent, key),
            Mode::Binary { content_type } => {
                let mut attributes = self.attributes(content_type)?;
                attributes.put_default_key(key);
                Envelope::decode(&mut attributes, self.value)
            }
        }
    }

    pub(super) fn into_cloudevent(self) -> Result<CloudEvent, DecodeError> {
        match self.mode()? {
            Mode::Structured { cloudevent } => CloudEvent::from_json(cloudevent),
            Mode::Binary { content_type } => {
                let attributes = self.attributes(content_type)?;
                let data = self
                    .value
                    .map(|value| told_by_media_type(value, attributes.content_type()));
                Ok(CloudEvent::from_attributes(attributes, data))
            }
        }
    }

    /// Returns the mode, which the media type decides (Kafka protocol binding, section 3.1).
    fn mode(&self) -> Result<Mode<'a>, DecodeError> {
        let content_type = self.content_type()?;
        match content_type.and_then(event_format) {
            None => return Ok(Mode::Binary { content_type }),
            Some(format) if format.eq_ignore_ascii_case("application/cloudevents+json") => {}
            Some(_) => {
                return Err(DecodeError::UnsupportedContentType {
                    found: excerpt(content_type.unwrap_or_default()).into_owned(),
                });
            }
        }
        // Section 3.3.
        let cloudevent = self.value.ok_or_else(|| DecodeError::missing("data"))?;
        Ok(Mode::Structured { cloudevent })
    }

    fn content_type(&self) -> Result<Option<&'a str>, DecodeError> {
        let mut headers = self.headers.iter();
        let mut next = || headers.find(|(name, _)| name.eq_ignore_ascii_case(CONTENT_TYPE_HEADER));
        match (next(), next()) {
            (Some((name, value)), None) => header_text(name, value).map(Some),
            (Some((name, value)), Some(_)) => Err(repeated_header(name, value)),
            (None, _) => Ok(None),
        }
    }

    /// Reads the attributes from the headers; the value is the data (section 3.2).
    fn attributes(&self, content_type: Option<&'a str>) -> Result<Attributes<'a>, DecodeError> {
        let mut attributes = Attributes::new();
        for (header, value) in &self.headers {
            let Some(name) = attribute(header, content_type) else {
                continue;
            };
            if attributes.contains(name) {
                return Err(repeated_header(header, value));
            }
            attributes.set(Cow::Borrowed(name), header_text(name, value)?.into())?;
        }
        if let Some(content_type) = content_type {
            attributes.set_known(Attribute::DataContentType, content_type.into())?;
        }
        if attributes.is_foreign() {
            return Err(match self.value {
                None => DecodeError::Tombstone,
                Some(_) => DecodeError::NotACloudEvent {
                    found: "a record without `ce_` headers",
                },
            });
        }
        attributes.check_complete()?;
        Ok(attributes)
    }
}

/// Returns the data as JSON or text if its media type says so and its bytes agree, and as bytes otherwise.
fn told_by_media_type(bytes: &[u8], content_type: Option<&str>) -> Data {
    let is_text = |media_type: &str| {
        let kind = media_type.get(..5);
        kind.is_some_and(|kind| kind.eq_ignore_ascii_case("text/"))
    };
    match (content_type, str::from_utf8(bytes)) {
        (Some(media_type), Ok(text)) if is_json(media_type) => match JsonText::new(text) {
            Ok(text) => Data::Json(text),
            Err(_) => Data::Binary(bytes.to_vec()),
        },
        (Some(media_type), Ok(text)) if is_text(media_type) => Data::Text(text.to_owned()),
        _ => Data::Binary(bytes.to_vec()),
    }
}

/// Returns the attribute of a header. Some producers write two media types; only `content-type` counts.
fn attribute<'h>(header: &'h str, content_type: Option<&str>) -> Option<&'h str> {
    let name = header.strip_prefix(HEADER_PREFIX)?;
    (name != "datacontenttype" || content_type.is_none()).then_some(name)
}

/// Returns the record's key, if it could be an attribute.
fn sendable_key(key: &[u8]) -> Option<&str> {
    let key = str::from_utf8(key).ok()?;
    (!key.is_empty() && rules::sendable(key).is_ok()).then_some(key)
}

fn header_text<'a>(name: &str, value: &'a [u8]) -> Result<&'a str, DecodeError> {
    str::from_utf8(value).map_err(|_| {
        let found = String::from_utf8_lossy(value);
        DecodeError::invalid(name, &found, "a CloudEvents header must be UTF-8")
    })
}

fn repeated_header(name: &str, value: &[u8]) -> DecodeError {
    let found = String::from_utf8_lossy(value);
    DecodeError::invalid(name, &found, "duplicate header")
}
