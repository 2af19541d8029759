//! The errors of writing and reading events.

mod decode;
mod encode;
mod json;

use std::fmt;

use crate::names::NameError;
use crate::validate::ValidationErrors;

pub use decode::DecodeError;
pub use encode::EncodeError;
pub use json::JsonError;

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
