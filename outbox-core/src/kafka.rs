//! The CloudEvents 1.0.2 Kafka protocol binding, without a Kafka client.

#[cfg(feature = "rdkafka")]
mod rdkafka;
mod read;
mod write;

use std::borrow::Cow;
use std::fmt;

/// The header that tells the mode and the data's media type (sections 3.1 and 3.2.1).
const CONTENT_TYPE_HEADER: &str = "content-type";

/// The event format that a media type names; a record of one is in structured mode (section 3).
fn event_format(content_type: &str) -> Option<String> {
    let essence = content_type.split(';').next()?.trim();
    let essence = essence.to_ascii_lowercase();
    essence
        .starts_with("application/cloudevents")
        .then_some(essence)
}

/// How a CloudEvent stands in a Kafka record (Kafka protocol binding, section 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ContentMode {
    /// The attributes are headers, `ce_<name>`, and the value is the payload alone.
    Binary,
    /// The value is the whole event in the JSON format.
    Structured,
}

/// A Kafka record, for whatever client sends or received it.
///
/// The key is the event's partition key, so that the events of one key stay in order.
#[derive(Clone, PartialEq, Eq)]
pub struct KafkaRecord {
    topic: Cow<'static, str>,
    key: Option<Vec<u8>>,
    headers: Vec<(Cow<'static, str>, Vec<u8>)>,
    value: Option<Vec<u8>>,
}

impl KafkaRecord {
    /// A record as a client received it. Header names and values are as in Kafka: a name may occur more
    /// than once, and a value is any bytes.
    #[must_use]
    pub fn from_parts(
        topic: impl Into<String>,
        key: Option<Vec<u8>>,
        headers: Vec<(String, Vec<u8>)>,
        value: Option<Vec<u8>>,
    ) -> Self {
        Self {
            topic: Cow::Owned(topic.into()),
            key,
            headers: headers
                .into_iter()
                .map(|(name, value)| (Cow::Owned(name), value))
                .collect(),
            value,
        }
    }

    /// Where the record goes to or came from.
    #[must_use]
    pub fn topic(&self) -> &str {
        &self.topic
    }

    /// The bytes by which the record's partition is chosen.
    #[must_use]
    pub fn key(&self) -> Option<&[u8]> {
        self.key.as_deref()
    }

    /// With this key. The key of a record that was received is no part of a [`CloudEvent`](crate::CloudEvent)
    /// unless the event has a `partitionkey`, so whoever sends the event on gives it to the new record.
    #[must_use]
    pub fn with_key(mut self, key: impl Into<Vec<u8>>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// The headers, in their order.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.headers
            .iter()
            .map(|(name, value)| (name.as_ref(), value.as_slice()))
    }

    /// The record's value; `None` is Kafka's null.
    #[must_use]
    pub fn value(&self) -> Option<&[u8]> {
        self.value.as_deref()
    }
}

/// Bytes are shown as byte strings, so that one can read them.
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
