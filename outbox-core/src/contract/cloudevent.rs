//! The JSON Schema of a whole CloudEvent.

use serde_json::{Map, Value, json};

use super::catalog::Event;
use super::schema::{definition_of, refer};
use crate::attributes::{CONTENT_TYPE, SPEC_VERSION};

/// W3C Trace Context, section 3.2: a later version may have more fields.
const TRACE_PARENT: &str = "^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}(-.*)?$";

impl Event {
    pub(super) fn cloudevent_schema(&self) -> Value {
        let (mut data, definitions) = self.published_parts();
        // The payload is a definition like those that it has.
        let mut name = "data".to_owned();
        while definitions.contains_key(&name) {
            name.push('_');
        }
        let of_root = |reference: &str| match definition_of(reference) {
            Some(_) => reference.to_owned(),
            None => format!("#/$defs/{name}"),
        };
        data.values_mut().for_each(|value| refer(value, &of_root));
        let mut definitions = Value::Object(definitions);
        refer(&mut definitions, &of_root);
        definitions[&name] = Value::Object(data);

        let mut properties = self.attributes();
        let mut required: Vec<String> = properties.keys().cloned().collect();
        required.push("data".to_owned());
        properties.extend(optional_attributes());
        for extension in self.facts.extensions {
            properties.insert((*extension).to_owned(), extension_value());
        }
        properties.insert(
            "data".to_owned(),
            json!({ "$ref": format!("#/$defs/{name}") }),
        );
        json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": format!("{} as a CloudEvent", self.title()),
            "type": "object",
            "properties": properties,
            "required": required,
            "propertyNames": { "pattern": "^[a-z0-9]+$" },
            "additionalProperties": extension_value(),
            "$defs": definitions,
        })
    }

    /// The attributes that every event of this type has.
    pub(super) fn attributes(&self) -> Map<String, Value> {
        let definition = &self.definition;
        let mut attributes = Map::from_iter([
            ("specversion".to_owned(), constant(SPEC_VERSION)),
            (
                "id".to_owned(),
                text("uuid", "what tells it from all others"),
            ),
            ("source".to_owned(), source(definition.source())),
            ("type".to_owned(), constant(definition.event_type())),
            ("subject".to_owned(), not_empty("the aggregate id")),
            ("time".to_owned(), text("date-time", "when it happened")),
            ("datacontenttype".to_owned(), constant(CONTENT_TYPE)),
            (
                "dataversion".to_owned(),
                constant(definition.data_version()),
            ),
            (
                "partitionkey".to_owned(),
                not_empty(&format!("the record's key: {}", self.facts.partition_key)),
            ),
        ]);
        if let Some(dataschema) = definition.dataschema() {
            attributes.insert("dataschema".to_owned(), constant(dataschema));
        }
        attributes
    }
}

/// The attributes that any event may have.
pub(super) fn optional_attributes() -> [(String, Value); 4] {
    let trace_parent = json!({
        "type": "string",
        "pattern": TRACE_PARENT,
        "description": "W3C Trace Context",
    });
    [
        (
            "correlationid".to_owned(),
            text("uuid", "what relates the events of one business process"),
        ),
        (
            "causationid".to_owned(),
            text("uuid", "the event or command that caused it"),
        ),
        ("traceparent".to_owned(), trace_parent),
        ("tracestate".to_owned(), not_empty("W3C Trace Context")),
    ]
}

/// CloudEvents 1.0.2, "Type system", as JSON has it.
pub(super) fn extension_value() -> Value {
    json!({ "type": ["string", "integer", "boolean"] })
}

fn constant(value: &str) -> Value {
    json!({ "type": "string", "const": value })
}

/// The definition's, unless another one is set at run time.
fn source(default: &str) -> Value {
    json!({ "type": "string", "format": "uri-reference", "minLength": 1, "default": default })
}

fn text(format: &str, description: &str) -> Value {
    json!({ "type": "string", "format": format, "description": description })
}

fn not_empty(description: &str) -> Value {
    json!({ "type": "string", "minLength": 1, "description": description })
}
