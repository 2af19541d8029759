//! Reads an event that is as most are in one pass over its text, with no copy of what it can borrow.
//!
//! Whatever it does not read, for whatever reason, is read once more, member by member, and that reader
//! says what is wrong. So this one need not: it takes no event that the other would refuse.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeSeed, Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::wire::Wire;
use crate::attributes::AttributeValue;
use crate::event::{DEFAULT_DATA_VERSION, DecodeEvent};
use crate::json::{Text, another_reader};
use crate::received::{self, Received};

/// What is said about the event, and the event, not validated.
pub(super) fn read<E: DecodeEvent>(cloudevent: &[u8]) -> Option<(Received<'_>, E)> {
    let text = str::from_utf8(cloudevent).ok()?;
    let Members { wire, event } = serde_json::from_str(text).ok()?;
    received::expect_json(wire.content_type.as_deref()).ok()?;
    let wire = wire.complete().ok()?;
    Some((wire.into_received().ok()?, event))
}

struct Members<'a, E> {
    wire: Wire<'a>,
    event: E,
}

impl<'de, E: DecodeEvent> Deserialize<'de> for Members<'de, E> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor(PhantomData))
    }
}

struct MembersVisitor<E>(PhantomData<E>);

impl<'de, E: DecodeEvent> Visitor<'de> for MembersVisitor<E> {
    type Value = Members<'de, E>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut wire = Wire::default();
        let mut data = None;
        let mut attributes = 0;
        while let Some(Text(name)) = map.next_key()? {
            if name == "data" {
                let met = map.next_value_seed(DataSeed::<E>::of(&wire))?;
                if data.replace(met).is_some() {
                    return Err(another_reader());
                }
            } else {
                let Attribute(value) = map.next_value()?;
                wire.set(name, value).map_err(|_| another_reader())?;
                attributes += 1;
            }
        }
        // One that occurs twice has been set once.
        if wire.len() != attributes {
            return Err(another_reader());
        }
        let event = match data.ok_or_else(another_reader)? {
            Data::Read(event) => event,
            Data::Unread(data) => {
                let (event_type, data_version) = (wire.event_type.as_deref(), data_version(&wire));
                E::decode(
                    event_type.unwrap_or_default(),
                    data_version.unwrap_or(DEFAULT_DATA_VERSION),
                    data.get(),
                )
                .map_err(|_| another_reader())?
            }
        };
        Ok(Members { wire, event })
    }
}

fn data_version<'w>(wire: &'w Wire<'_>) -> Option<&'w str> {
    match &wire.known.data_version {
        Some(AttributeValue::Text(data_version)) => Some(data_version),
        _ => None,
    }
}

enum Data<'a, E> {
    Read(E),
    /// It stood before its type or its version.
    Unread(&'a RawValue),
}

/// What is known when the data is met.
struct DataSeed<'w, E> {
    kind: Option<(&'w str, &'w str)>,
    event: PhantomData<E>,
}

impl<'w, E> DataSeed<'w, E> {
    fn of(wire: &'w Wire<'_>) -> Self {
        Self {
            kind: wire.event_type.as_deref().zip(data_version(wire)),
            event: PhantomData,
        }
    }
}

impl<'de, E: DecodeEvent> DeserializeSeed<'de> for DataSeed<'_, E> {
    type Value = Data<'de, E>;

    fn deserialize<D: Deserializer<'de>>(self, data: D) -> Result<Self::Value, D::Error> {
        match self.kind {
            Some((event_type, data_version)) => {
                E::decode_within(event_type, data_version, data).map(Data::Read)
            }
            None => <&RawValue>::deserialize(data).map(Data::Unread),
        }
    }
}

/// The value of an attribute that is set.
struct Attribute<'a>(AttributeValue<'a>);

impl<'de> Deserialize<'de> for Attribute<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AttributeVisitor)
    }
}

struct AttributeVisitor;

impl<'de> Visitor<'de> for AttributeVisitor {
    type Value = Attribute<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string, a boolean or an integer")
    }

    fn visit_borrowed_str<R: Error>(self, text: &'de str) -> Result<Self::Value, R> {
        Ok(Attribute(text.into()))
    }

    fn visit_str<R: Error>(self, text: &str) -> Result<Self::Value, R> {
        Ok(Attribute(AttributeValue::Text(Cow::Owned(text.to_owned()))))
    }

    fn visit_bool<R: Error>(self, truth: bool) -> Result<Self::Value, R> {
        Ok(Attribute(AttributeValue::Boolean(truth)))
    }

    fn visit_u64<R: Error>(self, number: u64) -> Result<Self::Value, R> {
        i32::try_from(number)
            .map(|number| Attribute(AttributeValue::Integer(number)))
            .map_err(|_| another_reader())
    }

    fn visit_i64<R: Error>(self, number: i64) -> Result<Self::Value, R> {
        i32::try_from(number)
            .map(|number| Attribute(AttributeValue::Integer(number)))
            .map_err(|_| another_reader())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::envelope::Envelope;
    use crate::error::DecodeError;
    use crate::test_event::{Noted, flaws};

    fn one_pass(json: &[u8]) -> Option<Result<Envelope<Noted>, DecodeError>> {
        let (received, event) = read(json)?;
        Some(received.with_event(event))
    }

    #[test]
    fn the_two_readers_agree() {
        let event = Envelope::new(Noted::example())
            .expect("it is valid")
            .with_extension(crate::ExtensionName::from_static("number"), 12)
            .with_extension(crate::ExtensionName::from_static("truth"), true);
        let json = event.to_cloudevent_json().expect("it can be written");
        assert_eq!(one_pass(&json), Some(Ok(event)));
        for text in flaws(&json) {
            if let Some(read) = one_pass(&text) {
                let by_members =
                    super::super::read(&text).and_then(|wire| wire.into_envelope(None));
                assert_eq!(read, by_members, "{}", String::from_utf8_lossy(&text));
            }
        }
    }
}
