//! Types, texts and constants, and the keywords that are not compared.

use serde_json::{Value, json};

use super::intervals::{number_fits, size_fits};
use super::patterns::pattern_fits;
use crate::contract::alternatives::{Alternative, text_keyword};
use crate::contract::variants::VARIANT;

/// Returns whether a reader accepts the type that is written.
pub(super) fn type_fits(written: &Alternative, read: &Alternative) -> bool {
    match (text_keyword(written, "type"), text_keyword(read, "type")) {
        (Some("integer"), Some("number")) | (_, None) => true,
        (one, other) => one == other,
    }
}

/// Returns whether a reader accepts every text that is written.
pub(super) fn text_fits(written: &Alternative, read: &Alternative) -> bool {
    let is_kept = |keyword: &str, fits: fn(&str, &str) -> bool| {
        let texts = (text_keyword(written, keyword), text_keyword(read, keyword));
        match texts {
            (Some(written), Some(read)) => fits(written, read),
            _ => read
                .get(keyword)
                .is_none_or(|value| written.get(keyword) == Some(value)),
        }
    };
    is_kept("format", |written, read| written == read)
        && is_kept("pattern", pattern_fits)
        && size_fits(written, read, "Length")
}

/// Returns whether the keywords that nothing here compares are the same.
pub(super) fn other_keywords_fit(written: &Alternative, read: &Alternative) -> bool {
    read.iter()
        .filter(|(keyword, _)| !COMPARED.contains(&keyword.as_str()))
        .all(|(keyword, value)| written.get(keyword) == Some(value))
}

const COMPARED: [&str; 24] = [
    VARIANT,
    "type",
    "const",
    "format",
    "pattern",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "items",
    "prefixItems",
    "minItems",
    "maxItems",
    "uniqueItems",
    "properties",
    "required",
    "additionalProperties",
    "patternProperties",
    "unevaluatedProperties",
    "minProperties",
    "maxProperties",
];

/// Returns whether a reader accepts this value.
pub(super) fn admits_constant(read: &Alternative, value: &Value) -> bool {
    if let Some(constant) = read.get("const") {
        return constant == value;
    }
    let written = match value {
        Value::Null => json!({ "type": "null" }),
        Value::Bool(_) => json!({ "type": "boolean" }),
        Value::String(text) => {
            let length = text.chars().count();
            json!({ "type": "string", "minLength": length, "maxLength": length })
        }
        Value::Number(number) => {
            let kind = if number.is_f64() { "number" } else { "integer" };
            json!({ "type": kind, "minimum": number, "maximum": number })
        }
        Value::Array(_) => json!({ "type": "array" }),
        Value::Object(_) => json!({ "type": "object" }),
    };
    let Value::Object(written) = written else {
        return false;
    };
    type_fits(&written, read)
        && match value {
            Value::String(_) => text_fits(&written, read),
            Value::Number(_) => number_fits(&written, read),
            // No constant of an event is an array or an object.
            Value::Array(_) | Value::Object(_) => read.keys().eq(["type"]),
            Value::Null | Value::Bool(_) => true,
        }
}
