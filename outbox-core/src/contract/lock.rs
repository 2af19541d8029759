//! The lock file: the contract that others rely on, as it was last recorded.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::alternatives::alternatives;
use super::catalog::{Catalog, Event};
use super::fits::member;

/// Every event by its type, and its versions by their majors.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Lock {
    pub(super) events: BTreeMap<String, BTreeMap<u32, Locked>>,
}

/// What others rely on in one major version of one event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Locked {
    pub(super) data_version: String,
    pub(super) aggregate_type: String,
    pub(super) topic: String,
    pub(super) key: String,
    /// What is written, as a JSON Schema.
    pub(super) written: Value,
    /// What is read, where that is not the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    read: Option<Value>,
}

impl Lock {
    pub(super) fn of(catalog: &Catalog) -> Self {
        let mut events: BTreeMap<String, BTreeMap<u32, Locked>> = BTreeMap::new();
        for event in &catalog.events {
            let versions = events.entry(event.definition.event_type().to_owned());
            versions
                .or_default()
                .insert(event.major(), Locked::of(event));
        }
        Self { events }
    }

    pub(super) fn parse(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// Sorted, whatever the features of `serde_json`, so that a change is a small difference.
    pub(super) fn to_text(&self) -> Result<String, serde_json::Error> {
        let mut value = serde_json::to_value(self)?;
        sort(&mut value);
        serde_json::to_string_pretty(&value).map(|text| text + "\n")
    }

    /// With what older events of the same major have or have not: a member that is written no more, which a new
    /// one of that name must read, and the absence of one that was not written yet.
    pub(super) fn keeping_members_of(mut self, older: &Self) -> Self {
        for (event_type, versions) in &mut self.events {
            for (major, locked) in versions {
                let older = older
                    .events
                    .get(event_type)
                    .and_then(|versions| versions.get(major));
                if let Some(older) = older {
                    locked.keep_members_of(older);
                }
            }
        }
        self
    }
}

impl Locked {
    fn of(event: &Event) -> Self {
        let definition = &event.definition;
        let (written, read) = (bare(&event.schemas.written), bare(&event.schemas.read));
        Self {
            data_version: definition.data_version().to_owned(),
            aggregate_type: definition.aggregate_type().to_owned(),
            topic: definition.topic_or_default().into_owned(),
            key: event.facts.partition_key.to_string(),
            read: Some(read).filter(|read| *read != written),
            written,
        }
    }

    pub(super) fn read(&self) -> &Value {
        self.read.as_ref().unwrap_or(&self.written)
    }

    fn keep_members_of(&mut self, older: &Self) {
        let read = self.read().clone();
        keep_members(&mut self.written, &older.written);
        self.read = Some(read).filter(|read| *read != self.written);
    }

    /// Where members stand, such as `items[].sku`.
    pub(super) fn paths(&self) -> BTreeSet<String> {
        let mut paths = BTreeSet::new();
        for schema in [&self.written, self.read()] {
            collect_paths(schema, schema, "", 0, &mut paths);
        }
        paths
    }
}

/// The schema without what says nothing of values.
fn bare(schema: &Value) -> Value {
    match schema {
        Value::Object(schema) => Value::Object(bare_keywords(schema)),
        Value::Array(schemas) => schemas.iter().map(bare).collect(),
        other => other.clone(),
    }
}

fn bare_keywords(schema: &Map<String, Value>) -> Map<String, Value> {
    // The pattern of an e-mail address says what the format says.
    let is_email = schema.get("format").is_some_and(|format| format == "email");
    let is_annotation = |keyword: &str| {
        (is_email && keyword == "pattern")
            || matches!(
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
    };
    let keywords = schema.iter().filter(|(keyword, _)| !is_annotation(keyword));
    keywords
        .map(|(keyword, value)| {
            let value = match (keyword.as_str(), value) {
                // Their keys are names, and no keywords.
                ("properties" | "$defs" | "patternProperties", Value::Object(members)) => members
                    .iter()
                    .map(|(name, schema)| (name.clone(), bare(schema)))
                    .collect::<Map<_, _>>()
                    .into(),
                ("const" | "enum", value) => value.clone(),
                ("required", Value::Array(names)) => {
                    let mut names: Vec<&str> = names.iter().filter_map(Value::as_str).collect();
                    names.sort_unstable();
                    names.into()
                }
                (_, value) => bare(value),
            };
            (keyword.clone(), value)
        })
        .collect()
}

fn keep_members(schema: &mut Value, older: &Value) {
    let (Value::Object(schema), Value::Object(older)) = (schema, older) else {
        return;
    };
    if let (Some(Value::Array(required)), true) =
        (schema.get_mut("required"), older.contains_key("properties"))
    {
        let older = older.get("required").and_then(Value::as_array);
        required.retain(|name| older.is_some_and(|older| older.contains(name)));
        if required.is_empty() {
            schema.remove("required");
        }
    }
    for keyword in ["properties", "$defs"] {
        let Some(Value::Object(older)) = older.get(keyword) else {
            continue;
        };
        let members = schema.entry(keyword).or_insert_with(|| Map::new().into());
        let Some(members) = members.as_object_mut() else {
            continue;
        };
        for (name, older) in older {
            match members.get_mut(name) {
                Some(schema) => keep_members(schema, older),
                None => {
                    members.insert(name.clone(), older.clone());
                }
            }
        }
    }
    for keyword in ["items", "additionalProperties"] {
        if let (Some(schema), Some(older)) = (schema.get_mut(keyword), older.get(keyword)) {
            keep_members(schema, older);
        }
    }
}

/// Deeper than any event is that does not hold itself.
const DEEPEST: usize = 8;

fn collect_paths(
    schema: &Value,
    root: &Value,
    path: &str,
    depth: usize,
    paths: &mut BTreeSet<String>,
) {
    if depth > DEEPEST {
        return;
    }
    for alternative in alternatives(schema, root) {
        if let Some(items) = alternative.get("items") {
            collect_paths(items, root, &format!("{path}[]"), depth + 1, paths);
        }
        if let Some(values) = alternative.get("additionalProperties") {
            collect_paths(values, root, &format!("{path}[*]"), depth + 1, paths);
        }
        let members = alternative.get("properties").and_then(Value::as_object);
        for (name, schema) in members.into_iter().flatten() {
            let at = member(path, name);
            collect_paths(schema, root, &at, depth + 1, paths);
            paths.insert(at);
        }
    }
}

fn sort(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.values_mut().for_each(sort);
            let sorted: BTreeMap<String, Value> = std::mem::take(members).into_iter().collect();
            members.extend(sorted);
        }
        Value::Array(values) => values.iter_mut().for_each(sort),
        _ => {}
    }
}
