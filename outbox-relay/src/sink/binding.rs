//! An event in the two content modes, before a protocol names its headers.

use outbox_core::{ContentMode, KafkaRecord};

use super::SendError;
use crate::event::Event;

/// The media type of an event in structured mode.
pub(super) const STRUCTURED: &str = "application/cloudevents+json; charset=UTF-8";

/// An event in binary mode.
pub(super) struct BinaryMode(KafkaRecord);

impl BinaryMode {
    /// Takes an event apart.
    pub(super) fn of(event: &Event) -> Result<Self, SendError> {
        // The Kafka binding writes the same texts: its headers are `content-type` and `ce_<name>`.
        let record = event.checked_row().to_kafka_record(ContentMode::Binary);
        record.map(Self).map_err(SendError::rejected)
    }

    /// Returns the attribute `datacontenttype`.
    pub(super) fn content_type(&self) -> &str {
        let mut texts = self.texts();
        let found = texts.find(|(header, _)| !header.starts_with(PREFIX));
        found.map_or("", |(_, content_type)| content_type)
    }

    /// Returns the other attributes, with their values as text.
    pub(super) fn attributes(&self) -> impl Iterator<Item = (&str, &str)> {
        let texts = self.texts();
        texts.filter_map(|(header, value)| Some((header.strip_prefix(PREFIX)?, value)))
    }

    /// Returns about how many bytes the values and the data take.
    #[cfg(feature = "http")]
    pub(super) fn size(&self) -> usize {
        let headers = self.0.headers().map(|(_, value)| value.len());
        headers.sum::<usize>() + self.data().len() + 64
    }

    /// Returns the data.
    pub(super) fn data(&self) -> &[u8] {
        self.0.value().unwrap_or_default()
    }

    fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        let headers = self.0.headers();
        headers.map(|(header, value)| (header, str::from_utf8(value).unwrap_or_default()))
    }
}

/// The prefix of a header of Kafka that is an attribute.
const PREFIX: &str = "ce_";

/// Returns an event in structured mode: one object of the JSON format.
pub(super) fn structured(event: &Event) -> Vec<u8> {
    event.checked_row().to_cloudevent_json()
}

/// Joins an error and its causes: `error sending request: connection refused`.
pub(super) fn with_causes(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let message = error.to_string();
        if !text.contains(&message) {
            text = format!("{text}: {message}");
        }
        cause = error.source();
    }
    text
}

/// Decodes the user or the password of an address.
#[cfg(feature = "nats")]
pub(super) fn decoded(text: &str) -> String {
    percent_encoding::percent_decode_str(text)
        .decode_utf8_lossy()
        .into_owned()
}
