use std::io;

use super::event::{CloudEvent, Data};
use crate::attributes::{
    AttributeValue, Attributes, CAPACITY, Name, WriteAttribute, WriteAttributes,
};
use crate::envelope::Envelope;
use crate::error::EncodeError;
use crate::event::OutboxEvent;
use crate::{base64, json};
use outbox_rules::is_plain;

impl<E: OutboxEvent> Envelope<E> {
    /// The event as a CloudEvent in the JSON format, structured mode; its media type is
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

    /// Appends [`to_cloudevent_json`](Self::to_cloudevent_json) to a buffer, which may be used for one event
    /// after the other: no new one is allocated. If there is an error, the buffer is left as it was. For a file or
    /// a socket there is [`write_cloudevent_json`](Self::write_cloudevent_json).
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
    /// Those of [`to_cloudevent_json`](Self::to_cloudevent_json).
    pub fn append_cloudevent_json(&self, buffer: &mut Vec<u8>) -> Result<(), EncodeError> {
        let start = buffer.len();
        let written =
            Attributes::of(self).and_then(|attributes| append(buffer, &attributes, self.event()));
        if written.is_err() {
            buffer.truncate(start);
        }
        written
    }

    /// Writes [`to_cloudevent_json`](Self::to_cloudevent_json). The event is encoded as a whole before its
    /// first byte is written; into a buffer that is used again,
    /// [`append_cloudevent_json`](Self::append_cloudevent_json) does it without another one.
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

/// After an error, what was appended before it is there.
pub(crate) fn append<E: OutboxEvent>(
    json: &mut Vec<u8>,
    attributes: &Attributes<'_>,
    event: &E,
) -> Result<(), EncodeError> {
    write_envelope_attributes(json, attributes)?;
    json.extend_from_slice(b",\"data\":");
    json::write(json, event)?;
    json.push(b'}');
    Ok(())
}

impl CloudEvent {
    /// The event in the JSON format, structured mode: `application/cloudevents+json`.
    ///
    /// # Errors
    ///
    /// None that is known: whatever an event holds can be written.
    pub fn to_json(&self) -> Result<Vec<u8>, EncodeError> {
        let mut json = Vec::with_capacity(512);
        self.append_json(&mut json)?;
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
            event.append_json(&mut json)?;
        }
        json.push(b']');
        Ok(json)
    }

    pub(crate) fn append_json(&self, json: &mut Vec<u8>) -> Result<(), EncodeError> {
        write_attributes(json, self)?;
        match self.data() {
            None => {}
            Some(Data::Json(text)) => {
                json.extend_from_slice(b",\"data\":");
                json.extend_from_slice(text.as_str().as_bytes());
            }
            Some(Data::Text(text)) => {
                json.extend_from_slice(b",\"data\":");
                json::write_text(json, text)?;
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

/// It is no function of the event's type, so it is compiled with all that it calls, in this crate.
fn write_envelope_attributes(
    json: &mut Vec<u8>,
    attributes: &Attributes<'_>,
) -> Result<(), EncodeError> {
    write_attributes(json, attributes)
}

/// `{` and the attributes.
fn write_attributes(
    json: &mut Vec<u8>,
    attributes: &impl WriteAttributes,
) -> Result<(), EncodeError> {
    let start = json.len();
    let mut writer = JsonWriter {
        json,
        written: Ok(()),
    };
    attributes.write_to(&mut writer);
    writer.written?;
    if let Some(separator) = json.get_mut(start) {
        *separator = b'{';
    }
    Ok(())
}

/// Writes `,"name":value` for each attribute; a name needs no escapes.
struct JsonWriter<'a> {
    json: &'a mut Vec<u8>,
    written: Result<(), EncodeError>,
}

impl WriteAttribute for JsonWriter<'_> {
    #[inline]
    fn text(&mut self, name: &'static Name, text: &str) {
        if is_plain(text) {
            self.plain(name, text);
        } else {
            self.extension(name.as_str(), text.into());
        }
    }

    #[inline]
    fn plain(&mut self, name: &'static Name, text: &str) {
        self.json.extend_from_slice(name.member.as_bytes());
        self.json.extend_from_slice(text.as_bytes());
        self.json.push(b'"');
    }

    fn extension(&mut self, name: &str, value: AttributeValue<'_>) {
        self.json.extend_from_slice(b",\"");
        self.json.extend_from_slice(name.as_bytes());
        self.json.extend_from_slice(b"\":");
        let written = match value {
            AttributeValue::Text(text) => json::write_text(self.json, &text),
            AttributeValue::Integer(number) => json::write(self.json, &number),
            AttributeValue::Boolean(truth) => json::write(self.json, &truth),
        };
        if self.written.is_ok() {
            self.written = written;
        }
    }
}
