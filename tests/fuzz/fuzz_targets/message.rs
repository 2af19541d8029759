//! A flat message is written as it was read, and the order of its members does not matter.
#![no_main]

use std::fmt;

use libfuzzer_sys::fuzz_target;
use outbox_core::{EncodeError, Envelope, OutboxEvent};
use outbox_fuzz::Event;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

fuzz_target!(|json: &[u8]| {
    let read = Envelope::<Event>::from_message_json(json);
    for other in in_other_orders(json).into_iter().flatten() {
        let other_read = Envelope::<Event>::from_message_json(other.as_bytes());
        assert_eq!(read.as_ref().ok(), other_read.as_ref().ok(), "{other}");
    }
    match read {
        Ok(envelope) => {
            is_written_as_read(&envelope);
            outbox_fuzz::envelope(&envelope);
        }
        Err(error) => outbox_fuzz::error(&error, json),
    }
});

fn is_written_as_read(envelope: &Envelope<Event>) {
    let json = match envelope.to_message_json() {
        Ok(json) => json,
        // The payload has the id too, with another value: the event was upcast.
        Err(EncodeError::AmbiguousMember { name }) if name == "aggregate_id" => {
            assert_ne!(envelope.aggregate_id(), envelope.event().aggregate_id());
            return;
        }
        Err(error) => panic!("{error}"),
    };
    let read = Envelope::from_message_json(&json).expect("it can be read");
    // An aggregate id that is also in the payload is written with the payload's value.
    if envelope.aggregate_id() == envelope.event().aggregate_id() {
        assert_eq!(&read, envelope);
    }
    assert_eq!(read.event(), envelope.event());
    assert_eq!(read.to_message_json().ok(), Some(json));
}

/// Returns the message with its members sorted, and in the reverse order, or nothing if a member occurs twice.
fn in_other_orders(json: &[u8]) -> Option<[String; 2]> {
    let Members(mut members) = serde_json::from_slice(json).ok()?;
    members.sort_by(|(one, _), (other, _)| one.cmp(other));
    if members.windows(2).any(|two| two[0].0 == two[1].0) {
        return None;
    }
    let sorted = object(&members);
    members.reverse();
    Some([sorted, object(&members)])
}

fn object(members: &[(String, &RawValue)]) -> String {
    let members = members
        .iter()
        .map(|(name, value)| format!("{}:{value}", Value::from(name.as_str())));
    format!("{{{}}}", members.collect::<Vec<_>>().join(","))
}

/// Reads all members, including those that occur twice.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Members(members))
    }
}
