//! Schemas in words, for people who compare them.

use serde_json::Value;

use super::alternatives::{Alternative, size_bounds, text_keyword};
use super::variants::variant_in_words;

/// Describes everything that is allowed: `a string of 1 to 40 characters or null`.
pub(super) fn alternatives_in_words(alternatives: &[Alternative]) -> String {
    let mut words: Vec<String> = Vec::new();
    for alternative in alternatives {
        let word = alternative_in_words(alternative);
        if !words.contains(&word) {
            words.push(word);
        }
    }
    match words.split_last() {
        None => "nothing".to_owned(),
        Some((one, [])) => one.clone(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
    }
}

/// Describes one alternative: `a string of 1 to 40 characters`.
pub(super) fn alternative_in_words(schema: &Alternative) -> String {
    if let Some(constant) = schema.get("const") {
        return format!("`{}`", unquoted(constant));
    }
    match text_keyword(schema, "type") {
        Some("string") => string_in_words(schema),
        Some(kind @ ("integer" | "number")) => number_in_words(schema, kind),
        Some("array") => array_in_words(schema),
        Some("object") => object_in_words(schema),
        Some("boolean") => "true or false".to_owned(),
        Some(kind) => kind.to_owned(),
        None => "anything".to_owned(),
    }
}

fn string_in_words(schema: &Alternative) -> String {
    let mut words = match text_keyword(schema, "format") {
        Some("email") => "an e-mail address".to_owned(),
        Some("uri") => "a URI".to_owned(),
        Some("uuid") => "a UUID".to_owned(),
        Some("date-time") => "a time (RFC 3339)".to_owned(),
        Some(format) => format!("a string ({format})"),
        None => "a string".to_owned(),
    };
    words += &size_in_words(schema, "Length", ["character", "characters"]);
    if let (Some(pattern), None) = (schema.get("pattern"), schema.get("format")) {
        words = format!("{words} that matches {}", unquoted(pattern));
    }
    words
}

fn number_in_words(schema: &Alternative, kind: &str) -> String {
    let mut words = match (kind, text_keyword(schema, "format")) {
        ("integer", _) => "an integer".to_owned(),
        (_, Some("float")) => "a number (32 bits)".to_owned(),
        _ => "a number".to_owned(),
    };
    let bounds = [
        ("minimum", "at least"),
        ("exclusiveMinimum", "greater than"),
        ("maximum", "at most"),
        ("exclusiveMaximum", "less than"),
    ];
    let told: Vec<String> = bounds
        .iter()
        .filter_map(|(keyword, word)| Some(format!("{word} {}", schema.get(*keyword)?)))
        .collect();
    match (schema.get("minimum"), schema.get("maximum"), told.len()) {
        (Some(min), Some(max), 2) => words = format!("{words} from {min} to {max}"),
        (_, _, 0) => {}
        _ => words = format!("{words} {}", told.join(" and ")),
    }
    if let Some(wide @ ("int64" | "uint64" | "int128" | "uint128")) = text_keyword(schema, "format")
    {
        let bits = wide.trim_start_matches(|letter: char| !letter.is_ascii_digit());
        words = format!("{words} ({bits} bits)");
    }
    words
}

fn array_in_words(schema: &Alternative) -> String {
    let kind = if schema.get("uniqueItems") == Some(&Value::Bool(true)) {
        "a set"
    } else {
        "a list"
    };
    format!(
        "{kind}{}",
        size_in_words(schema, "Items", ["element", "elements"])
    )
}

fn object_in_words(schema: &Alternative) -> String {
    match variant_in_words(schema) {
        Some(variant) => format!("the variant `{variant}`"),
        None => format!(
            "an object{}",
            size_in_words(schema, "Properties", ["member", "members"])
        ),
    }
}

fn size_in_words(schema: &Alternative, counted: &str, [one, many]: [&str; 2]) -> String {
    let unit = |number| if number == 1 { one } else { many };
    match size_bounds(schema, counted) {
        (Some(min), Some(max)) if min == max => format!(" of {min} {}", unit(max)),
        (Some(min), Some(max)) => format!(" of {min} to {max} {}", unit(max)),
        (Some(min), None) => format!(" of at least {min} {}", unit(min)),
        (None, Some(max)) => format!(" of at most {max} {}", unit(max)),
        (None, None) => String::new(),
    }
}

/// Returns the value's text: a string without its quotes, anything else as JSON.
fn unquoted(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}
