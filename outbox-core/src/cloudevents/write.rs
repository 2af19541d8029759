use std::io;

use super::event::{CloudEvent, Data};
use crate::attributes::{AttributeValue, Attributes, write_payload};
use crate::envelope::Envelope;
use crate::error::EncodeError;
use crate::event::OutboxEvent;
use crate::{base64, json};

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
        write_attributes(&mut json, |write| attributes.for_each(write))?;
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

impl CloudEvent {
    /// The event in the JSON format, structured mode: `application/cloudevents+json`.
    ///
    /// # Errors
    ///
    /// None that is known: whatever an event holds can be written.
    pub fn to_json(&self) -> Result<Vec<u8>, EncodeError> {
        let mut json = Vec::with_capacity(512);
        self.append(&mut json)?;
        Ok(json)
    }

    /// The events as a batch in the JSON format: `application/cloudevents-batch+json`.
    ///
    /// # Errors
    ///
    /// Those of [`to_json`](Self::to_json).
    pub fn batch_to_json(events: &[Self]) -> Result<Vec<u8>, EncodeError> {
        let mut json = vec![b'['];
        for (position, event) in events.iter().enumerate() {
            if position > 0 {
                json.push(b',');
            }
            event.append(&mut json)?;
        }
        json.push(b']');
        Ok(json)
    }

    fn append(&self, json: &mut Vec<u8>) -> Result<(), EncodeError> {
        write_attributes(json, |write| self.for_each(write))?;
        match self.data() {
            None => {}
            Some(Data::Json(text)) => {
                json.extend_from_slice(b",\"data\":");
                json.extend_from_slice(text.as_str().as_bytes());
            }
            Some(Data::Text(text)) => {
                json.extend_from_slice(b",\"data\":");
                json::write(json, text)?;
            }
            Some(Data::Binary(bytes)) => {
                json.extend_from_slice(b",\"data_base64\":\"");
                base64::encode(bytes, json);
                json.push(b'"');
            }
        }
        json.push(b'}');
        Ok(())
    }
}

/// `{` and the attributes.
fn write_attributes(
    json: &mut Vec<u8>,
    for_each: impl FnOnce(&mut dyn FnMut(&str, AttributeValue<'_>)),
) -> Result<(), EncodeError> {
    let mut separator = b'{';
    let mut written = Ok(());
    for_each(&mut |name, value| {
        json.push(separator);
        separator = b',';
        if written.is_ok() {
            written = write_attribute(json, name, &value);
        }
    });
    written
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
