//! The lock file: the contract that others rely on, as it was recorded.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::alternatives::{alternatives, is_annotation};
use super::catalog::{Catalog, Event};
use super::places::places_within;
use super::references::resolve_reference;

/// Of the file's own form; a later one may be another.
const FORMAT: u32 = 1;

/// Every event by its type, and its versions by their majors.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Lock {
    format: u32,
    pub(super) events: BTreeMap<String, BTreeMap<u32, Locked>>,
}

/// What others rely on in one major version of one event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Locked {
    pub(super) data_version: String,
    pub(super) aggregate_type: String,
    pub(super) aggregate_id: String,
    pub(super) topic: String,
    pub(super) key: String,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(super) extensions: BTreeSet<String>,
    #[serde(flatten)]
    pub(super) newest: Form,
    /// What was recorded before, the oldest first: such events may be stored, such readers deployed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    earlier: Vec<Form>,
}

/// The payload, as JSON Schemas.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Form {
    pub(super) written: Value,
    /// What is read, where that is not what is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    read: Option<Value>,
}

impl Default for Lock {
    fn default() -> Self {
        Self {
            format: FORMAT,
            events: BTreeMap::new(),
        }
    }
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
        Self {
            format: FORMAT,
            events,
        }
    }

    pub(super) fn parse(text: &str) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Head {
            format: Option<u32>,
        }

        let failed = |error: serde_json::Error| {
            format!("{error}; solve its conflicts, or take it from version control again")
        };
        let head: Head = serde_json::from_str(text).map_err(failed)?;
        match head.format {
            Some(FORMAT) => serde_json::from_str(text).map_err(failed),
            Some(other) => Err(format!(
                "it has the format {other}, and this version of outbox-core reads {FORMAT}"
            )),
            None => Err("it is no lock file: it has no `format`".to_owned()),
        }
    }

    /// Sorted, whatever the features of `serde_json`, so that a change is a small difference.
    pub(super) fn to_text(&self) -> Result<String, serde_json::Error> {
        let mut value = serde_json::to_value(self)?;
        sort(&mut value);
        serde_json::to_string_pretty(&value).map(|text| text + "\n")
    }

    /// What is to be recorded after what was: what says the same stays as it is, and an older form that the newest
    /// one fits is remembered.
    pub(super) fn after(
        mut self,
        recorded: &Self,
        fits: impl Fn(&str, u32, &Form, &Form) -> bool,
    ) -> Self {
        for (event_type, versions) in &mut self.events {
            for (&major, locked) in versions {
                if let Some(older) = recorded.version(event_type, major) {
                    locked.remember(older, |was, is| fits(event_type, major, was, is));
                }
            }
        }
        self
    }

    /// With the versions that are not there any more.
    pub(super) fn keeping_versions_of(mut self, recorded: &Self) -> Self {
        for (event_type, versions) in &recorded.events {
            let kept = self.events.entry(event_type.clone()).or_default();
            for (major, locked) in versions {
                kept.entry(*major).or_insert_with(|| locked.clone());
            }
        }
        self
    }

    pub(super) fn version(&self, event_type: &str, major: u32) -> Option<&Locked> {
        self.events.get(event_type)?.get(&major)
    }
}

impl Locked {
    fn of(event: &Event) -> Self {
        let definition = &event.definition;
        let (written, read) = (bare(&event.schemas.written), bare(&event.schemas.read));
        Self {
            data_version: definition.data_version().to_owned(),
            aggregate_type: definition.aggregate_type().to_owned(),
            aggregate_id: event.facts.aggregate_id.unwrap_or("computed").to_owned(),
            topic: definition.topic_or_default().to_owned(),
            key: event.key_in_words(),
            extensions: event
                .facts
                .extensions
                .iter()
                .map(|&name| name.to_owned())
                .collect(),
            newest: Form {
                read: Some(read).filter(|read| *read != written),
                written,
            },
            earlier: Vec::new(),
        }
    }

    /// Every form that was recorded.
    pub(super) fn forms(&self) -> impl Iterator<Item = &Form> {
        self.earlier.iter().chain([&self.newest])
    }

    fn remember(&mut self, older: &Self, fits: impl Fn(&Form, &Form) -> bool) {
        if self.newest.says_the_same(&older.newest) {
            self.newest = older.newest.clone();
        }
        for form in older.forms() {
            let is_known = self.forms().any(|known| known.says_the_same(form));
            if !is_known && fits(form, &self.newest) {
                self.earlier.push(form.clone());
            }
        }
    }
}

impl Form {
    pub(super) fn read(&self) -> &Value {
        self.read.as_ref().unwrap_or(&self.written)
    }

    /// Whether the two differ in words only, such as the names of types within them.
    pub(super) fn says_the_same(&self, other: &Self) -> bool {
        let are_same =
            |one: &Value, other: &Value| one == other || Canonical::of(one) == Canonical::of(other);
        are_same(&self.written, &other.written) && are_same(self.read(), other.read())
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

/// A schema with its definitions in the order in which they are met, without their names, and its choices sorted.
struct Canonical<'a> {
    names: Vec<&'a str>,
    definitions: Vec<Value>,
}

impl<'a> Canonical<'a> {
    /// The definitions; that of the root is the last.
    fn of(root: &'a Value) -> Vec<Value> {
        let mut canonical = Self {
            names: Vec::new(),
            definitions: Vec::new(),
        };
        let mut met = 0;
        let schema = canonical.schema(root);
        while let Some(name) = canonical.names.get(met).copied() {
            met += 1;
            let definition = match resolve_reference(name, root) {
                Some(schema) => canonical.schema(schema),
                None => name.into(),
            };
            canonical.definitions.push(definition);
        }
        canonical.definitions.push(schema);
        canonical.definitions
    }

    fn schema(&mut self, schema: &'a Value) -> Value {
        match schema {
            Value::Object(keywords) => keywords
                .iter()
                .filter(|(keyword, _)| *keyword != "$defs")
                .map(|(keyword, value)| (keyword.clone(), self.keyword(keyword, value)))
                .collect::<Map<_, _>>()
                .into(),
            Value::Array(schemas) => schemas.iter().map(|schema| self.schema(schema)).collect(),
            other => other.clone(),
        }
    }

    fn keyword(&mut self, keyword: &str, value: &'a Value) -> Value {
        match (keyword, value) {
            ("$ref", Value::String(name)) => self.number(name).into(),
            ("properties" | "patternProperties", Value::Object(members)) => members
                .iter()
                .map(|(name, schema)| (name.clone(), self.schema(schema)))
                .collect::<Map<_, _>>()
                .into(),
            ("oneOf" | "anyOf", Value::Array(choices)) => {
                let choices = choices.iter().map(|choice| self.schema(choice));
                sorted(choices.collect())
            }
            ("enum", Value::Array(values)) => sorted(values.clone()),
            ("const", value) => value.clone(),
            (_, value) => self.schema(value),
        }
    }

    fn number(&mut self, name: &'a str) -> usize {
        let known = self.names.iter().position(|other| *other == name);
        known.unwrap_or_else(|| {
            self.names.push(name);
            self.names.len() - 1
        })
    }
}

fn sorted(mut values: Vec<Value>) -> Value {
    values.sort_by_cached_key(Value::to_string);
    values.into()
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
    let keywords = schema
        .iter()
        .filter(|(keyword, _)| !says_nothing(keyword, schema));
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

fn says_nothing(keyword: &str, schema: &Map<String, Value>) -> bool {
    // The pattern of an e-mail address repeats what its format says.
    let is_repeated =
        keyword == "pattern" && schema.get("format").is_some_and(|format| format == "email");
    is_repeated || is_annotation(keyword)
}

/// More than anybody reads; a type that holds itself has no end of them.
const MOST_PATHS: usize = 500;
const DEEPEST: usize = 8;

fn collect_paths(
    schema: &Value,
    root: &Value,
    path: &str,
    depth: usize,
    paths: &mut BTreeSet<String>,
) {
    if depth > DEEPEST || paths.len() > MOST_PATHS {
        return;
    }
    for alternative in alternatives(schema, root) {
        for place in places_within(&alternative, path) {
            if paths.insert(place.path.clone()) {
                collect_paths(place.schema, root, &place.path, depth + 1, paths);
            }
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
