//! An event in the two content modes, before a protocol names its headers.

use outbox_core::{ContentMode, KafkaRecord};

use super::SendError;
use crate::event::Event;

/// The media type of an event in structured mode.
pub(super) const STRUCTURED: &str = "application/cloudevents+json; charset=UTF-8";

/// An event in binary mode.
pub(super) struct BinaryMode {
    /// The attribute `datacontenttype`.
    pub(super) content_type: String,
    /// The other attributes, with their values as text. Both are UTF-8.
    pub(super) attributes: Vec<(String, String)>,
    pub(super) data: Vec<u8>,
}

impl BinaryMode {
    /// Takes an event apart.
    pub(super) fn of(event: &Event) -> Result<Self, SendError> {
        let record = KafkaRecord::from_row(event.row(), ContentMode::Binary);
        let record = record.map_err(SendError::rejected)?;
        let mut content_type = String::new();
        let mut attributes = Vec::new();
        // The Kafka binding writes the same texts: its headers are `content-type` and `ce_<name>`.
        for (header, value) in record.headers() {
            let value = String::from_utf8_lossy(value).into_owned();
            match header.strip_prefix("ce_") {
                Some(name) => attributes.push((name.to_owned(), value)),
                None => content_type = value,
            }
        }
        let data = record.value().unwrap_or_default().to_vec();
        Ok(Self {
            content_type,
            attributes,
            data,
        })
    }
}

/// Returns an event in structured mode: one object of the JSON format.
pub(super) fn structured(event: &Event) -> Result<Vec<u8>, SendError> {
    event.cloud_event().to_json().map_err(SendError::rejected)
}

/// Encodes a value for a header of HTTP or NATS (CloudEvents HTTP protocol binding 1.0.2, section 3.1.3.2): space,
/// `"`, `%` and each byte that is not printable ASCII become `%XX`.
#[cfg(any(feature = "http", feature = "nats"))]
pub(super) fn header_value(text: &str) -> String {
    use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

    const ESCAPED: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'%');
    utf8_percent_encode(text, ESCAPED).to_string()
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
