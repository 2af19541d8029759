//! The JSON Schemas of one event: what its payload is as it is written, as it is read, and as it is published.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::rules::SchemaRules;

/// The dialect of what is published.
const DRAFT: &str = "https://json-schema.org/draft/2020-12/schema";

/// What serde does with a type is not the same both ways.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Schemas {
    /// What its `Serialize` makes.
    pub(super) written: Value,
    /// What its `Deserialize` takes.
    pub(super) read: Value,
}

impl Schemas {
    pub(super) fn of<T: JsonSchema>(describe: impl Fn(&mut SchemaRules<'_>)) -> Self {
        let settings =
            || SchemaSettings::draft2020_12().with(|settings| settings.meta_schema = None);
        Self {
            written: schema::<T>(settings().for_serialize(), &describe),
            read: schema::<T>(settings().for_deserialize(), &describe),
        }
    }

    /// What is published: what is written, but for the members that a reader does without. Older events of the
    /// same major version need not have them.
    pub(super) fn published(&self) -> Map<String, Value> {
        let mut schema = self.written.clone();
        relax(&mut schema, &self.read);
        let mut schema = object(schema);
        schema.insert("$schema".to_owned(), DRAFT.into());
        schema
    }
}

fn schema<T: JsonSchema>(
    settings: SchemaSettings,
    describe: &impl Fn(&mut SchemaRules<'_>),
) -> Value {
    let schema = settings.into_generator().into_root_schema_for::<T>();
    let mut schema = schema.to_value();
    describe(&mut SchemaRules::of_root(&mut schema, &mut BTreeSet::new()));
    bound_integers(&mut schema);
    schema
}

/// The schema as an object; `true` and `false` are objects too.
pub(super) fn object(schema: Value) -> Map<String, Value> {
    match schema {
        Value::Object(schema) => schema,
        Value::Bool(false) => Map::from_iter([("not".to_owned(), json!({}))]),
        _ => Map::new(),
    }
}

/// Requires a member only where both do.
fn relax(schema: &mut Value, other: &Value) {
    let (Value::Object(schema), Value::Object(other)) = (&mut *schema, other) else {
        return relax_each(schema, other);
    };
    if let Some(Value::Array(required)) = schema.get_mut("required") {
        required.retain(|name| {
            let is_known = name
                .as_str()
                .is_some_and(|name| other["properties"].get(name).is_some());
            let of_other = other.get("required").and_then(Value::as_array);
            !is_known || of_other.is_some_and(|required| required.contains(name))
        });
        if required.is_empty() {
            schema.remove("required");
        }
    }
    for (name, value) in schema {
        if let Some(other) = other.get(name) {
            relax(value, other);
        }
    }
}

fn relax_each(schema: &mut Value, other: &Value) {
    if let (Value::Array(schemas), Value::Array(others)) = (schema, other)
        && schemas.len() == others.len()
    {
        for (schema, other) in schemas.iter_mut().zip(others) {
            relax(schema, other);
        }
    }
}

/// A validator need not know the format `uint32`, so the numbers that it stands for are bounds as well. Those of
/// 64 bits are more than a JavaScript number tells apart.
fn bound_integers(schema: &mut Value) {
    match schema {
        Value::Object(schema) => {
            if let Some((min, max)) = schema
                .get("format")
                .and_then(Value::as_str)
                .and_then(bounds)
            {
                for (keyword, exclusive, bound) in [
                    ("minimum", "exclusiveMinimum", min),
                    ("maximum", "exclusiveMaximum", max),
                ] {
                    if !schema.contains_key(exclusive) {
                        schema.entry(keyword).or_insert_with(|| bound.into());
                    }
                }
            }
            schema.values_mut().for_each(bound_integers);
        }
        Value::Array(schemas) => schemas.iter_mut().for_each(bound_integers),
        _ => {}
    }
}

fn bounds(format: &str) -> Option<(i64, i64)> {
    Some(match format {
        "int8" => (i8::MIN.into(), i8::MAX.into()),
        "int16" => (i16::MIN.into(), i16::MAX.into()),
        "int32" => (i32::MIN.into(), i32::MAX.into()),
        "uint8" => (0, u8::MAX.into()),
        "uint16" => (0, u16::MAX.into()),
        "uint32" => (0, u32::MAX.into()),
        _ => return None,
    })
}

/// Puts schemas under another root: `refer` says what a reference to the root or to a definition becomes.
pub(super) fn refer(schema: &mut Value, refer: &dyn Fn(&str) -> String) {
    match schema {
        Value::Object(schema) => {
            if let Some(Value::String(reference)) = schema.get_mut("$ref") {
                *reference = refer(reference);
            }
            schema
                .values_mut()
                .for_each(|value| self::refer(value, refer));
        }
        Value::Array(schemas) => schemas
            .iter_mut()
            .for_each(|value| self::refer(value, refer)),
        _ => {}
    }
}

/// The name of a definition in a reference to it.
pub(super) fn definition_of(reference: &str) -> Option<&str> {
    reference.strip_prefix("#/$defs/")
}
