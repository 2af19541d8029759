//! Extension attributes: what a gateway may route by without parsing the payload.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Serialize, Serializer};

use crate::event::OutboxEvent;
use crate::names::ExtensionName;

/// The value of an extension attribute, of one of the CloudEvents types that JSON tells apart
/// (1.0.2, "Type system").
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ExtensionValue {
    /// A String. One with a control character or a noncharacter is refused when it is sent.
    String(String),
    /// An Integer.
    Integer(i32),
    /// A Boolean.
    Boolean(bool),
}

impl From<&str> for ExtensionValue {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

impl From<String> for ExtensionValue {
    fn from(text: String) -> Self {
        Self::String(text)
    }
}

impl From<i32> for ExtensionValue {
    fn from(number: i32) -> Self {
        Self::Integer(number)
    }
}

impl From<bool> for ExtensionValue {
    fn from(truth: bool) -> Self {
        Self::Boolean(truth)
    }
}

/// The canonical string encoding of CloudEvents 1.0.2, "Type system".
impl fmt::Display for ExtensionValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::String(text) => f.write_str(text),
            Self::Integer(number) => number.fmt(f),
            Self::Boolean(truth) => truth.fmt(f),
        }
    }
}

impl Serialize for ExtensionValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::String(text) => serializer.serialize_str(text),
            Self::Integer(number) => serializer.serialize_i32(*number),
            Self::Boolean(truth) => serializer.serialize_bool(*truth),
        }
    }
}

/// The extension attributes of one event, in the order of their names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Extensions {
    values: BTreeMap<ExtensionName, ExtensionValue>,
}

impl Extensions {
    /// No extension.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            values: BTreeMap::new(),
        }
    }

    /// Sets an extension; the last value of a name counts.
    pub fn insert(&mut self, name: ExtensionName, value: impl Into<ExtensionValue>) {
        self.values.insert(name, value.into());
    }

    /// The value of an extension.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&ExtensionValue> {
        self.values.get(name)
    }

    /// The names and values, in the order of the names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &ExtensionValue)> {
        self.values
            .iter()
            .map(|(name, value)| (name.as_str(), value))
    }

    /// Whether there is no extension.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Those that an event says itself.
    pub(crate) fn said_by<E: OutboxEvent>(event: &E) -> Self {
        let mut extensions = Self::new();
        event.extensions(&mut extensions);
        extensions
    }

    /// These, and `others` in place of what has the same name.
    pub(crate) fn overridden_by(mut self, others: &Self) -> Self {
        self.values.extend(
            others
                .values
                .iter()
                .map(|(name, value)| (name.clone(), value.clone())),
        );
        self
    }

    /// Those that `known` does not hold alike.
    pub(crate) fn different_from(mut self, known: &Self) -> Self {
        self.values
            .retain(|name, value| known.values.get(name) != Some(value));
        self
    }
}

impl Serialize for Extensions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}
