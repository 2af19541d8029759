//! Which payloads a type can read: the event type and the version rules.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::error::DecodeError;
use crate::event::EventDefinition;
use crate::text::excerpt;

/// A struct that serde can write and read. A derived impl asks for it with `for<'de>`, which the compiler
/// leaves alone until the impl is used.
pub trait Payload<'de>: Serialize + Deserialize<'de> {}

impl<'de, T: Serialize + Deserialize<'de>> Payload<'de> for T {}

/// Reads a payload as `T`, if it is of the definition's type and major version.
///
/// # Errors
///
/// [`DecodeError::UnexpectedType`], [`DecodeError::UnsupportedVersion`] or [`DecodeError::Json`].
pub fn decode<T: DeserializeOwned>(
    definition: &EventDefinition,
    event_type: &str,
    data_version: &str,
    data: &str,
) -> Result<T, DecodeError> {
    if event_type != definition.event_type() {
        return Err(DecodeError::UnexpectedType {
            expected: definition.event_type().to_owned(),
            found: excerpt(event_type).into_owned(),
        });
    }
    if major(data_version) != major(definition.data_version()) {
        return Err(DecodeError::UnsupportedVersion {
            event_type: event_type.to_owned(),
            found: excerpt(data_version).into_owned(),
            supported: format!("{}.x", major(definition.data_version())),
        });
    }
    serde_json::from_str(data).map_err(|error| DecodeError::json("the payload", &error))
}

/// The first number of `MAJOR[.MINOR[.PATCH]]`; it has no leading zeros, so it compares as text.
fn major(data_version: &str) -> &str {
    data_version.split('.').next().unwrap_or_default()
}
