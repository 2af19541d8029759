//! Events to records.

use std::borrow::Cow;

use super::{CONTENT_TYPE_HEADER, ContentMode, KafkaRecord, event_format};
use crate::attributes::{AttributeValue, Attributes, CONTENT_TYPE, payload};
use crate::cloudevents::{CloudEvent, Data};
use crate::envelope::Envelope;
use crate::error::EncodeError;
use crate::event::OutboxEvent;

impl<E: OutboxEvent> Envelope<E> {
    /// The event as a Kafka record with its key, for the definition's topic, or else for
    /// `outbox.event.<aggregate_type>`.
    ///
    /// # Errors
    ///
    /// [`EncodeError::Payload`] if the payload cannot be serialized, [`EncodeError::InvalidAttribute`] if
    /// an extension or the time cannot be sent.
    pub fn to_kafka_record(&self, mode: ContentMode) -> Result<KafkaRecord, EncodeError> {
        let (headers, value) = match mode {
            ContentMode::Binary => {
                let attributes = Attributes::of(self)?;
                let headers = headers(|write| attributes.for_each(write));
                (headers, payload(self.event())?)
            }
            ContentMode::Structured => (structured_headers(), self.to_cloudevent_json()?),
        };
        Ok(KafkaRecord {
            topic: self.definition().topic_or_default(),
            key: Some(self.partition_key().into_owned().into_bytes()),
            headers,
            value: Some(value),
        })
    }
}

impl CloudEvent {
    /// The event as a Kafka record for this topic; its key is the extension `partitionkey`, if there is one.
    ///
    /// # Errors
    ///
    /// [`EncodeError::InvalidAttribute`] in binary mode, if the data is itself an event: its media type would
    /// say that the record is in structured mode.
    pub fn to_kafka_record(
        &self,
        topic: impl Into<String>,
        mode: ContentMode,
    ) -> Result<KafkaRecord, EncodeError> {
        let (headers, value) = match mode {
            ContentMode::Binary if self.datacontenttype().and_then(event_format).is_some() => {
                let reason = "in binary mode it would be taken for that of the whole record; send the event in structured mode";
                return Err(EncodeError::invalid("datacontenttype", reason));
            }
            ContentMode::Binary => (
                self.headers(),
                self.data().map(|data| data.bytes().to_vec()),
            ),
            ContentMode::Structured => (structured_headers(), Some(self.to_json()?)),
        };
        let key = self.extension("partitionkey").map(ToString::to_string);
        Ok(KafkaRecord {
            topic: Cow::Owned(topic.into()),
            key: key.map(String::into_bytes),
            headers,
            value,
        })
    }

    fn headers(&self) -> Vec<(Cow<'static, str>, Vec<u8>)> {
        let mut headers = headers(|write| self.for_each(write));
        // Only in the JSON format is JSON what no media type says (CloudEvents 1.0.2, "datacontenttype").
        if self.datacontenttype().is_none() && matches!(self.data(), Some(Data::Json(_))) {
            let content_type = CONTENT_TYPE.as_bytes().to_vec();
            headers.insert(0, (Cow::Borrowed(CONTENT_TYPE_HEADER), content_type));
        }
        headers
    }
}

/// Kafka protocol binding, section 3.2.3: UTF-8 without percent-encoding; `datacontenttype` is the one
/// attribute with a header of its own, `content-type`.
fn headers(
    for_each: impl FnOnce(&mut dyn FnMut(&str, AttributeValue<'_>)),
) -> Vec<(Cow<'static, str>, Vec<u8>)> {
    let mut headers = Vec::with_capacity(16);
    for_each(&mut |name, value| {
        let value = match value {
            AttributeValue::Text(text) => text.into_owned(),
            AttributeValue::Integer(number) => number.to_string(),
            AttributeValue::Boolean(truth) => truth.to_string(),
        };
        let value = value.into_bytes();
        match name {
            // It tells the mode, so it comes first.
            "datacontenttype" => headers.insert(0, (Cow::Borrowed(CONTENT_TYPE_HEADER), value)),
            name => headers.push((Cow::Owned(format!("ce_{name}")), value)),
        }
    });
    headers
}

fn structured_headers() -> Vec<(Cow<'static, str>, Vec<u8>)> {
    let content_type = b"application/cloudevents+json; charset=UTF-8".to_vec();
    vec![(Cow::Borrowed(CONTENT_TYPE_HEADER), content_type)]
}
