use std::{fmt, io};

use super::JsonError;

/// The reason why an event cannot be made or written in the requested format. Nothing of it was written.
///
/// `Display` already includes the inner error, so `source()` is `None`, except for [`Write`](Self::Write).
#[derive(Debug)]
#[non_exhaustive]
pub enum EncodeError {
    /// The payload's own serialization failed.
    Payload(JsonError),
    /// The payload is not a JSON object, which the flat message needs.
    NotAnObject,
    /// A member of the payload has the name of a metadatum of the flat message, but another value.
    AmbiguousMember {
        /// The member's name.
        name: String,
    },
    /// A member of the payload is also a metadatum of the flat message, but not a string.
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
        /// The reason why it is refused.
        reason: String,
    },
    /// The writer that the event was to be written to failed.
    Write(io::Error),
}

impl EncodeError {
    /// Returns the error that the payload cannot be serialized; all else is text.
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
                "the payload is not a JSON object, so it cannot be sent as a flat message; send it as a CloudEvent",
            ),
            Self::AmbiguousMember { name } => write!(
                f,
                "the payload's member `{name}` differs from the event's own `{name}`; rename it, or send the event as a CloudEvent",
            ),
            Self::SharedMember { name } => write!(
                f,
                "the payload's `{name}` is also the event's own in the flat message, and must be a string; serialize it as a string, or rename the field",
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
