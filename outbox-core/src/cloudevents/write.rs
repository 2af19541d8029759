use std::io;

use crate::attributes::{AttributeValue, Attributes, write_payload};
use crate::envelope::Envelope;
use crate::error::EncodeError;
use crate::event::OutboxEvent;
use crate::json;

impl<E: OutboxEvent> Envelope<E> {
    /// The event as a CloudEvent in the JSON format, structured mode; its media type is
    /// `application/cloudevents+json`. Its `data` is the payload and nothing else.
    ///
    /// # Errors
    ///
    /// [`EncodeError::Payload`] if the payload cannot be serialized, [`EncodeError::InvalidAttribute`] if
    /// an extension or the time cannot be sent.
    pub fn to_cloudevent_json(&self) -> Result<Vec<u8>, EncodeError> {
        let attributes = Attributes::of(self)?;
        let mut json = Vec::with_capacity(768);
        let mut separator = b'{';
        let mut written = Ok(());
        attributes.for_each(|name, value| {
            json.push(separator);
            separator = b',';
            if written.is_ok() {
                written = write_attribute(&mut json, name, &value);
            }
        });
        written?;
        json.extend_from_slice(b",\"data\":");
        write_payload(self.event(), &mut json)?;
        json.push(b'}');
        Ok(json)
    }

    /// Writes [`to_cloudevent_json`](Self::to_cloudevent_json). The event is encoded as a whole before its
    /// first byte is written.
    ///
    /// # Errors
    ///
    /// Those of [`to_cloudevent_json`](Self::to_cloudevent_json), and [`EncodeError::Write`] if the writer
    /// fails.
    pub fn write_cloudevent_json(&self, mut writer: impl io::Write) -> Result<(), EncodeError> {
        let json = self.to_cloudevent_json()?;
        writer.write_all(&json).map_err(EncodeError::Write)
    }
}

/// `"name":value`; a name needs no escapes.
fn write_attribute(
    json: &mut Vec<u8>,
    name: &str,
    value: &AttributeValue<'_>,
) -> Result<(), EncodeError> {
    json.push(b'"');
    json.extend_from_slice(name.as_bytes());
    json.extend_from_slice(b"\":");
    match value {
        AttributeValue::Text(text) => json::write(json, text.as_ref()),
        AttributeValue::Integer(number) => json::write(json, number),
        AttributeValue::Boolean(truth) => json::write(json, truth),
    }
}
