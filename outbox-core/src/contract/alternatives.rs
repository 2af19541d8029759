//! A schema as the alternatives that it allows, each of one type, with references followed.

use serde_json::{Map, Number, Value, json};

use super::references::resolve_reference;
use super::variants::mark_variant;

/// The most alternatives of one schema; no event has so many.
const MOST: usize = 2_000;
const DEEPEST: usize = 64;

/// The keywords of one alternative. None of them is a reference, a choice or a list of types.
pub(super) type Alternative = Map<String, Value>;

/// Returns the alternatives that the schema allows; `root` has the definitions. A schema with too many alternatives,
/// or a dangling reference, becomes an alternative without known keywords, which fits only itself.
pub(super) fn alternatives(schema: &Value, root: &Value) -> Vec<Alternative> {
    expanded(schema, root, 0)
        .unwrap_or_else(|| vec![Map::from_iter([(UNKNOWN.to_owned(), schema.clone())])])
}

const UNKNOWN: &str = "unknown";

/// Returns `None` if there are too many alternatives.
fn expanded(schema: &Value, root: &Value, depth: usize) -> Option<Vec<Alternative>> {
    let Value::Object(schema) = schema else {
        return Some(match schema {
            Value::Bool(false) => Vec::new(),
            _ => vec![Map::new()],
        });
    };
    if depth > DEEPEST {
        return None;
    }
    let mut plain = schema.clone();
    let mut all = Vec::new();
    if let Some(Value::String(reference)) = plain.remove("$ref") {
        all.push(expanded(
            resolve_reference(&reference, root)?,
            root,
            depth + 1,
        )?);
    }
    for keyword in ["anyOf", "oneOf"] {
        if let Some(Value::Array(choices)) = plain.remove(keyword) {
            let mut any = Vec::new();
            for choice in &choices {
                let mut alternatives = expanded(choice, root, depth + 1)?;
                if keyword == "oneOf" {
                    mark_variant(choice, &mut alternatives);
                }
                any.extend(alternatives);
            }
            all.push(any);
        }
    }
    if let Some(Value::Array(parts)) = plain.remove("allOf") {
        for part in &parts {
            all.push(expanded(part, root, depth + 1)?);
        }
    }
    if plain.get("not") == Some(&Value::Object(Map::new())) {
        return Some(Vec::new());
    }
    plain.retain(|keyword, _| {
        !is_annotation(keyword) && !matches!(keyword.as_str(), "$id" | "$defs")
    });
    all.push(of_each_type(plain));
    all.into_iter()
        .try_fold(vec![Map::new()], |alternatives, others| {
            let both = alternatives
                .iter()
                .flat_map(|one| others.iter().filter_map(|other| intersection(one, other)));
            let both: Vec<Alternative> = both.collect();
            (both.len() <= MOST).then_some(both)
        })
}

/// Returns whether a keyword does not constrain values.
pub(super) fn is_annotation(keyword: &str) -> bool {
    matches!(
        keyword,
        "title"
            | "description"
            | "default"
            | "examples"
            | "deprecated"
            | "readOnly"
            | "writeOnly"
            | "$schema"
            | "$comment"
    )
}

/// Returns one alternative for each type, or one for each constant.
fn of_each_type(mut plain: Alternative) -> Vec<Alternative> {
    let constants = match (plain.remove("const"), plain.remove("enum")) {
        (Some(one), _) => Some(vec![one]),
        (None, Some(Value::Array(several))) => Some(several),
        _ => None,
    };
    if let Some(constants) = constants {
        let alternative = |constant| Map::from_iter([("const".to_owned(), constant)]);
        return constants.into_iter().map(alternative).collect();
    }
    match plain.get("type") {
        Some(Value::Array(types)) => {
            let of_type = |kind: &Value| {
                let mut one = plain.clone();
                one.insert("type".to_owned(), kind.clone());
                one.retain(|keyword, _| is_about(keyword, kind.as_str().unwrap_or_default()));
                one
            };
            types.iter().map(of_type).collect()
        }
        _ => vec![plain],
    }
}

/// Returns whether a keyword constrains values of this type.
fn is_about(keyword: &str, kind: &str) -> bool {
    match keyword {
        "minLength" | "maxLength" | "pattern" => kind == "string",
        "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" | "multipleOf" => {
            matches!(kind, "integer" | "number")
        }
        "format" => matches!(kind, "string" | "integer" | "number"),
        "items" | "prefixItems" | "minItems" | "maxItems" | "uniqueItems" | "contains" => {
            kind == "array"
        }
        "properties"
        | "required"
        | "additionalProperties"
        | "patternProperties"
        | "minProperties"
        | "maxProperties"
        | "propertyNames"
        | "unevaluatedProperties" => kind == "object",
        _ => true,
    }
}

/// Returns the alternative that both allow; `None` if they exclude each other.
fn intersection(one: &Alternative, other: &Alternative) -> Option<Alternative> {
    let kind = match (one.get("type"), other.get("type")) {
        (Some(one), Some(other)) if one == other => Some(one.clone()),
        (Some(one), Some(other)) => match (one.as_str(), other.as_str()) {
            (Some("integer"), Some("number")) | (Some("number"), Some("integer")) => {
                Some("integer".into())
            }
            _ => return None,
        },
        (one, other) => one.or(other).cloned(),
    };
    if let (Some(one), Some(other)) = (one.get("const"), other.get("const"))
        && one != other
    {
        return None;
    }
    let mut both = one.clone();
    for (keyword, value) in other {
        let value = match both.get(keyword) {
            Some(first) => merged_keyword(keyword, first, value),
            None => value.clone(),
        };
        both.insert(keyword.clone(), value);
    }
    if let Some(kind) = kind {
        if let Some(name) = kind.as_str() {
            both.retain(|keyword, _| is_about(keyword, name));
        }
        both.insert("type".to_owned(), kind);
    }
    Some(both)
}

/// Returns the value of a keyword that combines both values.
fn merged_keyword(keyword: &str, first: &Value, second: &Value) -> Value {
    let number = |pick: fn(&Number, &Number) -> bool| match (first, second) {
        (Value::Number(one), Value::Number(other)) if pick(one, other) => first.clone(),
        _ => second.clone(),
    };
    match keyword {
        _ if first == second => first.clone(),
        "minimum" | "exclusiveMinimum" | "minLength" | "minItems" | "minProperties" => {
            number(|one, other| compare_numbers(one, other).is_gt())
        }
        "maximum" | "exclusiveMaximum" | "maxLength" | "maxItems" | "maxProperties" => {
            number(|one, other| compare_numbers(one, other).is_lt())
        }
        "required" => union_of_names(first, second),
        "properties" | "patternProperties" => merged_members(first, second),
        _ => all_of(first, second),
    }
}

/// Returns a schema under which both hold.
fn all_of(first: &Value, second: &Value) -> Value {
    json!({ "allOf": [first, second] })
}

fn union_of_names(first: &Value, second: &Value) -> Value {
    let mut names = first.as_array().cloned().unwrap_or_default();
    for name in second.as_array().into_iter().flatten() {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    Value::Array(names)
}

fn merged_members(first: &Value, second: &Value) -> Value {
    let mut members = first.as_object().cloned().unwrap_or_default();
    for (name, schema) in second.as_object().into_iter().flatten() {
        let schema = match members.get(name) {
            Some(first) if first != schema => all_of(first, schema),
            _ => schema.clone(),
        };
        members.insert(name.clone(), schema);
    }
    Value::Object(members)
}

/// Returns the value of a keyword that is a string, such as `type`.
pub(super) fn text_keyword<'a>(schema: &'a Alternative, keyword: &str) -> Option<&'a str> {
    schema.get(keyword).and_then(Value::as_str)
}

/// Returns the least and the greatest size; `counted` is `Length`, `Items` or `Properties`.
pub(super) fn size_bounds(schema: &Alternative, counted: &str) -> (Option<u64>, Option<u64>) {
    let bound = |end: &str| {
        schema
            .get(&format!("{end}{counted}"))
            .and_then(Value::as_u64)
    };
    (bound("min"), bound("max"))
}

/// Compares integers to the last digit, and other numbers as floats.
pub(super) fn compare_numbers(one: &Number, other: &Number) -> std::cmp::Ordering {
    if let (Some(one), Some(other)) = (one.as_i128(), other.as_i128()) {
        return one.cmp(&other);
    }
    let float = |number: &Number| number.as_f64().unwrap_or(f64::NAN);
    float(one).total_cmp(&float(other))
}
