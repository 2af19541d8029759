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

use super::typed::Typed;
use crate::attributes::AttributeValue;
use crate::envelope::Envelope;
use crate::error::DecodeError;
use crate::event::{DEFAULT_DATA_VERSION, DecodeEvent};
use crate::json::{Text, another_reader};

/// `key` is the partition key where the event names none itself.
pub(super) fn read<E: DecodeEvent>(
    cloudevent: &[u8],
    key: Option<&str>,
) -> Option<Result<Envelope<E>, DecodeError>> {
    let mut attributes = Typed::default();
    let mut data = None;
    let mut json = serde_json::Deserializer::from_str(str::from_utf8(cloudevent).ok()?);
    // What is read is large, and is not moved from call to call.
    let members = Members {
        attributes: &mut attributes,
        data: &mut data,
    };
    json.deserialize_map(members).ok()?;
    json.end().ok()?;
    let received = attributes.into_received()?;
    let event = match data? {
        Data::Read(event) => event,
        Data::Unread(data) => {
            let data_version = received.data_version.as_deref();
            let data_version = data_version.unwrap_or(DEFAULT_DATA_VERSION);
            E::decode(&received.event_type, data_version, data.get()).ok()?
        }
    };
    Some(received.with_key(key).with_event(event))
}

/// Where the members are put.
struct Members<'m, 'a, E> {
    attributes: &'m mut Typed<'a>,
    data: &'m mut Option<Data<'a, E>>,
}

impl<'de, E: DecodeEvent> Visitor<'de> for Members<'_, 'de, E> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { attributes, data } = self;
        while let Some(Text(name)) = map.next_key()? {
            if name == "data" {
                let met = map.next_value_seed(DataSeed::of(attributes))?;
                if data.replace(met).is_some() {
                    return Err(another_reader());
                }
            } else {
                let Attribute(value) = map.next_value()?;
                attributes
                    .set::<E>(&name, value)
                    .ok_or_else(another_reader)?;
            }
        }
        Ok(())
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
    fn of(attributes: &'w Typed<'_>) -> Self {
        let event_type = attributes.event_type.as_deref();
        Self {
            kind: event_type.zip(attributes.data_version.as_deref()),
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
    use crate::test_event::{Noted, flaws};

    #[test]
    fn the_two_readers_agree() {
        let event = Envelope::new(Noted::example())
            .expect("it is valid")
            .with_extension(crate::ExtensionName::from_static("number"), 12)
            .with_extension(crate::ExtensionName::from_static("truth"), true);
        let json = event.to_cloudevent_json().expect("it can be written");
        assert_eq!(read(&json, None), Some(Ok(event)));
        for text in flaws(&json) {
            if let Some(read) = read::<Noted>(&text, None) {
                let by_members =
                    super::super::read(&text).and_then(|wire| wire.into_envelope(None));
                assert_eq!(read, by_members, "{}", String::from_utf8_lossy(&text));
            }
        }
    }
}
