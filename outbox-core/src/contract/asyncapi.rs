//! The AsyncAPI document.
//!
//! Its schemas are AsyncAPI's own, a superset of JSON Schema draft 07: parsers check those, and skip later drafts.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::catalog::Catalog;
use super::entry::Event;
use super::event_schema::{extension_schema, optional_attributes};
use super::references::{definition_name, rewrite_references};
use super::sorted_members::sort_members;

impl Catalog {
    /// Returns the AsyncAPI 3.1.0 document: a channel for each topic, an operation for each event that is sent, and a
    /// message for each version, as Kafka's binary mode shows it.
    #[must_use]
    pub fn asyncapi(&self) -> Value {
        let mut channels = Map::new();
        let mut operations = Map::new();
        let mut messages = Map::new();
        let mut schemas = Map::new();
        for event in &self.events {
            let topic = event.definition.topic_or_default();
            let key = unused_key(event.component_key(), |key| {
                messages.contains_key(key) || schemas.contains_key(key)
            });
            let channel = channels
                .entry(topic.clone())
                .or_insert_with(|| channel_of_topic(&topic));
            channel["messages"][&key] = json!({ "$ref": format!("#/components/messages/{key}") });
            if event.is_sent {
                operations.insert(format!("send.{key}"), send_operation(&topic, &key));
            }
            messages.insert(key.clone(), event.component_message(&key));
            event.add_component_schemas(&key, &mut schemas);
        }
        let mut document = json!({
            "asyncapi": "3.1.0",
            "info": { "title": self.title, "version": self.version },
            "defaultContentType": "application/json",
            "channels": channels,
            "operations": operations,
            "components": { "messages": messages, "schemas": schemas },
        });
        sort_members(&mut document);
        document
    }
}

/// Returns the name with only the characters that a key of the document can have.
fn legal_key(name: &str) -> String {
    let legal = |letter: char| {
        if letter.is_ascii_alphanumeric() || "._-".contains(letter) {
            letter
        } else {
            '_'
        }
    };
    name.chars().map(legal).collect()
}

/// Returns the key, or a similar one that is not used: two names may differ only in characters that a key cannot
/// have.
fn unused_key(mut key: String, is_used: impl Fn(&str) -> bool) -> String {
    while is_used(&key) {
        key.push('_');
    }
    key
}

fn channel_of_topic(topic: &str) -> Value {
    json!({
        "address": topic,
        "messages": {},
        "bindings": { "kafka": { "topic": topic, "bindingVersion": "0.5.0" } },
    })
}

fn send_operation(topic: &str, key: &str) -> Value {
    json!({
        "action": "send",
        "channel": { "$ref": format!("#/channels/{topic}") },
        "messages": [{ "$ref": format!("#/channels/{topic}/messages/{key}") }],
    })
}

impl Event {
    /// Returns the event's key in the document, which has only the legal characters.
    fn component_key(&self) -> String {
        let name = legal_key(self.definition.event_type());
        format!("{name}.v{}", self.major())
    }

    fn component_message(&self, key: &str) -> Value {
        let mut message = json!({
            "name": self.definition.event_type(),
            "title": format!("{} {}", self.title(), self.definition.data_version()),
            "contentType": "application/json",
            "headers": { "$ref": format!("#/components/schemas/{key}.headers") },
            "payload": { "$ref": format!("#/components/schemas/{key}") },
            "correlationId": { "location": "$message.header#/ce_correlationid" },
            "bindings": { "kafka": {
                "key": { "type": "string", "description": self.facts.partition_key.to_string() },
                "bindingVersion": "0.5.0",
            } },
        });
        if let Some(description) = self.definition.description() {
            message["description"] = description.into();
        }
        let examples: Vec<Value> = self
            .examples
            .iter()
            .map(|example| in_binary_mode(&example.cloudevent))
            .collect();
        if !examples.is_empty() {
            message["examples"] = examples.into();
        }
        message
    }

    /// Adds the schemas of the headers, of the payload, and of the types within.
    fn add_component_schemas(&self, key: &str, schemas: &mut Map<String, Value>) {
        let (payload, definitions) = self.published_parts();
        let mut own = Map::new();
        own.insert(format!("{key}.headers"), self.header_schema());
        own.insert(key.to_owned(), Value::Object(payload));
        let mut type_keys = BTreeMap::new();
        for (name, schema) in definitions {
            let type_key = unused_key(format!("{key}.types.{}", legal_key(&name)), |key| {
                own.contains_key(key) || schemas.contains_key(key)
            });
            own.insert(type_key.clone(), schema);
            type_keys.insert(name, type_key);
        }
        let of_components = |reference: &str| {
            let type_key = definition_name(reference).and_then(|name| type_keys.get(&name));
            format!(
                "#/components/schemas/{}",
                type_key.map_or(key, String::as_str)
            )
        };
        for schema in own.values_mut() {
            rewrite_references(schema, &of_components);
            to_draft_07(schema);
        }
        schemas.extend(own);
    }

    /// Returns the schema of the headers: Kafka protocol binding, section 3.2.3.
    fn header_schema(&self) -> Value {
        let header = |name: &str| match name {
            "datacontenttype" => "content-type".to_owned(),
            name => format!("ce_{name}"),
        };
        let attributes = self.required_attributes();
        let required: Vec<String> = attributes.keys().map(|name| header(name)).collect();
        let optional = optional_attributes().into_iter();
        let extensions = self
            .facts
            .extensions
            .iter()
            .map(|name| ((*name).to_owned(), extension_schema()));
        let properties: Map<String, Value> = attributes
            .into_iter()
            .chain(optional)
            .chain(extensions)
            .map(|(name, schema)| (header(&name), schema))
            .collect();
        json!({ "type": "object", "properties": properties, "required": required })
    }
}

fn in_binary_mode(cloudevent: &Value) -> Value {
    let attributes = cloudevent.as_object().into_iter().flatten();
    let headers: Map<String, Value> = attributes
        .filter(|(name, _)| *name != "data")
        .map(|(name, value)| match name.as_str() {
            "datacontenttype" => ("content-type".to_owned(), value.clone()),
            name => (format!("ce_{name}"), value.clone()),
        })
        .collect();
    json!({ "headers": headers, "payload": cloudevent["data"] })
}

/// Rewrites a schema for draft 07, where a reference stands alone, and a tuple is a list of `items`.
fn to_draft_07(schema: &mut Value) {
    match schema {
        Value::Object(keywords) => {
            keywords.values_mut().for_each(to_draft_07);
            // A member of a payload may have the name of a keyword.
            if keywords.get("prefixItems").is_some_and(Value::is_array)
                && let Some(prefix) = keywords.remove("prefixItems")
                && let Some(rest) = keywords.insert("items".to_owned(), prefix)
            {
                keywords.insert("additionalItems".to_owned(), rest);
            }
            // Draft 07 has no equivalent.
            if keywords
                .get("unevaluatedProperties")
                .is_some_and(Value::is_boolean)
            {
                keywords.remove("unevaluatedProperties");
            }
            if keywords.len() > 1
                && keywords.get("$ref").is_some_and(Value::is_string)
                && let Some(reference) = keywords.remove("$ref")
            {
                keywords.insert("allOf".to_owned(), json!([{ "$ref": reference }]));
            }
        }
        Value::Array(schemas) => schemas.iter_mut().for_each(to_draft_07),
        _ => {}
    }
}
