//! The rules of `#[validate(...)]` as keywords of a JSON Schema. schemars writes some of them. This module adds the
//! others: exclusive bounds, the length of a map, and rules behind a reference. schemars writes its keywords
//! wherever a type appears; this module removes them where nobody validates the type.

mod absent;
mod by_type;
mod fields;
mod keywords;
mod rule_words;
mod unchecked;
mod walk;

use std::fmt;

use serde_json::{Map, Value};

use super::references::{definition_name, pointer_token};
use walk::Walk;

pub use by_type::{DescribeRules, NoRules, RulesOf};
pub use fields::Marked;
pub(super) use walk::{Described, described_schema};

/// The most steps between a field and its type.
const MOST_STEPS: usize = 16;

/// A place in a schema.
pub struct SchemaRules<'a> {
    walk: &'a mut Walk,
    /// The pointer (RFC 6901); `None` if the schema has no such place.
    pointer: Option<String>,
    /// The path for people, such as `items[].sku`.
    path: String,
    /// True if `Envelope::new` checks the rules of the schemas at this place.
    is_checked: bool,
    /// True if the members of this value are members of the object around it.
    is_flattened: bool,
}

impl fmt::Debug for SchemaRules<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SchemaRules")
            .field("pointer", &self.pointer)
            .finish_non_exhaustive()
    }
}

impl SchemaRules<'_> {
    fn schema(&self) -> Option<&Value> {
        self.walk.root.pointer(self.pointer.as_deref()?)
    }

    fn keywords(&mut self) -> Option<&mut Map<String, Value>> {
        let pointer = self.pointer.as_deref()?;
        self.walk.root.pointer_mut(pointer)?.as_object_mut()
    }

    /// Describes another place.
    fn describe_at(
        &mut self,
        pointer: Option<String>,
        path: String,
        describe: impl FnOnce(&mut SchemaRules<'_>),
    ) {
        describe(&mut SchemaRules {
            walk: self.walk,
            pointer,
            path,
            is_checked: self.is_checked,
            is_flattened: false,
        });
    }

    /// Describes a member of an object, by its name in the payload, if there is one.
    pub(super) fn member(&mut self, name: &str, describe: impl FnOnce(&mut SchemaRules<'_>)) {
        let Some(pointer) = &self.pointer else { return };
        let member = format!("{pointer}/properties/{}", pointer_token(name));
        if self.walk.root.pointer(&member).is_some() {
            self.describe_at(Some(member), name.to_owned(), describe);
        }
    }

    /// Describes the type of a field without the rule `nested`: nobody checks the type's rules.
    pub(super) fn unchecked(&mut self, describe: impl FnOnce(&mut SchemaRules<'_>)) {
        let was_checked = std::mem::replace(&mut self.is_checked, false);
        describe(self);
        self.is_checked = was_checked;
    }

    /// Describes the type that is flattened into the object here.
    pub fn flattened(&mut self, describe: impl FnOnce(&mut SchemaRules<'_>)) {
        self.is_flattened = true;
        describe(self);
        self.is_flattened = false;
    }

    /// Returns whether the schema here names this type of JSON, with references followed.
    fn has_type(&self, kind: &str) -> bool {
        let mut schema = self.schema();
        // The limit ends a reference to itself.
        for _ in 0..MOST_STEPS {
            let Some(keywords) = schema else { return false };
            if keywords.get("type").is_some() {
                return names_type(keywords, kind);
            }
            schema = if let Some(reference) = keywords.get("$ref").and_then(Value::as_str) {
                definition_name(reference)
                    .and_then(|name| self.walk.root.get("$defs")?.get(name.as_str()))
            } else if let Some(choices) = keywords.get("anyOf") {
                position_beside_null(choices).and_then(|one| choices.get(one))
            } else {
                None
            };
        }
        false
    }

    /// Returns whether the schema here allows the null of an `Option`.
    fn admits_null(&self) -> bool {
        self.schema().is_some_and(|schema| {
            let any_of = schema.get("anyOf");
            names_type(schema, "null") || any_of.and_then(position_beside_null).is_some()
        })
    }

    /// Reports a rule that the schema has no place for.
    fn report_unplaced(&mut self, rule: &str) {
        let path = match self.path.as_str() {
            "" => "the value",
            path => path,
        };
        self.walk.unplaced.insert(format!("{path}: {rule}"));
    }
}

/// Returns whether the schema itself names this type of JSON.
fn names_type(schema: &Value, kind: &str) -> bool {
    match schema.get("type") {
        Some(Value::Array(kinds)) => kinds.iter().any(|one| one == kind),
        one => one.is_some_and(|one| one == kind),
    }
}

/// Returns the position of the schema in `[schema, null]`, in any order.
fn position_beside_null(any_of: &Value) -> Option<usize> {
    let [one, other] = any_of.as_array()?.as_slice() else {
        return None;
    };
    let is_null = |schema: &Value| schema.get("type").is_some_and(|kind| kind == "null");
    match (is_null(one), is_null(other)) {
        (false, true) => Some(0),
        (true, false) => Some(1),
        _ => None,
    }
}
