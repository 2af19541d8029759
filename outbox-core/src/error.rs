//! Why an event could not be written or read.

use std::str::Utf8Error;
use std::{fmt, io};

use crate::excerpt::{both_ends, excerpt};
use crate::names::NameError;
use crate::validate::ValidationErrors;

/// A text that is not the JSON it should be. `Display` names the text, the reason and the position, and shows at
/// most 80 characters of foreign text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonError {
    text_name: &'static str,
    reason: String,
    line: usize,
    column: usize,
}

impl JsonError {
    /// `text_name` is the JSON that was read or written, such as `the payload`.
    pub(crate) fn new(text_name: &'static str, error: &serde_json::Error) -> Self {
        let (line, column) = (error.line(), error.column());
        let text = error.to_string();
        let position = format!(" at line {line} column {column}");
        let reason = text.strip_suffix(&position).unwrap_or(&text);
        Self {
            text_name,
            reason: both_ends(reason).into_owned(),
            line,
            column,
        }
    }

    /// Returns the error that the text is not UTF-8.
    pub(crate) fn not_utf8(text_name: &'static str, text: &[u8], error: Utf8Error) -> Self {
        let valid = &text[..error.valid_up_to()];
        let newlines = valid.iter().filter(|byte| **byte == b'\n');
        let last_line = valid.rsplit(|byte| *byte == b'\n').next();
        Self {
            text_name,
            reason: "it is not UTF-8".to_owned(),
            line: newlines.count() + 1,
            column: last_line.map_or(0, <[u8]>::len) + 1,
        }
    }

    /// Returns the error without its position.
    pub(crate) fn without_position(mut self) -> Self {
        (self.line, self.column) = (0, 0);
        self
    }

    /// Returns the line of the error, from 1, in the text that `Display` names; 0 if the error has no position.
    #[must_use]
    pub fn line(&self) -> usize {
        self.line
    }

    /// Returns the column of the error, in bytes from 1; 0 if the error has no position or stands at the start of
    /// its line.
    #[must_use]
    pub fn column(&self) -> usize {
        self.column
    }
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.text_name, self.reason)?;
        if self.line > 0 {
            write!(f, " at line {} column {}", self.line, self.column)?;
        }
        Ok(())
    }
}

impl std::error::Error for JsonError {}

/// An event cannot be made or written in the format that was asked for. Nothing of it was written.
///
/// `Display` already includes the inner error, so `source()` is `None`, but for [`Write`](Self::Write).
#[derive(Debug)]
#[non_exhaustive]
pub enum EncodeError {
    /// The payload's own serialization failed.
    Payload(JsonError),
    /// The flat message needs a payload that is a JSON object, to stand beside its members.
    NotAnObject,
    /// The payload has a member with the name of a metadatum of the flat message that is not that
    /// metadatum.
    AmbiguousMember {
        /// The member's name.
        name: String,
    },
    /// A member of the payload is a metadatum of the flat message as well, and no string.
    SharedMember {
        /// The member's name.
        name: String,
    },
    /// The event's definition rules out the flat message, by `#[outbox(flat_message = false)]`.
    NoFlatMessage {
        /// The event's type.
        event_type: &'static str,
    },
    /// A value cannot be a CloudEvents attribute.
    InvalidAttribute {
        /// The attribute's name.
        name: String,
        /// Why it is refused.
        reason: String,
    },
    /// The writer that the event was to be written to failed.
    Write(io::Error),
}

impl EncodeError {
    /// The JSON that is written is the payload's: all else is text.
    pub(crate) fn json(error: &serde_json::Error) -> Self {
        Self::Payload(JsonError::new("JSON", error))
    }

    pub(crate) fn invalid(name: &str, reason: &str) -> Self {
        Self::InvalidAttribute {
            name: name.to_owned(),
            reason: reason.to_owned(),
        }
    }
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Payload(error) => write!(f, "the payload cannot be serialized: {error}"),
            Self::NotAnObject => f.write_str(
                "the payload is not a JSON object, so it cannot stand in a flat message; send it as a CloudEvent",
            ),
            Self::AmbiguousMember { name } => write!(
                f,
                "the payload has a member `{name}` that is not the event's own `{name}`; rename it, or send the event as a CloudEvent",
            ),
            Self::SharedMember { name } => write!(
                f,
                "the payload's `{name}` is the event's own in the flat message, which is a string; serialize it as one, or give the field another name",
            ),
            Self::NoFlatMessage { event_type } => write!(
                f,
                "the definition of `{event_type}` rules out the flat message; send the event as a CloudEvent, or remove `flat_message = false`",
            ),
            Self::InvalidAttribute { name, reason } => {
                write!(f, "the attribute `{name}` cannot be sent: {reason}")
            }
            Self::Write(_) => f.write_str("the event could not be written"),
        }
    }
}

impl std::error::Error for EncodeError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Write(error) => Some(error),
            _ => None,
        }
    }
}

/// A received text is not the event that was asked for.
///
/// `Display` already includes the inner error, so `source()` is `None`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecodeError {
    /// The text around the payload is not the JSON of its format.
    Json(JsonError),
    /// The payload is not JSON, or does not fit the event's struct.
    Payload(JsonError),
    /// An attribute that every event of this format has is not there.
    MissingAttribute {
        /// The attribute's name.
        name: String,
    },
    /// An attribute is not what it must be.
    InvalidAttribute {
        /// The attribute's name.
        name: String,
        /// What it was, and what is allowed.
        reason: String,
    },
    /// The event is one of another type.
    UnexpectedType {
        /// The event types that this reader knows.
        expected: Vec<&'static str>,
        /// The event's type.
        found: String,
    },
    /// The payload has a version that this reader does not know.
    UnsupportedVersion {
        /// The event's type.
        event_type: String,
        /// The payload's version.
        found: String,
        /// The major versions that this reader knows, such as `1.x`, the oldest first.
        supported: Vec<String>,
    },
    /// The payload is not JSON.
    UnsupportedContentType {
        /// The media type that was received.
        found: String,
    },
    /// The message has nothing of a CloudEvent: plain JSON, Avro, or whatever else shares the topic.
    NotACloudEvent {
        /// What was found instead.
        found: &'static str,
    },
    /// The Kafka record has a key and no value: it deletes what has this key from a compacted topic.
    Tombstone,
    /// The event's definition rules out the flat message, by `#[outbox(flat_message = false)]`.
    NoFlatMessage {
        /// The event's type.
        event_type: &'static str,
    },
    /// The event was read, and breaks its own rules.
    Invalid(ValidationErrors),
    /// An event of a batch breaks a rule.
    InBatch {
        /// The event's position, from 0.
        index: usize,
        /// What is wrong with it.
        error: Box<DecodeError>,
    },
}

impl DecodeError {
    /// Returns whether the message is none that this reader is for: not a CloudEvent, a tombstone, or an event of
    /// another type. A consumer of a shared topic skips it; any other error is of an event that it should have read.
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

    /// `found` is shown, `reason` says what is allowed.
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
                    "the event is a `{found}`, and this reader knows {}",
                    expected.join(", ")
                )
            }
            Self::UnsupportedVersion {
                event_type,
                found,
                supported,
            } => write!(
                f,
                "the `{event_type}` has the data version {found}, and this reader knows {}",
                supported.join(", ")
            ),
            Self::UnsupportedContentType { found } if is_event_format(found) => write!(
                f,
                "the content type is `{found}`, and one event was expected, `application/cloudevents+json`",
            ),
            Self::UnsupportedContentType { found } => {
                write!(f, "the content type is `{found}`, and JSON was expected")
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

/// Whether it is of an event as a whole, or of several.
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

/// The payload does not fit: for a [`decode`](crate::DecodeEvent::decode) that is written by hand.
impl From<serde_json::Error> for DecodeError {
    fn from(error: serde_json::Error) -> Self {
        Self::Payload(JsonError::new("the payload", &error))
    }
}

/// Any error of this crate, for a function that makes, writes and reads events and passes its errors on with `?`.
///
/// ```
/// use outbox_core::{Envelope, Error, OutboxEvent};
///
/// #[derive(serde::Serialize, serde::Deserialize, OutboxEvent)]
/// #[outbox(event_type = "com.example.step.taken", source = "/walks")]
/// struct Step {
///     #[aggregate_id]
///     walk: u32,
/// }
///
/// fn there_and_back() -> Result<Step, Error> {
///     let json = Envelope::new(Step { walk: 7 })?.to_cloudevent_json()?;
///     Ok(Envelope::from_cloudevent_json(&json)?.into_event())
/// }
/// # assert_eq!(there_and_back()?.walk, 7);
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// An event breaks its own rules.
    Invalid(ValidationErrors),
    /// An event could not be written.
    Encode(EncodeError),
    /// An event could not be read.
    Decode(DecodeError),
    /// A name breaks its rule.
    Name(NameError),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(error) => write!(f, "the event breaks its rules: {error}"),
            Self::Encode(error) => error.fmt(f),
            Self::Decode(error) => error.fmt(f),
            Self::Name(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Encode(error) => error.source(),
            _ => None,
        }
    }
}

macro_rules! from {
    ($($Error:ident to $Variant:ident;)*) => {$(
        impl From<$Error> for Error {
            fn from(error: $Error) -> Self {
                Self::$Variant(error)
            }
        }
    )*};
}

from! {
    ValidationErrors to Invalid;
    EncodeError to Encode;
    DecodeError to Decode;
    NameError to Name;
}
