//! Schemas without the keywords that do not constrain values, such as titles.

use serde_json::{Map, Value};

use crate::contract::alternatives::is_annotation;

/// Returns the schema without the keywords that do not constrain values.
pub(super) fn bare_schema(schema: &Value) -> Value {
    match schema {
        Value::Object(schema) => Value::Object(bare_keywords(schema)),
        Value::Array(schemas) => schemas.iter().map(bare_schema).collect(),
        other => other.clone(),
    }
}

fn bare_keywords(schema: &Map<String, Value>) -> Map<String, Value> {
    let keywords = schema
        .iter()
        .filter(|(keyword, _)| !says_nothing(keyword, schema));
    keywords
        .map(|(keyword, value)| {
            let value = match (keyword.as_str(), value) {
                // The keys within are names, not keywords.
                ("properties" | "$defs" | "patternProperties", Value::Object(members)) => members
                    .iter()
                    .map(|(name, schema)| (name.clone(), bare_schema(schema)))
                    .collect::<Map<_, _>>()
                    .into(),
                ("const" | "enum", value) => value.clone(),
                ("required", Value::Array(names)) => {
                    let mut names: Vec<&str> = names.iter().filter_map(Value::as_str).collect();
                    names.sort_unstable();
                    names.into()
                }
                (_, value) => bare_schema(value),
            };
            (keyword.clone(), value)
        })
        .collect()
}

fn says_nothing(keyword: &str, schema: &Map<String, Value>) -> bool {
    // The pattern of an e-mail address repeats what its format says.
    let is_repeated =
        keyword == "pattern" && schema.get("format").is_some_and(|format| format == "email");
    is_repeated || is_annotation(keyword)
}
