use std::io;

use outbox_rules::Attribute;

use crate::attributes::{Attributes, names_between};
use crate::cloudevent::{CloudEvent, Data};
use crate::compile_time::ConstText;
use crate::envelope::Envelope;
use crate::error::EncodeError;
use crate::event::OutboxEvent;
use crate::row::CheckedRow;
use crate::{attribute_json, base64, json};

/// The bytes that the attributes and a small payload take. From 1024 on, glibc has a slower way to find them.
pub(crate) const CAPACITY: usize = 960;

impl<E: OutboxEvent> Envelope<E> {
    /// Returns the event as a CloudEvent in the JSON format, structured mode; its media type is
    /// `application/cloudevents+json`. Its `data` is the payload and nothing else.
    ///
    /// # Errors
    ///
    /// [`EncodeError::Payload`] if the payload cannot be serialized, [`EncodeError::InvalidAttribute`] if
    /// an extension or the time cannot be sent.
    pub fn to_cloudevent_json(&self) -> Result<Vec<u8>, EncodeError> {
        let mut json = Vec::with_capacity(CAPACITY);
        self.append_cloudevent_json(&mut json)?;
        Ok(json)
    }

    /// Appends [`to_cloudevent_json`](Self::to_cloudevent_json) to a buffer, which can be reused for many events
    /// without a new allocation. After an error, the buffer is unchanged. For a file or a socket, use
    /// [`write_cloudevent_json`](Self::write_cloudevent_json).
    ///
    /// ```
    /// # use std::borrow::Cow;
    /// # use outbox_core::{Envelope, EventDefinition, OutboxEvent};
    /// # #[derive(serde::Serialize)] struct Step(u8);
    /// # impl OutboxEvent for Step {
    /// #     const DEFINITIONS: &'static [EventDefinition] = &[EventDefinition::new("com.example.step.taken", "/s")];
    /// #     fn aggregate_id(&self) -> Cow<'_, str> { "walk".into() }
    /// # }
    /// # fn send(_: &[u8]) {}
    /// # let events = [Envelope::new(Step(1))?, Envelope::new(Step(2))?];
    /// let mut buffer = Vec::new();
    /// for event in &events {
    ///     buffer.clear();
    ///     event.append_cloudevent_json(&mut buffer)?;
    ///     send(&buffer);
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Returns the errors of [`to_cloudevent_json`](Self::to_cloudevent_json).
    pub fn append_cloudevent_json(&self, buffer: &mut Vec<u8>) -> Result<(), EncodeError> {
        let start = buffer.len();
        let mut attributes = Attributes::new();
        self.put_into(&mut attributes)?;
        let written = append(buffer, &attributes, self.event());
        if written.is_err() {
            buffer.truncate(start);
        }
        written
    }

    /// Writes [`to_cloudevent_json`](Self::to_cloudevent_json). The event is encoded as a whole before its first byte
    /// is written. To reuse a buffer, call [`append_cloudevent_json`](Self::append_cloudevent_json).
    ///
    /// # Errors
    ///
    /// Returns the errors of [`to_cloudevent_json`](Self::to_cloudevent_json), and [`EncodeError::Write`] if the writer
    /// fails.
    pub fn write_cloudevent_json(&self, mut writer: impl io::Write) -> Result<(), EncodeError> {
        let json = self.to_cloudevent_json()?;
        writer.write_all(&json).map_err(EncodeError::Write)
    }
}

/// Appends the event. After an error, some of it may have been appended.
pub(crate) fn append<E: OutboxEvent>(
    json: &mut Vec<u8>,
    attributes: &Attributes<'_>,
    event: &E,
) -> Result<(), EncodeError> {
    append_attributes(json, attributes);
    json.extend_from_slice(b",\"data\":");
    json::append(json, event)?;
    json.push(b'}');
    Ok(())
}

/// Appends an event in the JSON format whose data is JSON text.
pub(crate) fn append_with_json(json: &mut Vec<u8>, attributes: &Attributes<'_>, data: &str) {
    append_attributes(json, attributes);
    json.extend_from_slice(b",\"data\":");
    json.extend_from_slice(data.as_bytes());
    json.push(b'}');
}

impl CheckedRow {
    /// Returns the event in the JSON format, as [`CloudEvent::to_json`] does.
    #[must_use]
    pub fn to_cloudevent_json(&self) -> Vec<u8> {
        let mut json = Vec::with_capacity(CAPACITY);
        let row = self.row();
        append_with_json(&mut json, &row.checked_attributes(), &row.payload);
        json
    }
}

impl CloudEvent {
    /// Returns the event in the JSON format, structured mode: `application/cloudevents+json`.
    ///
    /// # Errors
    ///
    /// No error is known: every event can be written.
    pub fn to_json(&self) -> Result<Vec<u8>, EncodeError> {
        let mut json = Vec::with_capacity(512);
        self.append_json(&mut json)?;
        Ok(json)
    }

    /// Returns the events as a batch in the JSON format: `application/cloudevents-batch+json`.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`to_json`](Self::to_json).
    pub fn batch_to_json(events: &[Self]) -> Result<Vec<u8>, EncodeError> {
        let mut json = vec![b'['];
        for (position, event) in events.iter().enumerate() {
            if position > 0 {
                json.push(b',');
            }
            event.append_json(&mut json)?;
        }
        json.push(b']');
        Ok(json)
    }

    pub(crate) fn append_json(&self, json: &mut Vec<u8>) -> Result<(), EncodeError> {
        append_attributes(json, &self.attributes());
        match self.data() {
            None => {}
            Some(Data::Json(text)) => {
                json.extend_from_slice(b",\"data\":");
                json.extend_from_slice(text.as_str().as_bytes());
            }
            Some(Data::Text(text)) => {
                json.extend_from_slice(b",\"data\":");
                json::append(json, text)?;
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

/// The text `,"name":` for each attribute.
static MEMBERS: [ConstText<24>; Attribute::ALL.len()] = names_between(",\"", "\":");

/// Appends `{` and the attributes. A name needs no escapes.
fn append_attributes(json: &mut Vec<u8>, attributes: &Attributes<'_>) {
    let start = json.len();
    for (attribute, value) in attributes.known() {
        json.extend_from_slice(MEMBERS[attribute as usize].as_bytes());
        attribute_json::append(json, value);
    }
    for (name, value) in attributes.extensions() {
        json.extend_from_slice(b",\"");
        json.extend_from_slice(name.as_bytes());
        json.extend_from_slice(b"\":");
        attribute_json::append(json, value);
    }
    if let Some(separator) = json.get_mut(start) {
        *separator = b'{';
    }
}
