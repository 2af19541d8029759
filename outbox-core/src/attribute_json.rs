//! Attribute values as JSON (CloudEvents JSON format 1.0.2, section 2).

use std::borrow::Cow;
use std::fmt;

use outbox_rules::is_plain;
use serde::de::{Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::attributes::Value;
use crate::error::{DecodeError, EncodeError};
use crate::json::{self, Text};

/// Reads the value of an attribute; `None` for null, which reads as unset.
pub(crate) fn read<'a>(name: &str, value: &'a RawValue) -> Result<Option<Value<'a>>, DecodeError> {
    let json = value.get();
    let refused = |reason| DecodeError::invalid(name, json, reason);
    match json.as_bytes()[0] {
        b'n' => Ok(None),
        b't' | b'f' => Ok(Some(Value::Boolean(json == "true"))),
        b'"' => match read_string(json) {
            Ok(text) => Ok(Some(Value::Text(text))),
            Err(_) => Err(refused("the string has a lone surrogate")),
        },
        b'{' | b'[' => Err(refused(NOT_A_VALUE)),
        _ => match json.parse() {
            Ok(number) => Ok(Some(Value::Integer(number))),
            Err(_) => Err(refused(NOT_AN_INTEGER)),
        },
    }
}

const NOT_A_VALUE: &str = "an attribute is a string, a boolean or an integer";
const NOT_AN_INTEGER: &str = "a number in an attribute is an integer from -2147483648 to 2147483647, without fraction or exponent";

fn read_string(json: &str) -> serde_json::Result<Cow<'_, str>> {
    let text = &json[1..json.len() - 1];
    if is_plain(text) {
        return Ok(Cow::Borrowed(text));
    }
    serde_json::from_str::<Text<'_>>(json).map(|Text(text)| text)
}

/// Appends the value.
#[inline]
pub(crate) fn append(json: &mut Vec<u8>, value: &Value<'_>) -> Result<(), EncodeError> {
    match value {
        Value::Text(text) if !is_plain(text) => return json::append(json, text.as_ref()),
        Value::Integer(_) | Value::Boolean(_) => {
            value.with_text(|text| json.extend_from_slice(text.as_bytes()));
        }
        value => value.with_text(|text| {
            json.push(b'"');
            json.extend_from_slice(text.as_bytes());
            json.push(b'"');
        }),
    }
    Ok(())
}

/// A value that is read where it stands, for attributes that are strings by their definition: to hold each as a
/// [`RawValue`] first takes an eighth more instructions for a small event. Other attributes may be numbers, which
/// [`read`] takes from their text.
pub(crate) struct InPlace<'a>(pub(crate) Result<Option<Value<'a>>, Refused>);

/// A value that cannot be an attribute's.
pub(crate) struct Refused {
    found: String,
    reason: &'static str,
}

impl Refused {
    pub(crate) fn of_attribute(self, name: &str) -> DecodeError {
        DecodeError::invalid(name, &self.found, self.reason)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for InPlace<'a> {
    #[inline]
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor).map(Self)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Result<Option<Value<'de>>, Refused>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(NOT_A_VALUE)
    }

    #[inline]
    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Ok(Some(Value::Text(Cow::Borrowed(text)))))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Ok(Some(Value::Text(Cow::Owned(text.to_owned())))))
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Ok(None))
    }

    fn visit_bool<E: Error>(self, truth: bool) -> Result<Self::Value, E> {
        Ok(Ok(Some(Value::Boolean(truth))))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
        Ok(match i32::try_from(number) {
            Ok(number) => Ok(Some(Value::Integer(number))),
            Err(_) => Err(refused(&number, NOT_AN_INTEGER)),
        })
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        Ok(match i32::try_from(number) {
            Ok(number) => Ok(Some(Value::Integer(number))),
            Err(_) => Err(refused(&number, NOT_AN_INTEGER)),
        })
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Err(refused(&number, NOT_AN_INTEGER)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Self::Value, A::Error> {
        while elements.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Err(refused(&"[..]", NOT_A_VALUE)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        while members.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Err(refused(&"{..}", NOT_A_VALUE)))
    }
}

fn refused(found: &impl ToString, reason: &'static str) -> Refused {
    Refused {
        found: found.to_string(),
        reason,
    }
}
