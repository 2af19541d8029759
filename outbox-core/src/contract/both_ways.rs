//! The published schema: the written form, where a member is required only if readers require it. If a reader
//! does not accept the written form, both forms are alternatives.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::alternatives::alternatives;
use super::fits::fits_within;
use super::references::{definition_name, reference_to, resolve_reference, unused_name};

/// Returns one schema of the written form and the read one.
pub(super) fn published_schema(written: &Value, read: &Value) -> Value {
    if written == read {
        return written.clone();
    }
    let [written, read] = [(0, written), (1, read)].map(|(side, root)| Place {
        side,
        root,
        schema: root,
    });
    let mut merger = Merger::default();
    let root_names = [name_of_root(written), name_of_root(read)];
    merger.names.insert(root_names, "#".to_owned());
    let mut schema = merger.merged(written, read);
    if let (Value::Object(schema), false) = (&mut schema, merger.definitions.is_empty()) {
        schema.insert("$defs".to_owned(), merger.definitions.into());
    }
    schema
}

/// A schema within the written or the read one.
#[derive(Clone, Copy)]
struct Place<'a> {
    side: u8,
    root: &'a Value,
    schema: &'a Value,
}

impl<'a> Place<'a> {
    fn at(self, schema: &'a Value) -> Self {
        Self { schema, ..self }
    }

    /// Returns the reference, its name here, and the place to which it leads.
    fn followed(self) -> Option<((u8, String), Self)> {
        let reference = self.schema.get("$ref")?.as_str()?;
        let target = self.at(resolve_reference(reference, self.root)?);
        let name = definition_name(reference).unwrap_or_default();
        Some(((self.side, name), target))
    }

    fn keyword(self, keyword: &str) -> Option<Self> {
        self.schema.get(keyword).map(|schema| self.at(schema))
    }

    fn members(self, keyword: &str) -> impl Iterator<Item = (&'a String, Self)> {
        let members = self.schema.get(keyword).and_then(Value::as_object);
        members
            .into_iter()
            .flatten()
            .map(move |(name, schema)| (name, self.at(schema)))
    }

    /// Returns the types of JSON that the schema allows.
    fn kinds(self) -> Vec<String> {
        let kind = |alternative: Map<String, Value>| match alternative.get("const") {
            Some(constant) => kind_of_value(constant).to_owned(),
            None => match alternative.get("type").and_then(Value::as_str) {
                Some("integer") => "number".to_owned(),
                Some(kind) => kind.to_owned(),
                None => "any".to_owned(),
            },
        };
        let alternatives = alternatives(self.schema, self.root).into_iter();
        alternatives.map(kind).collect()
    }
}

fn name_of_root(root: Place<'_>) -> (u8, String) {
    (root.side, String::new())
}

fn kind_of_value(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

#[derive(Default)]
struct Merger {
    /// The reference to each pair of definitions: the written one and the read one.
    names: BTreeMap<[(u8, String); 2], String>,
    definitions: Map<String, Value>,
}

impl Merger {
    fn merged(&mut self, written: Place<'_>, read: Place<'_>) -> Value {
        let Value::Object(keywords) = written.schema else {
            return written.schema.clone();
        };
        if let Some((name, target)) = written.followed() {
            return self.merged_reference(keywords, written, (name, target), read);
        }
        let read = read.followed().map_or(read, |(_, target)| target);
        if written.side != read.side && are_told_apart(written, read) {
            let both = [self.merged(written, written), self.merged(read, read)];
            return json!({ "anyOf": both });
        }
        self.merged_keywords(keywords, written, read)
    }

    /// Merges a reference, and the keywords beside it.
    fn merged_reference(
        &mut self,
        keywords: &Map<String, Value>,
        written: Place<'_>,
        (name, target): ((u8, String), Place<'_>),
        read: Place<'_>,
    ) -> Value {
        let (read_name, reader) = read
            .followed()
            .unwrap_or_else(|| ((read.side, format!("={}", read.schema)), read));
        let wanted = name.1.clone();
        let pair = if is_same_definition(target, reader, &name.1, &read_name.1) {
            [name.clone(), name]
        } else {
            [name, read_name]
        };
        let reference = match self.names.get(&pair) {
            Some(known) => known.clone(),
            None => self.add_definition(&wanted, pair, target, reader),
        };
        let mut beside = keywords.clone();
        beside.remove("$ref");
        let mut schema = match self.merged_keywords(&beside, written, read) {
            Value::Object(schema) => schema,
            _ => Map::new(),
        };
        schema.insert("$ref".to_owned(), reference.into());
        Value::Object(schema)
    }

    fn add_definition(
        &mut self,
        wanted: &str,
        pair: [(u8, String); 2],
        written: Place<'_>,
        read: Place<'_>,
    ) -> String {
        let wanted = if wanted.is_empty() { "Payload" } else { wanted };
        let name = unused_name(wanted, &self.definitions);
        let reference = reference_to(&name);
        self.names.insert(pair, reference.clone());
        // Reserves the name, since a type may hold itself.
        self.definitions.insert(name.clone(), Value::Bool(true));
        let schema = self.merged(written, read);
        self.definitions.insert(name, schema);
        reference
    }

    fn merged_keywords(
        &mut self,
        keywords: &Map<String, Value>,
        written: Place<'_>,
        read: Place<'_>,
    ) -> Value {
        let mut merged = Map::new();
        for (keyword, value) in keywords {
            let value = match (keyword.as_str(), value) {
                ("$defs", Value::Object(_)) => continue,
                ("required", Value::Array(names)) => match required_by_both(names, read) {
                    names if names.is_empty() => continue,
                    names => names.into(),
                },
                ("properties" | "patternProperties", Value::Object(_)) => {
                    self.merged_members(keyword, written, read)
                }
                (
                    "items"
                    | "additionalProperties"
                    | "unevaluatedProperties"
                    | "not"
                    | "contains"
                    | "propertyNames",
                    schema,
                ) => {
                    let within = written.at(schema);
                    self.merged(within, read.keyword(keyword).unwrap_or(within))
                }
                ("anyOf" | "oneOf" | "allOf" | "prefixItems", Value::Array(schemas)) => {
                    let readers = read.schema.get(keyword).and_then(Value::as_array);
                    let readers = readers.filter(|readers| readers.len() == schemas.len());
                    let merge = |(position, schema)| {
                        let within = written.at(schema);
                        let reader = readers.map(|readers| read.at(&readers[position]));
                        self.merged(within, reader.unwrap_or(within))
                    };
                    schemas.iter().enumerate().map(merge).collect()
                }
                (_, value) => value.clone(),
            };
            merged.insert(keyword.clone(), value);
        }
        Value::Object(merged)
    }

    /// Merges the members of an object, and keeps a member that is only read if a reader requires it.
    fn merged_members(&mut self, keyword: &str, written: Place<'_>, read: Place<'_>) -> Value {
        let mut merged = Map::new();
        for (name, within) in written.members(keyword) {
            let reader = read.members(keyword).find(|(other, _)| *other == name);
            let reader = reader.map_or(within, |(_, reader)| reader);
            merged.insert(name.clone(), self.merged(within, reader));
        }
        for (name, reader) in read.members(keyword) {
            if requires(read, name) && !merged.contains_key(name) {
                merged.insert(name.clone(), self.merged(reader, reader));
            }
        }
        merged.into()
    }
}

/// Returns whether two definitions of one name are the same, with all that they refer to.
fn is_same_definition(written: Place<'_>, read: Place<'_>, name: &str, read_name: &str) -> bool {
    name == read_name
        && written.schema == read.schema
        && written.root.get("$defs") == read.root.get("$defs")
}

/// Returns whether a reader does not accept the written form, for a reason outside of the places within.
fn are_told_apart(written: Place<'_>, read: Place<'_>) -> bool {
    if fits_within([written.schema, written.root], [read.schema, read.root]) {
        return false;
    }
    let (kinds, read_kinds) = (written.kinds(), read.kinds());
    let is_read = |kind: &String| read_kinds.contains(kind) || read_kinds.contains(&"any".into());
    let has_places = |kind: &String| matches!(kind.as_str(), "object" | "array");
    !kinds.iter().all(is_read) || !kinds.iter().any(has_places)
}

/// Returns the names that both schemas require, and the names that readers do not know.
fn required_by_both(names: &[Value], read: Place<'_>) -> Vec<Value> {
    let is_kept = |name: &&Value| {
        let name = name.as_str().unwrap_or_default();
        let is_known = read.members("properties").any(|(other, _)| other == name);
        !is_known || requires(read, name)
    };
    names.iter().filter(is_kept).cloned().collect()
}

fn requires(object: Place<'_>, name: &str) -> bool {
    let required = object.schema.get("required").and_then(Value::as_array);
    required.is_some_and(|required| required.iter().any(|other| other == name))
}
