use serde::ser::{Error as _, SerializeMap};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::value::RawValue;

use crate::attributes::Value;
use crate::base64;
use crate::cloudevent::{CloudEvent, Data};
use crate::error::DecodeError;
use crate::extensions::ExtensionValue;

impl Serialize for CloudEvent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let attributes = self.attributes();
        let mut members = serializer.serialize_map(None)?;
        for (attribute, value) in attributes.known() {
            members.serialize_entry(attribute.name(), &extension_value(value))?;
        }
        for (name, value) in attributes.extensions() {
            members.serialize_entry(name, &extension_value(value))?;
        }
        match self.data() {
            None => {}
            Some(Data::Json(json)) => members.serialize_entry("data", json)?,
            Some(Data::Text(text)) => members.serialize_entry("data", text)?,
            Some(Data::Binary(bytes)) => {
                let mut text = Vec::new();
                base64::encode(bytes, &mut text);
                let text = str::from_utf8(&text).map_err(S::Error::custom)?;
                members.serialize_entry("data_base64", text)?;
            }
        }
        members.end()
    }
}

fn extension_value(value: &Value<'_>) -> ExtensionValue {
    value.clone().into()
}

impl<'de> Deserialize<'de> for CloudEvent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = Box::<RawValue>::deserialize(deserializer)?;
        Self::from_json(json.get().as_bytes()).map_err(|error| match error {
            // The position is in the event's own text, and serde adds the position in the whole text.
            DecodeError::Json(error) => de::Error::custom(error.without_position()),
            error => de::Error::custom(error),
        })
    }
}
