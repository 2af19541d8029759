//! The places of a type's fields.
//!
//! serde's attributes decide where a field is in the JSON: its name, the tag of its variant, flattening. So the
//! derive writes a twin of each type, with the same attributes, whose fields are [`Marked`]. schemars makes the
//! schema of the twin, and each mark in it shows the place of a field in the schema of the type.

use std::any::type_name;
use std::borrow::Cow;

use schemars::generate::{Contract, SchemaSettings};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::Value;

use super::SchemaRules;
use crate::contract::references::pointer_token;
use crate::contract::unread::unread_values;

/// The keyword that marks a field, before its number.
const MARK: &str = "x-outbox-field-";

/// A field of a twin, by its number.
#[derive(Debug, Default)]
pub struct Marked<const NUMBER: usize>;

impl<const NUMBER: usize> JsonSchema for Marked<NUMBER> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        Cow::Borrowed("Marked")
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let mut schema = json_schema!({});
        schema.insert(format!("{MARK}{NUMBER}"), true.into());
        schema
    }
}

/// A type whose members are those of the object around it.
#[derive(JsonSchema)]
#[allow(dead_code, reason = "its schema is all that is looked at")]
struct Flattened<T> {
    #[serde(flatten)]
    inner: T,
}

impl SchemaRules<'_> {
    /// Describes the fields of a type by their numbers in its twin. `conversions` says whether serde converts the
    /// type when it is written, and when it is read: then its fields are not in the schema.
    pub fn fields<Type: ?Sized, Twin: JsonSchema>(
        &mut self,
        conversions: [bool; 2],
        describe: impl Fn(&mut SchemaRules<'_>, usize),
    ) {
        let [when_written, when_read] = conversions;
        let is_converted = if self.walk.contract.is_serialize() {
            when_written
        } else {
            when_read
        };
        let place = match is_converted {
            true => None,
            false if self.is_flattened => self.pointer.clone(),
            false => self.own_type(),
        };
        let described = (place.clone(), type_name::<Type>(), self.is_checked);
        if !self.walk.described.insert(described) {
            return;
        }
        for (number, pointer) in self.places_of_fields::<Twin>(place.as_deref()) {
            let path = self.path.clone();
            let may_be_absent = self.is_flattened && self.is_checked;
            let pointer = pointer.filter(|at| !may_be_absent || self.exclude_absent(at));
            self.describe_at(pointer, path, |schema| describe(schema, number));
        }
    }

    /// Finds the values that serde cannot read of a type that is flattened into the object here, unless serde
    /// converts the object.
    pub(super) fn buffered<T: JsonSchema>(&mut self) {
        if self.pointer.is_none() {
            return;
        }
        let schema = schema_of::<T>(&self.walk.contract);
        let unread = unread_values(&schema, &self.path, true);
        self.walk.unread.extend(unread);
    }

    /// Adds the name of a field to the path.
    pub fn enter(&mut self, name: &str) {
        if !self.path.is_empty() && !name.is_empty() {
            self.path.push('.');
        }
        self.path.push_str(name);
    }

    fn places_of_fields<Twin: JsonSchema>(
        &self,
        place: Option<&str>,
    ) -> Vec<(usize, Option<String>)> {
        let contract = &self.walk.contract;
        let twins = if self.is_flattened {
            // schemars writes an optional enum in another way.
            vec![
                schema_of::<Flattened<Twin>>(contract),
                schema_of::<Flattened<Option<Twin>>>(contract),
            ]
        } else {
            vec![schema_of::<Twin>(contract)]
        };
        let mut best = Vec::new();
        for twin in &twins {
            let mut marks = Vec::new();
            find_marks(twin, "", &mut marks);
            let found: Vec<(usize, Option<String>)> = marks
                .into_iter()
                .map(|(number, at)| (number, self.counterpart(place, twin, &at)))
                .collect();
            let is_complete = found.iter().all(|(_, place)| place.is_some());
            if is_complete || best.is_empty() {
                best = found;
            }
            if is_complete {
                break;
            }
        }
        best
    }

    /// Returns the place in the schema that is at `at` in the twin.
    fn counterpart(&self, place: Option<&str>, twin: &Value, at: &str) -> Option<String> {
        let (place, root) = (place?, &self.walk.root);
        let direct = format!("{place}{at}");
        if !self.is_flattened {
            return root.pointer(&direct).map(|_| direct);
        }
        // schemars moves the choices of several flattened enums into one `allOf`.
        let (moved, rest) = match at.strip_prefix("/allOf/") {
            Some(moved) => {
                let rest = moved.split_once('/').map_or("", |(_, rest)| rest);
                (at.len() - rest.len() - usize::from(!rest.is_empty()), rest)
            }
            None => (0, at.trim_start_matches('/')),
        };
        let rest = if rest.is_empty() {
            String::new()
        } else {
            format!("/{rest}")
        };
        let parts = root.pointer(&format!("{place}/allOf"));
        let parts = parts.and_then(Value::as_array).map_or(0, Vec::len);
        let bases = (0..parts).map(|part| format!("{place}/allOf/{part}"));
        [place.to_owned()]
            .into_iter()
            .chain(bases)
            .find_map(|base| {
                let candidate = format!("{base}{rest}");
                root.pointer(&candidate)?;
                let branch = branch_of(&rest);
                let marked = twin.pointer(&format!("{}{branch}", &at[..moved]))?;
                let is_same = is_same_variant(marked, root.pointer(&format!("{base}{branch}"))?);
                is_same.then_some(candidate)
            })
    }
}

fn schema_of<T: JsonSchema>(contract: &Contract) -> Value {
    let settings =
        SchemaSettings::draft2020_12().with(|settings| settings.contract = contract.clone());
    let schema = settings.into_generator().into_root_schema_for::<T>();
    schema.to_value()
}

/// Finds the number of each mark, and the pointer to it.
fn find_marks(schema: &Value, pointer: &str, marks: &mut Vec<(usize, String)>) {
    match schema {
        Value::Object(keywords) => {
            for (keyword, value) in keywords {
                let number = keyword.strip_prefix(MARK).filter(|_| *value == true);
                if let Some(number) = number.and_then(|number| number.parse().ok()) {
                    marks.push((number, pointer.to_owned()));
                }
                find_marks(
                    value,
                    &format!("{pointer}/{}", pointer_token(keyword)),
                    marks,
                );
            }
        }
        Value::Array(schemas) => {
            for (position, value) in schemas.iter().enumerate() {
                find_marks(value, &format!("{pointer}/{position}"), marks);
            }
        }
        _ => {}
    }
}

/// Returns the part of a pointer that leads to the variant of an enum.
fn branch_of(pointer: &str) -> &str {
    let ends = ["/oneOf/", "/anyOf/"].iter().filter_map(|choice| {
        let start = pointer.rfind(choice)? + choice.len();
        let rest = &pointer[start..];
        Some(start + rest.find('/').unwrap_or(rest.len()))
    });
    &pointer[..ends.max().unwrap_or(0)]
}

/// Returns whether the schema has the members of its twin, and the same tag.
fn is_same_variant(twin: &Value, schema: &Value) -> bool {
    let members = twin.get("properties").and_then(Value::as_object);
    members.into_iter().flatten().all(|(name, member)| {
        let other = schema.get("properties").and_then(|all| all.get(name));
        other.is_some_and(|other| {
            member
                .get("const")
                .is_none_or(|tag| other.get("const") == Some(tag))
        })
    })
}
