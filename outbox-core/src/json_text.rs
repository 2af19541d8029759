//! A text that is JSON.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};
use serde_json::value::RawValue;

use crate::error::JsonError;
use crate::json;

/// A text that is JSON (RFC 8259), as it was written.
///
/// With serde it is the JSON value itself, without the white space around it. Like [`RawValue`], it works with
/// `serde_json` only, and cannot be read inside `#[serde(flatten)]` or an untagged or internally tagged enum.
///
/// It equals another `JsonText` of the same text, and a [`serde_json::Value`] of the same value.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct JsonText(String);

impl JsonText {
    /// Takes the text, if it is JSON.
    ///
    /// # Errors
    ///
    /// [`JsonError`] says what is wrong, and where.
    pub fn new(text: impl Into<String>) -> Result<Self, JsonError> {
        let text = text.into();
        json::check(&text).map_err(|error| JsonError::new("the data", &error))?;
        Ok(Self(text))
    }

    /// Takes a text that is known to be JSON.
    pub(crate) fn checked(text: String) -> Self {
        Self(text)
    }

    /// Returns the text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for JsonText {
    type Err = JsonError;

    fn from_str(text: &str) -> Result<Self, JsonError> {
        Self::new(text)
    }
}

impl Serialize for JsonText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serde_json::from_str::<&RawValue>(&self.0)
            .map_err(ser::Error::custom)?
            .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for JsonText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = Box::<RawValue>::deserialize(deserializer)?;
        // Other crates than `serde_json` can make a raw value too.
        Self::new(Box::<str>::from(json))
            .map_err(|error| de::Error::custom(error.without_position()))
    }
}

impl AsRef<str> for JsonText {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for JsonText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for JsonText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl PartialEq<serde_json::Value> for JsonText {
    fn eq(&self, other: &serde_json::Value) -> bool {
        serde_json::from_str::<serde_json::Value>(&self.0).is_ok_and(|value| value == *other)
    }
}
