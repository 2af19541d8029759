use serde_json::{Value, json};

use super::misfits;

fn fits(written: &Value, read: &Value) -> bool {
    misfits(written, read).is_empty()
}

/// Shows for each pair whether the second reads the first, and the first the second.
#[test]
#[allow(clippy::too_many_lines, reason = "it is a table")]
fn what_fits_what() {
    let text = |keyword: &str, value: Value| json!({ "type": "string", keyword: value });
    let integer = |min: i64, max: i64| json!({ "type": "integer", "minimum": min, "maximum": max });
    let float = |format: &str| json!({ "type": "number", "format": format });
    let object = |properties: Value| json!({ "type": "object", "properties": properties });
    let map = |values: Value| json!({ "type": "object", "additionalProperties": values });
    let by_pattern = |pattern: &str| {
        json!({
            "type": "object", "additionalProperties": false,
            "patternProperties": { pattern: { "type": "integer" } },
        })
    };
    let (anything, nothing) = (json!(true), json!(false));
    for (one, other, forth, back) in [
        (json!({}), anything.clone(), true, true),
        (nothing.clone(), json!({ "type": "null" }), true, false),
        (json!({ "not": {} }), nothing, true, true),
        (json!({ "type": "string" }), anything.clone(), true, false),
        (
            text("pattern", json!("^a")),
            text("pattern", json!("^a")),
            true,
            true,
        ),
        (
            text("pattern", json!("^a")),
            text("pattern", json!("^b")),
            false,
            false,
        ),
        (
            text("pattern", json!("^a")),
            json!({ "type": "string" }),
            true,
            false,
        ),
        (
            text("format", json!("uuid")),
            text("format", json!("email")),
            false,
            false,
        ),
        (
            text("contentEncoding", json!("base64")),
            json!({ "type": "string" }),
            true,
            false,
        ),
        (
            text("const", json!("ab")),
            text("maxLength", json!(2)),
            true,
            false,
        ),
        (
            text("const", json!("abc")),
            text("maxLength", json!(2)),
            false,
            false,
        ),
        (json!({ "const": 3 }), integer(0, 3), true, false),
        (json!({ "const": 4 }), integer(0, 3), false, false),
        (
            json!({ "const": 1.5 }),
            json!({ "type": "number", "format": "double" }),
            false,
            false,
        ),
        (
            json!({ "const": [1] }),
            json!({ "type": "array" }),
            true,
            false,
        ),
        (
            json!({ "const": [1] }),
            json!({ "type": "array", "maxItems": 0 }),
            false,
            false,
        ),
        (
            json!({ "enum": ["a", "b"] }),
            json!({ "enum": ["b", "c", "a"] }),
            true,
            false,
        ),
        (integer(0, 3), json!({ "type": "integer" }), true, false),
        (
            integer(0, 3),
            json!({ "type": "integer", "exclusiveMinimum": -1, "exclusiveMaximum": 4 }),
            true,
            true,
        ),
        (
            json!({ "type": "number", "minimum": 0 }),
            json!({ "type": "number", "exclusiveMinimum": 0 }),
            false,
            true,
        ),
        (
            json!({ "type": "number", "maximum": 0 }),
            json!({ "type": "number", "exclusiveMaximum": 0 }),
            false,
            true,
        ),
        (
            json!({ "type": "integer", "multipleOf": 2 }),
            json!({ "type": "integer" }),
            true,
            false,
        ),
        (
            json!({ "type": "integer" }),
            json!({ "type": "number" }),
            true,
            false,
        ),
        (integer(0, 1 << 24), float("float"), true, false),
        (integer(0, (1 << 24) + 1), float("float"), false, false),
        (integer(0, 1 << 53), float("double"), true, false),
        (integer(0, (1 << 53) + 1), float("double"), false, false),
        (float("float"), float("double"), true, false),
        (
            json!({ "type": "integer", "format": "uint128" }),
            json!({ "type": "integer", "format": "int128" }),
            false,
            false,
        ),
        (
            json!({ "type": "integer", "format": "uint64" }),
            json!({ "type": "integer", "format": "uint128" }),
            true,
            false,
        ),
        (
            json!({ "type": ["string", "null"] }),
            json!({ "anyOf": [{ "type": "null" }, { "type": "string" }] }),
            true,
            true,
        ),
        (
            json!({ "type": ["string", "null"], "maxLength": 3 }),
            json!({ "type": ["string", "null"] }),
            true,
            false,
        ),
        (
            json!({ "allOf": [{ "type": "string" }, { "maxLength": 3 }] }),
            text("maxLength", json!(3)),
            true,
            true,
        ),
        (
            json!({ "allOf": [{ "maxLength": 3 }, { "type": "string", "maxLength": 2 }] }),
            text("maxLength", json!(2)),
            true,
            true,
        ),
        (
            json!({ "allOf": [{ "type": "string", "minLength": 3 }, { "minLength": 2 }] }),
            text("minLength", json!(3)),
            true,
            true,
        ),
        (
            json!({ "allOf": [{ "type": "integer" }, { "type": "number", "maximum": 3 }] }),
            json!({ "type": "integer", "maximum": 3 }),
            true,
            true,
        ),
        (
            json!({ "allOf": [{ "type": "integer" }, { "type": "string" }] }),
            json!({ "type": "null" }),
            true,
            false,
        ),
        (
            object(json!({ "a": { "type": "null" } })),
            object(json!({})),
            true,
            true,
        ),
        (
            object(json!({ "a": { "type": "null" } })),
            json!({ "type": "object", "additionalProperties": false }),
            false,
            true,
        ),
        (
            object(json!({ "a": { "type": "null" } })),
            json!({ "type": "object", "unevaluatedProperties": false }),
            false,
            true,
        ),
        (
            json!({ "allOf": [
                { "type": "object", "properties": { "a": true }, "required": ["a"] },
                { "type": "object", "properties": { "b": true }, "required": ["b"] },
            ] }),
            json!({ "type": "object", "properties": { "a": true, "b": true }, "required": ["b", "a"] }),
            true,
            true,
        ),
        (
            json!({ "allOf": [object(json!({ "a": { "type": "string" } })), object(json!({ "a": { "maxLength": 3 } }))] }),
            object(json!({ "a": { "type": "string", "maxLength": 3 } })),
            true,
            true,
        ),
        (
            map(json!({ "type": "integer" })),
            map(json!({ "type": "number" })),
            true,
            false,
        ),
        (
            map(json!({ "type": "integer" })),
            object(json!({ "a": { "type": "string" } })),
            false,
            false,
        ),
        (
            map(json!({ "type": "integer" })),
            by_pattern("^\\d+$"),
            false,
            true,
        ),
        (by_pattern("^\\d+$"), by_pattern("^\\d+$"), true, true),
        (by_pattern("^\\d+$"), by_pattern("^-?\\d+$"), false, false),
        (
            json!({ "type": "object", "minProperties": 1 }),
            json!({ "type": "object" }),
            true,
            false,
        ),
        (
            json!({ "type": "object", "propertyNames": { "maxLength": 1 } }),
            json!({ "type": "object" }),
            true,
            false,
        ),
        (
            json!({ "type": "array", "uniqueItems": true }),
            json!({ "type": "array" }),
            true,
            false,
        ),
        (
            json!({ "type": "array", "items": { "type": "integer" } }),
            json!({ "type": "array" }),
            true,
            false,
        ),
        (
            json!({ "type": "array", "contains": { "const": 1 } }),
            json!({ "type": "array" }),
            true,
            false,
        ),
        (
            json!({ "type": "array", "prefixItems": [{ "type": "integer" }], "minItems": 1, "maxItems": 1 }),
            json!({ "type": "array", "items": { "type": "integer" } }),
            true,
            false,
        ),
    ] {
        assert_eq!(fits(&one, &other), forth, "{one} => {other}");
        assert_eq!(fits(&other, &one), back, "{other} => {one}");
        assert!(
            fits(&one, &one) && fits(&other, &other),
            "{one} or {other} is not itself"
        );
    }
}

#[test]
fn a_reference_is_followed_whatever_the_name() {
    let schema = |kind: &str| {
        json!({
            "$ref": "#/$defs/a%20b~1c",
            "$defs": { "a b/c": { "type": kind } },
        })
    };
    assert!(fits(&schema("string"), &schema("string")));
    assert!(!fits(&schema("string"), &schema("null")));
    let nowhere = json!({ "$ref": "#/$defs/none" });
    assert!(fits(&nowhere, &nowhere));
    assert!(!fits(&schema("string"), &nowhere));
}

/// Schemas that are too large to compare do not count as the same.
#[test]
fn too_many_alternatives_fit_themselves_alone() {
    let choices = |kind: &str| {
        let one: Vec<Value> = (0..50)
            .map(|i| json!({ "properties": { format!("{kind}{i}"): {} } }))
            .collect();
        json!({ "oneOf": one })
    };
    let both = |one: &str, other: &str| json!({ "allOf": [choices(one), choices(other)] });
    assert!(fits(&both("a", "b"), &both("a", "b")));
    assert!(!fits(&both("a", "b"), &both("a", "c")));
}
