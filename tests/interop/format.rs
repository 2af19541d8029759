//! The messages that travel, and how our side writes and reads them.

use std::fmt;

use outbox_core::{CloudEvent, ContentMode, DecodeError, EncodeError, Envelope, KafkaRecord};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::events::{Case, Event, Fields, ShopEvent};

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Format {
    Flat,
    Structured,
    Batch,
    KafkaBinary,
    KafkaStructured,
}

/// A Kafka record, or JSON alone as its value.
#[derive(Serialize, Deserialize)]
pub(crate) struct Message {
    headers: Vec<(String, Vec<u8>)>,
    key: Option<Vec<u8>>,
    value: Option<Vec<u8>>,
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Flat => "flat",
            Self::Structured => "structured",
            Self::Batch => "batch",
            Self::KafkaBinary => "kafka-binary",
            Self::KafkaStructured => "kafka-structured",
        })
    }
}

impl Format {
    /// The events that travel together.
    pub(crate) fn groups(self, cases: &[Case]) -> Vec<Vec<&Case>> {
        let each = cases.iter();
        match self {
            Self::Batch => vec![each.collect()],
            Self::Flat => each
                .filter(|case| case.is_typed())
                .map(|case| vec![case])
                .collect(),
            _ => each.map(|case| vec![case]).collect(),
        }
    }

    /// The fields as this format carries them.
    pub(crate) fn carried(self, fields: &Fields) -> Fields {
        match self {
            Self::Flat => flat(fields),
            Self::KafkaBinary => as_headers(fields),
            _ => fields.clone(),
        }
    }

    /// The fields as an SDK's event of this format has them.
    pub(crate) fn given(self, fields: &Fields) -> Fields {
        match self {
            Self::Flat => flat(fields),
            _ => fields.clone(),
        }
    }

    pub(crate) fn write(self, cases: &[&Case]) -> Result<Message, EncodeError> {
        if self == Self::Batch {
            let events: Result<Vec<_>, _> = cases.iter().map(|case| untyped(&case.event)).collect();
            return Ok(Message::json(CloudEvent::batch_to_json(&events?)?));
        }
        let [case] = cases else {
            panic!("{self} holds one event")
        };
        match &case.event {
            Event::Typed(event) => self.write_typed(event),
            Event::Untyped(event) => self.write_untyped(event),
        }
    }

    fn write_typed(self, event: &Envelope<ShopEvent>) -> Result<Message, EncodeError> {
        match self.mode() {
            Some(mode) => event.to_kafka_record(mode).map(Message::from),
            None if self == Self::Flat => event.to_message_json().map(Message::json),
            None => event.to_cloudevent_json().map(Message::json),
        }
    }

    fn write_untyped(self, event: &CloudEvent) -> Result<Message, EncodeError> {
        match self.mode() {
            Some(mode) => event.to_kafka_record("t", mode).map(Message::from),
            None => event.to_json().map(Message::json),
        }
    }

    pub(crate) fn read_typed(
        self,
        message: &Message,
        position: usize,
    ) -> Result<Envelope<ShopEvent>, DecodeError> {
        match self {
            Self::Flat => Envelope::from_message_json(message.bytes()),
            Self::Structured => Envelope::from_cloudevent_json(message.bytes()),
            Self::Batch => Envelope::from_cloudevent(self.read_untyped(message, position)?),
            Self::KafkaBinary | Self::KafkaStructured => {
                Envelope::from_kafka_record(&message.record())
            }
        }
    }

    pub(crate) fn read_untyped(
        self,
        message: &Message,
        position: usize,
    ) -> Result<CloudEvent, DecodeError> {
        match self {
            Self::Flat => panic!("a flat message is not a CloudEvent"),
            Self::Structured => CloudEvent::from_json(message.bytes()),
            Self::Batch => {
                let events = CloudEvent::batch_from_json(message.bytes())?;
                Ok(events[position].clone())
            }
            Self::KafkaBinary | Self::KafkaStructured => {
                CloudEvent::from_kafka_record(&message.record())
            }
        }
    }

    pub(crate) fn is_kafka(self) -> bool {
        self.mode().is_some()
    }

    fn mode(self) -> Option<ContentMode> {
        match self {
            Self::KafkaBinary => Some(ContentMode::Binary),
            Self::KafkaStructured => Some(ContentMode::Structured),
            _ => None,
        }
    }
}

fn untyped(event: &Event) -> Result<CloudEvent, EncodeError> {
    match event {
        Event::Typed(event) => event.to_cloudevent(),
        Event::Untyped(event) => Ok(event.as_ref().clone()),
    }
}

/// The names of the Python package, beside the payload's own members.
fn flat(fields: &Fields) -> Fields {
    let names = [
        ("id", "event_id"),
        ("type", "event_type"),
        ("subject", "aggregate_id"),
        ("time", "occurred_at"),
        ("source", "source"),
        ("dataversion", "data_version"),
        ("correlationid", "correlation_id"),
        ("causationid", "causation_id"),
    ];
    let payload = fields["data"]
        .as_object()
        .expect("the payload is an object");
    let mut flat = payload.clone();
    for (attribute, member) in names {
        let value = fields.get(attribute).cloned();
        flat.insert(member.to_owned(), value.unwrap_or_default());
    }
    flat
}

/// A header is text, whatever the type of the attribute.
fn as_headers(fields: &Fields) -> Fields {
    let mut fields = fields.clone();
    for (name, value) in &mut fields {
        if name != "data" && !value.is_string() && !value.is_null() {
            *value = Value::String(value.to_string());
        }
    }
    fields
}

impl Message {
    fn json(value: Vec<u8>) -> Self {
        Self {
            headers: Vec::new(),
            key: None,
            value: Some(value),
        }
    }

    pub(crate) fn key(&self) -> Option<String> {
        let key = self.key.as_deref()?;
        Some(String::from_utf8_lossy(key).into_owned())
    }

    fn bytes(&self) -> &[u8] {
        self.value.as_deref().expect("a text is not null")
    }

    fn record(&self) -> KafkaRecord {
        let (key, headers, value) = (self.key.clone(), self.headers.clone(), self.value.clone());
        KafkaRecord::from_parts("t", key, headers, value)
    }
}

impl From<KafkaRecord> for Message {
    fn from(record: KafkaRecord) -> Self {
        Self {
            headers: record
                .headers()
                .map(|(name, value)| (name.to_owned(), value.to_vec()))
                .collect(),
            key: record.key().map(<[u8]>::to_vec),
            value: record.value().map(<[u8]>::to_vec),
        }
    }
}
