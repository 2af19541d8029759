//! The JSON Schemas of one event's payload: as it is written, as it is read, and as it is published.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use schemars::generate::{Contract, SchemaSettings};
use serde_json::{Map, Value, json};

use super::both_ways::published_schema;
use super::constraints::{Described, SchemaRules, described_schema};
use super::sorted_members::sort_members;
use super::unread::{Unread, unread_values};

/// The dialect of the published schemas.
pub(super) const DRAFT: &str = "https://json-schema.org/draft/2020-12/schema";

/// The schemas of one type. serde may write and read the type in different forms.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Schemas {
    /// The form that `Serialize` writes.
    pub(super) written: Value,
    /// The form that `Deserialize` accepts.
    pub(super) read: Value,
    /// The rules that the schemas have no place for, such as `price.amount: range(min = 1)`.
    pub(super) unplaced: BTreeSet<String>,
    /// The values that `Serialize` writes and `Deserialize` cannot read.
    pub(super) unread: Unread,
}

impl Schemas {
    pub(super) fn of<T: JsonSchema>(describe: impl Fn(&mut SchemaRules<'_>)) -> Self {
        let mut written = generated::<T>(Contract::Serialize, &describe);
        let mut read = generated::<T>(Contract::Deserialize, &describe);
        written.unplaced.append(&mut read.unplaced);
        read.unread.extend(unread_values(&read.schema, "", false));
        Self {
            written: written.schema,
            read: read.schema,
            unplaced: written.unplaced,
            unread: read.unread,
        }
    }

    /// Returns the published schema: the written form, where a member is required only if readers require
    /// it. Older events of the same major version need not have the other members.
    pub(super) fn published(&self) -> Map<String, Value> {
        let mut schema = schema_object(published_schema(&self.written, &self.read));
        schema.insert("$schema".to_owned(), DRAFT.into());
        schema
    }
}

/// Returns the schema with its rules.
fn generated<T: JsonSchema>(
    contract: Contract,
    describe: impl Fn(&mut SchemaRules<'_>),
) -> Described {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.meta_schema = None;
        settings.contract = contract.clone();
    });
    let schema = settings.into_generator().into_root_schema_for::<T>();
    let mut described = described_schema(schema.to_value(), contract, describe);
    bound_integers(&mut described.schema);
    sort_members(&mut described.schema);
    described
}

/// Returns the schema as an object; `true` and `false` become objects too.
pub(super) fn schema_object(schema: Value) -> Map<String, Value> {
    match schema {
        Value::Object(schema) => schema,
        Value::Bool(false) => Map::from_iter([("not".to_owned(), json!({}))]),
        _ => Map::new(),
    }
}

/// Adds the bounds that a format such as `uint32` implies, which a validator need not know. The bounds of 64 bits
/// are beyond the integers that JavaScript can distinguish.
fn bound_integers(schema: &mut Value) {
    match schema {
        Value::Object(schema) => {
            if let Some((min, max)) = schema
                .get("format")
                .and_then(Value::as_str)
                .and_then(integer_bounds)
            {
                for (keyword, exclusive, bound) in [
                    ("minimum", "exclusiveMinimum", Some(min)),
                    ("maximum", "exclusiveMaximum", max),
                ] {
                    if let Some(bound) = bound
                        && !schema.contains_key(exclusive)
                    {
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

fn integer_bounds(format: &str) -> Option<(i64, Option<i64>)> {
    Some(match format {
        "int8" => (i8::MIN.into(), Some(i8::MAX.into())),
        "int16" => (i16::MIN.into(), Some(i16::MAX.into())),
        "int32" => (i32::MIN.into(), Some(i32::MAX.into())),
        "uint8" => (0, Some(u8::MAX.into())),
        "uint16" => (0, Some(u16::MAX.into())),
        "uint32" => (0, Some(u32::MAX.into())),
        "uint64" | "uint128" | "uint" => (0, None),
        _ => return None,
    })
}
