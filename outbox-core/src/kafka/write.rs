//! Events to records.

use std::borrow::Cow;

use outbox_rules::Attribute;

use super::{CONTENT_TYPE_HEADER, ContentMode, HEADER_PREFIX, KafkaRecord, event_format};
use crate::attributes::{Attributes, CONTENT_TYPE, names_between};
use crate::cloudevent::{CloudEvent, Data};
use crate::compile_time::ConstText;
use crate::envelope::Envelope;
use crate::error::{DecodeError, EncodeError};
use crate::event::OutboxEvent;
use crate::row::{CheckedRow, OutboxRow};
use crate::{json, json_format};

impl<E: OutboxEvent> Envelope<E> {
    /// Returns the event as a Kafka record with its key, for the definition's topic, or for
    /// `outbox.event.<aggregate_type>`.
    ///
    /// # Errors
    ///
    /// [`EncodeError::Payload`] if the payload cannot be serialized, [`EncodeError::InvalidAttribute`] if
    /// an extension or the time cannot be sent.
    pub fn to_kafka_record(&self, mode: ContentMode) -> Result<KafkaRecord, EncodeError> {
        let topic = self.definition().topic_or_default();
        let mut attributes = Attributes::new();
        self.put_into(&mut attributes)?;
        let mut record = KafkaRecord::of_attributes(topic, &attributes, mode);
        record.append_value(|bytes| match mode {
            ContentMode::Binary => json::append(bytes, self.event()),
            ContentMode::Structured => json_format::append(bytes, &attributes, self.event()),
        })?;
        Ok(record)
    }
}

/// The headers of an envelope without extensions, and one more.
const MOST_HEADERS: usize = 16;

impl CloudEvent {
    /// Returns the event as a Kafka record for this topic; its key is the extension `partitionkey`, if there is one.
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
        let topic = Cow::Owned(topic.into());
        let key = self.extension("partitionkey").map(ToString::to_string);
        match mode {
            ContentMode::Binary if self.datacontenttype().and_then(event_format).is_some() => {
                Err(EncodeError::invalid("datacontenttype", OF_THE_WHOLE_RECORD))
            }
            ContentMode::Binary => {
                let content_type = self.content_type_header();
                let mut record =
                    KafkaRecord::binary(topic, key.as_deref(), content_type, &self.attributes());
                record.value = self.data().map(|data| record.keep(data.as_bytes()));
                Ok(record)
            }
            ContentMode::Structured => {
                let mut record = KafkaRecord::structured(topic, key.as_deref());
                record.append_value(|bytes| self.append_json(bytes))?;
                Ok(record)
            }
        }
    }

    /// Returns the media type for the header. Only the JSON format implies JSON without one
    /// (CloudEvents 1.0.2, "datacontenttype").
    fn content_type_header(&self) -> Option<&str> {
        match self.data() {
            Some(Data::Json(_)) => self.datacontenttype().or(Some(CONTENT_TYPE)),
            _ => self.datacontenttype(),
        }
    }
}

/// The reason why data that is itself an event is refused in binary mode.
const OF_THE_WHOLE_RECORD: &str = "in binary mode it would be read as the content type of the whole record; send the event in structured mode";

impl KafkaRecord {
    /// Makes the record of a stored row, without the event's Rust type: for relays, gateways and tools. It is the
    /// record of [`Envelope::to_kafka_record`], byte for byte, and in binary mode also the record of Debezium's
    /// outbox event router, except for one header of its own.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`CloudEvent::from_row`].
    pub fn from_row(row: &OutboxRow, mode: ContentMode) -> Result<Self, DecodeError> {
        let attributes = row.sendable_attributes()?;
        if is_whole_record(row, mode) {
            let found = &row.data_content_type;
            return Err(attributes.invalid(Attribute::DataContentType, found, OF_THE_WHOLE_RECORD));
        }
        Ok(Self::of_row(row, &attributes, mode))
    }

    fn of_row(row: &OutboxRow, attributes: &Attributes<'_>, mode: ContentMode) -> Self {
        let topic = Cow::Owned(row.topic.clone());
        let mut record = Self::of_attributes(topic, attributes, mode);
        record.value = Some(record.keep_what(|bytes| match mode {
            ContentMode::Binary => bytes.extend_from_slice(row.payload.as_bytes()),
            ContentMode::Structured => {
                json_format::append_with_json(bytes, attributes, &row.payload);
            }
        }));
        record
    }
}

/// Returns `true` if a reader would take the payload for the whole event.
fn is_whole_record(row: &OutboxRow, mode: ContentMode) -> bool {
    mode == ContentMode::Binary && event_format(&row.data_content_type).is_some()
}

impl CheckedRow {
    /// Returns the record of [`KafkaRecord::from_row`].
    ///
    /// # Errors
    ///
    /// [`EncodeError::InvalidAttribute`] in binary mode, if the payload is itself an event.
    pub fn to_kafka_record(&self, mode: ContentMode) -> Result<KafkaRecord, EncodeError> {
        let row = self.row();
        if is_whole_record(row, mode) {
            return Err(EncodeError::invalid("datacontenttype", OF_THE_WHOLE_RECORD));
        }
        Ok(KafkaRecord::of_row(row, &row.checked_attributes(), mode))
    }
}

impl KafkaRecord {
    fn of_attributes(
        topic: Cow<'static, str>,
        attributes: &Attributes<'_>,
        mode: ContentMode,
    ) -> Self {
        let key = attributes.text_of(Attribute::PartitionKey);
        match mode {
            ContentMode::Binary => Self::binary(topic, key, attributes.content_type(), attributes),
            ContentMode::Structured => Self::structured(topic, key),
        }
    }

    /// Makes a record in binary mode (Kafka protocol binding, section 3.2.3): UTF-8 without
    /// percent-encoding. Only `datacontenttype` has a header of its own, `content-type`. It shows the
    /// mode, so it comes first.
    fn binary(
        topic: Cow<'static, str>,
        key: Option<&str>,
        content_type: Option<&str>,
        attributes: &Attributes<'_>,
    ) -> Self {
        let mut record = Self::new(topic, key, MOST_HEADERS);
        if let Some(content_type) = content_type {
            record.push_header(Cow::Borrowed(CONTENT_TYPE_HEADER), content_type.as_bytes());
        }
        for (attribute, value) in attributes.known() {
            if attribute != Attribute::DataContentType {
                let name = Cow::Borrowed(HEADERS[attribute as usize]);
                value.with_text(|text| record.push_header(name, text.as_bytes()));
            }
        }
        for (name, value) in attributes.extensions() {
            let name = Cow::Owned([HEADER_PREFIX, name].concat());
            value.with_text(|text| record.push_header(name, text.as_bytes()));
        }
        record
    }

    fn structured(topic: Cow<'static, str>, key: Option<&str>) -> Self {
        let mut record = Self::new(topic, key, 1);
        let content_type = b"application/cloudevents+json; charset=UTF-8";
        record.push_header(Cow::Borrowed(CONTENT_TYPE_HEADER), content_type);
        record
    }

    fn new(topic: Cow<'static, str>, key: Option<&str>, headers: usize) -> Self {
        let mut record = Self::with_capacity(topic, headers, json_format::CAPACITY);
        record.key = key.map(|key| record.keep(key.as_bytes()));
        record
    }

    fn append_value(
        &mut self,
        append: impl FnOnce(&mut Vec<u8>) -> Result<(), EncodeError>,
    ) -> Result<(), EncodeError> {
        let mut appended = Ok(());
        self.value = Some(self.keep_what(|bytes| appended = append(bytes)));
        appended
    }
}

/// The header of each attribute.
static HEADERS: [&str; Attribute::ALL.len()] = {
    static NAMES: [ConstText<24>; Attribute::ALL.len()] = names_between(HEADER_PREFIX, "");
    let mut headers = [""; Attribute::ALL.len()];
    let mut i = 0;
    while i < headers.len() {
        headers[i] = NAMES[i].as_str();
        i += 1;
    }
    headers
};
