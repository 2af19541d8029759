use std::borrow::Cow;

use chrono::{DateTime, Utc};
use uuid::Uuid;
use uuid::fmt::Hyphenated;

use crate::extensions::ExtensionValue;
use crate::time::{self, TimeText};

/// The value of one attribute.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value<'a> {
    Text(Cow<'a, str>),
    Integer(i32),
    Boolean(bool),
    Id(Uuid),
    Time(DateTime<Utc>),
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl<'a> From<Cow<'a, str>> for Value<'a> {
    fn from(text: Cow<'a, str>) -> Self {
        Self::Text(text)
    }
}

impl From<Uuid> for Value<'_> {
    fn from(id: Uuid) -> Self {
        Self::Id(id)
    }
}

impl<'a> From<&'a ExtensionValue> for Value<'a> {
    fn from(value: &'a ExtensionValue) -> Self {
        match value {
            ExtensionValue::String(text) => Self::Text(Cow::Borrowed(text)),
            ExtensionValue::Integer(number) => Self::Integer(*number),
            ExtensionValue::Boolean(truth) => Self::Boolean(*truth),
        }
    }
}

impl From<ExtensionValue> for Value<'_> {
    fn from(value: ExtensionValue) -> Self {
        match value {
            ExtensionValue::String(text) => Self::Text(Cow::Owned(text)),
            ExtensionValue::Integer(number) => Self::Integer(number),
            ExtensionValue::Boolean(truth) => Self::Boolean(truth),
        }
    }
}

impl From<Value<'_>> for ExtensionValue {
    fn from(value: Value<'_>) -> Self {
        match value {
            Value::Integer(number) => Self::Integer(number),
            Value::Boolean(truth) => Self::Boolean(truth),
            value => Self::String(value.with_text(str::to_owned)),
        }
    }
}

impl Value<'_> {
    /// Passes the canonical text of the value (CloudEvents 1.0.2, "Type system") to `read`, without an allocation.
    #[inline]
    pub(crate) fn with_text<R>(&self, read: impl FnOnce(&str) -> R) -> R {
        match self {
            Self::Text(text) => read(text),
            Self::Id(id) => read(hyphenated(*id, &mut [0; Hyphenated::LENGTH])),
            Self::Time(time) => {
                let text = time::format(*time);
                debug_assert!(text.is_ok(), "a time is checked before it becomes a value");
                read(text.as_ref().map_or("", TimeText::as_str))
            }
            Self::Integer(number) => read(&number.to_string()),
            Self::Boolean(truth) => read(if *truth { "true" } else { "false" }),
        }
    }
}

/// Writes the id in lower case.
pub(crate) fn hyphenated(id: Uuid, buffer: &mut [u8; Hyphenated::LENGTH]) -> &str {
    id.as_hyphenated().encode_lower(buffer)
}
