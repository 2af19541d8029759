use std::fmt;

use super::JsonError;
use crate::excerpt::excerpt;
use crate::validate::ValidationErrors;

/// The reason why a received text is not the expected event.
///
/// `Display` already includes the inner error, so `source()` is `None`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecodeError {
    /// The text around the payload is not the JSON of its format.
    Json(JsonError),
    /// The payload is not JSON, or does not fit the event's struct.
    Payload(JsonError),
    /// A required attribute of this format is missing.
    MissingAttribute {
        /// The attribute's name.
        name: String,
    },
    /// An attribute breaks its rule.
    InvalidAttribute {
        /// The attribute's name.
        name: String,
        /// The value that was found, and the rule.
        reason: String,
    },
    /// The event has another type.
    UnexpectedType {
        /// The event types that this reader expects.
        expected: Vec<&'static str>,
        /// The event's type.
        found: String,
    },
    /// The payload has a version that this reader does not support.
    UnsupportedVersion {
        /// The event's type.
        event_type: String,
        /// The payload's version.
        found: String,
        /// The major versions that this reader supports, such as `1.x`, the oldest first.
        supported: Vec<String>,
    },
    /// The payload is not JSON.
    UnsupportedContentType {
        /// The media type that was received.
        found: String,
    },
    /// The message is not a CloudEvent: plain JSON, Avro, or anything else that shares the topic.
    NotACloudEvent {
        /// A description of the message.
        found: &'static str,
    },
    /// The Kafka record has a key and no value: it deletes the records of this key from a compacted topic.
    Tombstone,
    /// The event's definition rules out the flat message, by `#[outbox(flat_message = false)]`.
    NoFlatMessage {
        /// The event's type.
        event_type: &'static str,
    },
    /// The event was read, but breaks its own rules.
    Invalid(ValidationErrors),
    /// An event of a batch breaks a rule.
    InBatch {
        /// The event's position, from 0.
        index: usize,
        /// The error of this event.
        error: Box<DecodeError>,
    },
}

impl DecodeError {
    /// Returns whether the message is not meant for this reader: not a CloudEvent, a tombstone, or an event of
    /// another type. A consumer of a shared topic skips it; any other error is about an event that it should have
    /// read.
    #[must_use]
    pub fn is_foreign(&self) -> bool {
        matches!(
            self,
            Self::NotACloudEvent { .. } | Self::Tombstone | Self::UnexpectedType { .. }
        )
    }

    pub(crate) fn json(text_name: &'static str, error: &serde_json::Error) -> Self {
        Self::Json(JsonError::new(text_name, error))
    }

    /// Returns the text of the bytes, if they are UTF-8.
    pub(crate) fn utf8<'a>(text_name: &'static str, text: &'a [u8]) -> Result<&'a str, Self> {
        str::from_utf8(text)
            .map_err(|error| Self::Json(JsonError::not_utf8(text_name, text, error)))
    }

    pub(crate) fn missing(name: &str) -> Self {
        Self::MissingAttribute {
            name: name.to_owned(),
        }
    }

    /// Returns the error of an attribute; it shows `found`, and `reason` says what is allowed.
    pub(crate) fn invalid(name: &str, found: &str, reason: &str) -> Self {
        Self::InvalidAttribute {
            name: excerpt(name).into_owned(),
            reason: format!("`{}` is refused: {reason}", excerpt(found)),
        }
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json(error) | Self::Payload(error) => error.fmt(f),
            Self::MissingAttribute { name } => write!(f, "the attribute `{name}` is missing"),
            Self::InvalidAttribute { name, reason } => {
                write!(f, "the attribute `{name}`: {reason}")
            }
            Self::UnexpectedType { expected, found } => {
                write!(
                    f,
                    "the event is a `{found}`, but this reader expects {}",
                    expected.join(", ")
                )
            }
            Self::UnsupportedVersion {
                event_type,
                found,
                supported,
            } => write!(
                f,
                "the `{event_type}` has the data version {found}, but this reader supports {}",
                supported.join(", ")
            ),
            Self::UnsupportedContentType { found } if is_event_format(found) => write!(
                f,
                "the content type is `{found}`, but a single event was expected, `application/cloudevents+json`",
            ),
            Self::UnsupportedContentType { found } => {
                write!(f, "the content type is `{found}`, but JSON was expected")
            }
            Self::NotACloudEvent { found } => write!(f, "the message is not a CloudEvent: {found}"),
            Self::Tombstone => f.write_str("the record is a tombstone: it has no value"),
            Self::NoFlatMessage { event_type } => write!(
                f,
                "the definition of `{event_type}` rules out the flat message; read the event from a CloudEvent, or remove `flat_message = false`",
            ),
            Self::Invalid(errors) => write!(f, "the event breaks its rules: {errors}"),
            Self::InBatch { index, error } => write!(f, "event {index} of the batch: {error}"),
        }
    }
}

impl std::error::Error for DecodeError {}

/// Returns whether the media type is that of a whole event, or of a batch.
fn is_event_format(content_type: &str) -> bool {
    const PREFIX: &str = "application/cloudevents";
    let start = content_type.trim_start().get(..PREFIX.len());
    start.is_some_and(|start| start.eq_ignore_ascii_case(PREFIX))
}

impl From<ValidationErrors> for DecodeError {
    fn from(errors: ValidationErrors) -> Self {
        Self::Invalid(errors)
    }
}

/// Reports a payload that does not fit, for a hand-written [`decode`](crate::DecodeEvent::decode).
impl From<serde_json::Error> for DecodeError {
    fn from(error: serde_json::Error) -> Self {
        Self::Payload(JsonError::new("the payload", &error))
    }
}
