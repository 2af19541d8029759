//! Attribute values as JSON (CloudEvents JSON format 1.0.2, section 2).

use std::borrow::Cow;

use outbox_rules::is_plain;
use serde_json::value::RawValue;

use crate::attributes::Value;
use crate::error::DecodeError;
use crate::json::Text;

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
pub(crate) fn append(json: &mut Vec<u8>, value: &Value<'_>) {
    match value {
        Value::Text(text) if !is_plain(text) => {
            let written = serde_json::to_writer(json, text.as_ref());
            debug_assert!(written.is_ok(), "a `Vec` takes any string");
        }
        Value::Integer(_) | Value::Boolean(_) => {
            value.with_text(|text| json.extend_from_slice(text.as_bytes()));
        }
        value => value.with_text(|text| {
            json.push(b'"');
            json.extend_from_slice(text.as_bytes());
            json.push(b'"');
        }),
    }
}
