//! The JSON Schema of a whole CloudEvent.

use serde_json::{Map, Value, json};

use super::entry::Event;
use super::payload_schema::{DRAFT, schema_object};
use super::references::{definition_name, rewrite_references};
use crate::attributes::{CONTENT_TYPE, SPEC_VERSION};

/// W3C Trace Context, section 3.2: a later version may have more fields.
const TRACE_PARENT: &str = "^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}(-.*)?$";

impl Event {
    pub(super) fn cloudevent_schema(&self) -> Value {
        let (mut data, definitions) = self.published_parts();
        // The payload becomes a definition beside its own definitions.
        let mut name = "data".to_owned();
        while definitions.contains_key(&name) {
            name.push('_');
        }
        let of_root = |reference: &str| match definition_name(reference) {
            Some(_) => reference.to_owned(),
            None => format!("#/$defs/{name}"),
        };
        data.values_mut()
            .for_each(|value| rewrite_references(value, &of_root));
        let mut definitions = Value::Object(definitions);
        rewrite_references(&mut definitions, &of_root);
        definitions[&name] = Value::Object(data);

        let mut properties = self.required_attributes();
        let mut required: Vec<String> = properties.keys().cloned().collect();
        required.push("data".to_owned());
        properties.extend(optional_attributes());
        for extension in self.facts.extensions {
            properties.insert((*extension).to_owned(), extension_schema());
        }
        properties.insert(
            "data".to_owned(),
            json!({ "$ref": format!("#/$defs/{name}") }),
        );
        json!({
            "$schema": DRAFT,
            "title": format!("{} as a CloudEvent", self.title()),
            "type": "object",
            "properties": properties,
            "required": required,
            "propertyNames": { "pattern": "^[a-z0-9]+$" },
            "additionalProperties": extension_schema(),
            "$defs": definitions,
        })
    }

    /// Returns the schemas of the attributes that every event of this type has.
    pub(super) fn required_attributes(&self) -> Map<String, Value> {
        let definition = &self.definition;
        let key = format!("the record's key: {}", self.facts.partition_key);
        let mut attributes = schema_object(json!({
            "specversion": constant_schema(SPEC_VERSION),
            "id": format_schema("uuid", "the unique id of the event"),
            "source": source_schema(definition.source()),
            "type": constant_schema(definition.event_type()),
            "subject": text_schema("the aggregate id"),
            "time": format_schema("date-time", "the time at which the event happened"),
            "datacontenttype": constant_schema(CONTENT_TYPE),
            "dataversion": constant_schema(definition.data_version()),
            "partitionkey": text_schema(&key),
        }));
        if let Some(dataschema) = definition.dataschema() {
            attributes.insert("dataschema".to_owned(), constant_schema(dataschema));
        }
        attributes
    }
}

/// Returns the schemas of the attributes that any event may have.
pub(super) fn optional_attributes() -> Map<String, Value> {
    schema_object(json!({
        "correlationid": format_schema("uuid", "the id that the events of one business process share"),
        "causationid": format_schema("uuid", "the event or command that caused it"),
        "traceparent": {
            "type": "string",
            "pattern": TRACE_PARENT,
            "description": "W3C Trace Context",
        },
        "tracestate": text_schema("W3C Trace Context"),
    }))
}

/// Returns the schema of an extension's value: CloudEvents 1.0.2, "Type system", in JSON.
pub(super) fn extension_schema() -> Value {
    json!({ "type": ["string", "integer", "boolean"] })
}

fn constant_schema(value: &str) -> Value {
    json!({ "type": "string", "const": value })
}

/// Returns the schema of the source, which can be set at run time.
fn source_schema(default: &str) -> Value {
    json!({ "type": "string", "format": "uri-reference", "minLength": 1, "default": default })
}

fn format_schema(format: &str, description: &str) -> Value {
    json!({ "type": "string", "format": format, "description": description })
}

fn text_schema(description: &str) -> Value {
    json!({ "type": "string", "minLength": 1, "description": description })
}
