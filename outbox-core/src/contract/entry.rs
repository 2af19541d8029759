//! One version of one event in the catalogue.

use serde_json::{Map, Value};

use super::facts::{EventFacts, KeyFacts};
use super::payload_schema::{Schemas, schema_object};
use outbox_rules::major_version;

use crate::definition::EventDefinition;

/// One version of one event.
#[derive(Debug, Clone)]
pub(super) struct Event {
    pub(super) definition: EventDefinition,
    pub(super) facts: EventFacts,
    pub(super) schemas: Schemas,
    /// True if it is sent; an older version is only read.
    pub(super) is_sent: bool,
    pub(super) examples: Vec<Example>,
}

/// An envelope, as binary mode shows it.
#[derive(Debug, Clone)]
pub(super) struct Example {
    pub(super) cloudevent: Value,
}

impl Event {
    /// Returns whether this is the version that has this definition.
    pub(super) fn has_definition(&self, definition: &EventDefinition) -> bool {
        self.definition.event_type() == definition.event_type()
            && self.definition.data_version() == definition.data_version()
    }

    /// Returns the key by which entries are sorted: the type, then the version.
    pub(super) fn sort_key(&self) -> (&'static str, Vec<u32>, &'static str) {
        let version = self.definition.data_version();
        let numbers = version.split('.').filter_map(|number| number.parse().ok());
        (self.definition.event_type(), numbers.collect(), version)
    }

    /// Returns whether both say the same. The rules are in the schemas.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let (one, two) = (&self.facts, &other.facts);
        self.definition == other.definition
            && self.schemas == other.schemas
            && (one.aggregate_id, one.partition_key) == (two.aggregate_id, two.partition_key)
            && (one.occurred_at, one.extensions) == (two.occurred_at, two.extensions)
    }

    pub(super) fn major(&self) -> u32 {
        major_version(self.definition.data_version()).unwrap_or_default()
    }

    /// Returns the members that make the partition key, or its other origin.
    pub(super) fn key_in_words(&self) -> String {
        match (self.facts.partition_key, self.facts.aggregate_id) {
            (KeyFacts::AggregateId, Some(name)) => name.to_owned(),
            (key, _) => key.to_string(),
        }
    }

    /// Returns the struct's name.
    pub(super) fn title(&self) -> &str {
        let title = self.schemas.written.get("title").and_then(Value::as_str);
        title.unwrap_or(self.definition.event_type())
    }

    pub(super) fn json_schema(&self) -> Value {
        let mut schema = self.schemas.published();
        if let Some(id) = self.definition.dataschema() {
            schema.insert("$id".to_owned(), id.into());
        }
        Value::Object(schema)
    }

    /// Returns the published schema and its definitions, separately.
    pub(super) fn published_parts(&self) -> (Map<String, Value>, Map<String, Value>) {
        let mut schema = self.schemas.published();
        schema.remove("$schema");
        let definitions = schema.remove("$defs").map_or_else(Map::new, schema_object);
        (schema, definitions)
    }
}
