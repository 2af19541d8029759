//! Why an event could not be written or read.

use std::{fmt, io};

use crate::text::{both_ends, excerpt};
use crate::validate::ValidationErrors;

/// A text is not the JSON that it should be. It says what is wrong and where, and shows 80 characters of
/// foreign text at the most.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonError {
    message: String,
}

impl JsonError {
    /// `what` is the JSON that was read or written, such as `the payload`.
    pub(crate) fn new(what: &str, error: &serde_json::Error) -> Self {
        let text = error.to_string();
        let place = format!(" at line {} column {}", error.line(), error.column());
        let message = match text.strip_suffix(&place) {
            Some(reason) => format!("{what}: {}{place}", both_ends(reason)),
            None => format!("{what}: {}", both_ends(&text)),
        };
        Self { message }
    }
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for JsonError {}

/// An envelope cannot be written in the format that was asked for. Nothing of it was written.
///
/// It displays with all that the error within it says, so it has no `source`.
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
            Self::InvalidAttribute { name, reason } => {
                write!(f, "the attribute `{name}` cannot be sent: {reason}")
            }
            Self::Write(error) => write!(f, "the event could not be written: {error}"),
        }
    }
}

impl std::error::Error for EncodeError {}

/// What was received is not the event that was asked for.
///
/// It displays with all that the error within it says, so it has no `source`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecodeError {
    /// The text is not JSON, or its payload is not that of the event type.
    Json(JsonError),
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
        /// The event types that this reader knows, with `, ` between them.
        expected: String,
        /// The event's type.
        found: String,
    },
    /// The payload has a version that this reader does not know.
    UnsupportedVersion {
        /// The event's type.
        event_type: String,
        /// The payload's version.
        found: String,
        /// The versions that this reader knows.
        supported: String,
    },
    /// The payload is not JSON.
    UnsupportedContentType {
        /// The media type that was received.
        found: String,
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
    pub(crate) fn json(what: &str, error: &serde_json::Error) -> Self {
        Self::Json(JsonError::new(what, error))
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
            Self::Json(error) => error.fmt(f),
            Self::MissingAttribute { name } => write!(f, "the attribute `{name}` is missing"),
            Self::InvalidAttribute { name, reason } => {
                write!(f, "the attribute `{name}`: {reason}")
            }
            Self::UnexpectedType { expected, found } => {
                write!(
                    f,
                    "the event is a `{found}`, and this reader knows {expected}"
                )
            }
            Self::UnsupportedVersion {
                event_type,
                found,
                supported,
            } => write!(
                f,
                "the `{event_type}` has the data version {found}, and this reader knows {supported}",
            ),
            Self::UnsupportedContentType { found } if is_event_format(found) => write!(
                f,
                "the content type is `{found}`, and one event was expected, `application/cloudevents+json`",
            ),
            Self::UnsupportedContentType { found } => {
                write!(f, "the content type is `{found}`, and JSON was expected")
            }
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
