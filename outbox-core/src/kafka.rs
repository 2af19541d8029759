//! The CloudEvents 1.0.2 Kafka protocol binding, without a Kafka client.

#[cfg(feature = "rdkafka-0_39")]
mod rdkafka;
mod read;
mod write;

use std::borrow::Cow;
use std::fmt;

/// The prefix of a header that is an attribute (section 3.2.3).
const HEADER_PREFIX: &str = "ce_";

/// The header with the mode and the data's media type (sections 3.1 and 3.2.1).
const CONTENT_TYPE_HEADER: &str = "content-type";

/// Returns the event format that a media type names; a record with one is in structured mode (section 3).
fn event_format(content_type: &str) -> Option<&str> {
    const PREFIX: &str = "application/cloudevents";
    let essence = content_type.split(';').next()?.trim();
    let prefix = essence.get(..PREFIX.len())?;
    prefix.eq_ignore_ascii_case(PREFIX).then_some(essence)
}

/// The form of a CloudEvent in a Kafka record (Kafka protocol binding, section 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ContentMode {
    /// The attributes are headers, `ce_<name>`, and the value is the payload alone.
    Binary,
    /// The value is the whole event in the JSON format.
    Structured,
}

/// A Kafka record, for any Kafka client.
///
/// The key is the event's partition key, so that the events of one key stay in order.
#[derive(Clone)]
pub struct KafkaRecord {
    topic: Cow<'static, str>,
    /// The key, the headers' values and the record's value: one allocation for all.
    bytes: Vec<u8>,
    key: Option<Span>,
    headers: Vec<Header>,
    value: Option<Span>,
}

#[derive(Clone)]
struct Header {
    name: Cow<'static, str>,
    value: Span,
}

/// The position of some of the bytes.
#[derive(Clone, Copy)]
struct Span {
    start: usize,
    end: usize,
}

impl KafkaRecord {
    /// Makes a record from the parts that a client received. Header names and values are as in Kafka: a
    /// name may occur more than once, and a value is any bytes.
    #[must_use]
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a client's own parts, which it need not keep"
    )]
    pub fn from_parts(
        topic: impl Into<String>,
        key: Option<Vec<u8>>,
        headers: Vec<(String, Vec<u8>)>,
        value: Option<Vec<u8>>,
    ) -> Self {
        let headers = headers.into_iter();
        let headers = headers.map(|(name, value)| (Cow::Owned(name), value));
        Self::of_parts(topic.into(), key.as_deref(), headers, value.as_deref())
    }

    /// Returns the topic that the record goes to or came from.
    #[must_use]
    pub fn topic(&self) -> &str {
        &self.topic
    }

    /// Returns the bytes by which the record's partition is chosen.
    #[must_use]
    pub fn key(&self) -> Option<&[u8]> {
        self.key.map(|key| self.at(key))
    }

    /// Sets the key. The record key is not part of a [`CloudEvent`](crate::CloudEvent), unless the event has
    /// a `partitionkey`. When you forward an event, copy the key to the new record.
    #[must_use]
    pub fn with_key(mut self, key: impl Into<Vec<u8>>) -> Self {
        self.key = Some(self.keep(&key.into()));
        self
    }

    /// Returns the headers, in their order.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &[u8])> {
        let headers = self.headers.iter();
        headers.map(|header| (header.name.as_ref(), self.at(header.value)))
    }

    /// Returns the record's value; `None` is Kafka's null.
    #[must_use]
    pub fn value(&self) -> Option<&[u8]> {
        self.value.map(|value| self.at(value))
    }

    /// Takes the record apart into the topic, the key, the headers and the value: the arguments of
    /// [`from_parts`](Self::from_parts). Each part is copied; [`key`](Self::key), [`headers`](Self::headers) and
    /// [`value`](Self::value) borrow.
    #[must_use]
    #[expect(clippy::type_complexity, reason = "the four parts of a record")]
    pub fn into_parts(
        self,
    ) -> (
        String,
        Option<Vec<u8>>,
        Vec<(String, Vec<u8>)>,
        Option<Vec<u8>>,
    ) {
        let key = self.key().map(<[u8]>::to_vec);
        let headers = self.headers();
        let headers = headers
            .map(|(name, value)| (name.to_owned(), value.to_vec()))
            .collect();
        let value = self.value().map(<[u8]>::to_vec);
        (self.topic.into_owned(), key, headers, value)
    }

    fn at(&self, span: Span) -> &[u8] {
        &self.bytes[span.start..span.end]
    }
}

/// Compares the parts of records, whatever the order in which they were built.
impl PartialEq for KafkaRecord {
    fn eq(&self, other: &Self) -> bool {
        self.topic == other.topic
            && self.key() == other.key()
            && self.headers().eq(other.headers())
            && self.value() == other.value()
    }
}

impl Eq for KafkaRecord {}

/// The usual size of a header's value in bytes: most are ids and names.
const USUAL_HEADER: usize = 40;

/// Builds a record, part after part.
impl KafkaRecord {
    fn with_capacity(topic: Cow<'static, str>, headers: usize, bytes: usize) -> Self {
        Self {
            topic,
            bytes: Vec::with_capacity(bytes),
            key: None,
            headers: Vec::with_capacity(headers),
            value: None,
        }
    }

    fn of_parts(
        topic: String,
        key: Option<&[u8]>,
        headers: impl ExactSizeIterator<Item = (Cow<'static, str>, impl AsRef<[u8]>)>,
        value: Option<&[u8]>,
    ) -> Self {
        let of_headers = headers.len() * USUAL_HEADER;
        let bytes = key.map_or(0, <[u8]>::len) + of_headers + value.map_or(0, <[u8]>::len);
        let mut record = Self::with_capacity(Cow::Owned(topic), headers.len(), bytes);
        record.key = key.map(|key| record.keep(key));
        for (name, value) in headers {
            record.push_header(name, value.as_ref());
        }
        record.value = value.map(|value| record.keep(value));
        record
    }

    fn push_header(&mut self, name: Cow<'static, str>, value: &[u8]) {
        let value = self.keep(value);
        self.headers.push(Header { name, value });
    }

    fn keep(&mut self, bytes: &[u8]) -> Span {
        self.keep_what(|kept| kept.extend_from_slice(bytes))
    }

    /// Keeps the bytes that `append` appends.
    fn keep_what(&mut self, append: impl FnOnce(&mut Vec<u8>)) -> Span {
        let start = self.bytes.len();
        append(&mut self.bytes);
        let end = self.bytes.len();
        Span { start, end }
    }
}

/// Shows bytes as byte strings, so that people can read them.
impl fmt::Debug for KafkaRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headers: Vec<_> = self
            .headers()
            .map(|(name, value)| (name, Bytes(value)))
            .collect();
        f.debug_struct("KafkaRecord")
            .field("topic", &self.topic())
            .field("key", &self.key().map(Bytes))
            .field("headers", &headers)
            .field("value", &self.value().map(Bytes))
            .finish()
    }
}

struct Bytes<'a>(&'a [u8]);

impl fmt::Debug for Bytes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "b\"{}\"", self.0.escape_ascii())
    }
}
