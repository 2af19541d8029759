//! Reads a flat message whose metadata come first in one pass over its text: the rest of its members are
//! the payload's.
//!
//! Whatever it does not read, for whatever reason, is read once more, member by member, and that reader
//! says what is wrong. So this one need not: it takes no message that the other would refuse.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeSeed, Error, IntoDeserializer, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::{Metadata, position};
use crate::attributes::AttributeValue;
use crate::decode;
use crate::envelope::Envelope;
use crate::error::DecodeError;
use crate::event::{DecodeEvent, EventDefinition};
use crate::json::{PRIVATE, Text, another_reader};

/// Names are compared one by one, so a message of more members is for the other reader.
const MOST_MEMBERS: usize = 64;

pub(super) fn read<E: DecodeEvent>(message: &[u8]) -> Option<Result<Envelope<E>, DecodeError>> {
    let text = str::from_utf8(message).ok()?;
    let Message { metadata, event } = serde_json::from_str(text).ok()?;
    let received = metadata.received().ok()?;
    Some(received.with_event(event))
}

struct Message<'a, E> {
    metadata: Metadata<'a>,
    event: E,
}

impl<'de, E: DecodeEvent> Deserialize<'de> for Message<'de, E> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MessageVisitor(PhantomData))
    }
}

struct MessageVisitor<E>(PhantomData<E>);

impl<'de, E: DecodeEvent> Visitor<'de> for MessageVisitor<E> {
    type Value = Message<'de, E>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        let mut members = Members {
            map,
            names: Vec::with_capacity(16),
            metadata: Metadata::default(),
        };
        let first = members.next_of_payload()?;
        let metadata = std::mem::take(&mut members.metadata);
        let (event_type, data_version) = kind::<E>(&metadata).ok_or_else(another_reader)?;
        let shared = metadata.shared_members::<E>().map_err(Error::custom)?;
        let payload = Payload {
            members: &mut members,
            shared: texts(&metadata, shared).ok_or_else(another_reader)?,
            shared_value: None,
            first,
        };
        let event = E::decode_within(
            event_type,
            data_version,
            MapAccessDeserializer::new(payload),
        )?;
        if members.next_of_payload()?.is_some() {
            return Err(another_reader());
        }
        let metadata = merged(metadata, members.metadata);
        Ok(Message { metadata, event })
    }
}

/// The event's type and version, which must be known before its payload is met. A payload of an older version is
/// taken out of its text before it is read, and here it has no text of its own.
fn kind<'m, E: DecodeEvent>(metadata: &'m Metadata<'_>) -> Option<(&'m str, &'m str)> {
    let (event_type, data_version) = metadata
        .text("event_type")
        .zip(metadata.text("data_version"))?;
    let is_read =
        |definition: &EventDefinition| decode::reads(definition, event_type, data_version);
    E::DEFINITIONS
        .iter()
        .any(is_read)
        .then_some((event_type, data_version))
}

/// The metadata that are the payload's as well.
fn texts<'m>(
    metadata: &'m Metadata<'_>,
    shared: &[&'static str],
) -> Option<Vec<(&'static str, &'m str)>> {
    let text = |name: &&'static str| Some((*name, metadata.text(name)?));
    shared.iter().map(text).collect()
}

/// The metadata that stood before the payload, and those that stood in it or after it. None stands in both.
fn merged<'de>(mut before: Metadata<'de>, after: Metadata<'de>) -> Metadata<'de> {
    for (value, later) in before.0.iter_mut().zip(after.0) {
        *value = value.take().or(later);
    }
    before
}

/// The members of the message that have not been read, and the metadata that have been.
struct Members<'de, A> {
    map: A,
    names: Vec<Cow<'de, str>>,
    metadata: Metadata<'de>,
}

impl<'de, A: MapAccess<'de>> Members<'de, A> {
    /// The name of the payload's next member; metadata on the way are taken.
    fn next_of_payload(&mut self) -> Result<Option<Cow<'de, str>>, A::Error> {
        while let Some(Text(name)) = self.map.next_key()? {
            if self.names.contains(&name)
                || self.names.len() == MOST_MEMBERS
                || name.starts_with(PRIVATE)
            {
                return Err(another_reader());
            }
            self.names.push(name.clone());
            let Some(position) = position(&name) else {
                return Ok(Some(name));
            };
            let text: Option<Text<'de>> = self.map.next_value()?;
            self.metadata.0[position] = text.map(|Text(text)| AttributeValue::Text(text));
        }
        Ok(None)
    }
}

/// The payload's members: first the metadata that are its own as well.
struct Payload<'m, 'de, A> {
    members: &'m mut Members<'de, A>,
    shared: Vec<(&'static str, &'m str)>,
    shared_value: Option<&'m str>,
    first: Option<Cow<'de, str>>,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Payload<'_, 'de, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        if let Some((name, value)) = self.shared.pop() {
            self.shared_value = Some(value);
            return seed.deserialize(name.into_deserializer()).map(Some);
        }
        let name = match self.first.take() {
            Some(name) => Some(name),
            None => self.members.next_of_payload()?,
        };
        name.map(|name| seed.deserialize(name.into_deserializer()))
            .transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        match self.shared_value.take() {
            Some(value) => seed.deserialize(value.into_deserializer()),
            None => self.members.map.next_value_seed(seed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_event::{Noted, flaws};

    #[test]
    fn the_two_readers_agree() {
        let event = Envelope::new(Noted::example()).expect("it is valid");
        let json = event.to_message_json().expect("it can be written");
        assert_eq!(read(&json), Some(Ok(event)));
        for text in flaws(&json) {
            if let Some(read) = read::<Noted>(&text) {
                let text = String::from_utf8_lossy(&text);
                assert_eq!(read, super::super::read(text.as_bytes()), "{text}");
            }
        }
    }

    /// An event by hand, which takes its payload as a text.
    #[derive(Debug, PartialEq, serde::Serialize)]
    struct ByHand(Vec<u8>);

    impl crate::OutboxEvent for ByHand {
        const DEFINITIONS: &'static [EventDefinition] =
            &[EventDefinition::new("com.example.note.taken", "/notes")];

        fn aggregate_id(&self) -> Cow<'_, str> {
            Cow::Borrowed("7")
        }
    }

    impl DecodeEvent for ByHand {
        fn decode(_: &str, _: &str, data: &str) -> Result<Self, DecodeError> {
            let numbers = serde_json::from_str(data);
            numbers
                .map(Self)
                .map_err(|error| DecodeError::json("the payload", &error))
        }
    }

    /// In the midst of a text, `serde_json` takes such a member for a text of its own.
    #[test]
    fn a_private_name_is_a_name() {
        let message = br#"{"event_id":"019b76da-a800-7000-8000-000000000001","event_type":"com.example.note.taken",
            "aggregate_id":"7","occurred_at":"2026-01-01T00:00:00Z","source":"/notes","data_version":"1.0",
            "$serde_json::private::RawValue":"[1,2]"}"#;
        assert_eq!(read::<ByHand>(message), None);
        assert!(super::super::read::<ByHand>(message).is_err());
    }
}
