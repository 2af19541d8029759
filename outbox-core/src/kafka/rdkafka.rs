//! Records to and from the client of the crate `rdkafka`.

use std::borrow::Cow;
use std::panic::{self, AssertUnwindSafe};

use rdkafka::Message;
use rdkafka::message::{Header, Headers, OwnedHeaders};
use rdkafka::producer::{BaseRecord, FutureRecord};

use super::KafkaRecord;
use super::read::RecordView;
use crate::cloudevent::CloudEvent;
use crate::decode::DecodeEvent;
use crate::envelope::Envelope;
use crate::error::DecodeError;

/// Borrows the key and the value, and copies the headers once, into the client's own memory.
impl<'a> From<&'a KafkaRecord> for BaseRecord<'a, [u8], [u8]> {
    fn from(record: &'a KafkaRecord) -> Self {
        let mut message = Self::to(record.topic()).headers(owned_headers(record));
        (message.key, message.payload) = (record.key(), record.value());
        message
    }
}

/// Borrows the key and the value, and copies the headers once, into the client's own memory.
impl<'a> From<&'a KafkaRecord> for FutureRecord<'a, [u8], [u8]> {
    fn from(record: &'a KafkaRecord) -> Self {
        let mut message = Self::to(record.topic()).headers(owned_headers(record));
        (message.key, message.payload) = (record.key(), record.value());
        message
    }
}

fn owned_headers(record: &KafkaRecord) -> OwnedHeaders {
    let headers = OwnedHeaders::new_with_capacity(record.headers().count());
    record.headers().fold(headers, |headers, (key, value)| {
        headers.insert(Header {
            key,
            value: Some(value),
        })
    })
}

/// Copies the message. A header with a null value, or a name that is not UTF-8, is left out.
/// [`Envelope::from_rdkafka_message`] and [`CloudEvent::from_rdkafka_message`] read a message without a copy.
impl<M: Message> From<&M> for KafkaRecord {
    fn from(message: &M) -> Self {
        let view = view(message);
        let headers = view.headers.into_iter();
        let headers = headers.map(|(name, value)| (Cow::Owned(name.to_owned()), value));
        Self::of_parts(message.topic().to_owned(), view.key, headers, view.value)
    }
}

impl<E> Envelope<E> {
    /// Reads a message of the crate `rdkafka` as [`from_kafka_record`](Self::from_kafka_record) does, without a
    /// copy. A header with a null value is unset.
    ///
    /// # A header name that is not UTF-8
    ///
    /// rdkafka 0.39 panics when it is asked for such a header, and any producer can send one. This method catches
    /// the panic and skips the header. In a program that is built with `panic = "abort"` a panic cannot be caught:
    /// there, such a message ends the process. Keep `panic = "unwind"`, the default, in a consumer of foreign
    /// topics.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`from_kafka_record`](Self::from_kafka_record).
    pub fn from_rdkafka_message<M: Message>(message: &M) -> Result<Self, DecodeError>
    where
        E: DecodeEvent,
    {
        view(message).into_envelope()
    }
}

impl CloudEvent {
    /// Reads a message of the crate `rdkafka` as [`from_kafka_record`](Self::from_kafka_record) does. A header with a
    /// null value is unset; one whose name is not UTF-8 is
    /// skipped, as [`Envelope::from_rdkafka_message`] says.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`from_kafka_record`](Self::from_kafka_record).
    pub fn from_rdkafka_message<M: Message>(message: &M) -> Result<Self, DecodeError> {
        view(message).into_cloudevent()
    }
}

/// Returns a view of the message. A null header is unset, as a null attribute is in JSON.
fn view<M: Message>(message: &M) -> RecordView<'_> {
    let headers = message.headers().into_iter().flat_map(|headers| {
        (0..headers.count()).filter_map(move |position| header(headers, position))
    });
    RecordView {
        key: message.key(),
        headers: headers
            .filter_map(|header| Some((header.key, header.value?)))
            .collect(),
        value: message.payload(),
    }
}

/// Returns the header. The client panics at a name that is not UTF-8, which any producer can send; such a
/// header is skipped.
fn header<H: Headers>(headers: &H, position: usize) -> Option<Header<'_, &[u8]>> {
    let read = AssertUnwindSafe(|| headers.try_get(position));
    panic::catch_unwind(read).ok().flatten()
}
