//! Reads an event that is as most are in one pass over its text, with no copy of what it can borrow.
//!
//! Whatever it does not read, for whatever reason, is read once more, member by member, and that reader
//! says what is wrong. So this one need not: it takes no event that the other would refuse.

use serde_json::value::RawValue;

use super::typed::Typed;
use crate::envelope::Envelope;
use crate::error::DecodeError;
use crate::event::{DEFAULT_DATA_VERSION, DecodeEvent};
use crate::json::scanner::Scanner;

/// `key` is the partition key where the event names none itself.
pub(super) fn read<E: DecodeEvent>(
    cloudevent: &[u8],
    key: Option<&str>,
) -> Option<Result<Envelope<E>, DecodeError>> {
    let mut members = Scanner::new(str::from_utf8(cloudevent).ok()?).ok()?;
    let mut attributes = Typed::new(E::DEFINITIONS);
    let mut data = None;
    while attributes.set_until_data(&mut members)? {
        if data
            .replace(Data::next(&mut members, &attributes)?)
            .is_some()
        {
            return None;
        }
    }
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

enum Data<'a, E> {
    Read(E),
    /// It stood before its type or its version.
    Unread(&'a RawValue),
}

impl<'a, E: DecodeEvent> Data<'a, E> {
    fn next(members: &mut Scanner<'a>, attributes: &Typed<'a>) -> Option<Self> {
        let event_type = attributes.event_type.as_deref();
        let data = match event_type.zip(attributes.data_version.as_deref()) {
            Some((event_type, data_version)) => members
                .value_by(|json| E::decode_within(event_type, data_version, json))
                .map(Self::Read),
            None => members.value().map(Self::Unread),
        };
        data.ok()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::{Value, json};

    use super::*;
    use crate::test_event::{Noted, flaws};

    #[track_caller]
    fn agrees(text: &[u8]) {
        if let Some(read) = read::<Noted>(text, None) {
            let by_members = super::super::read(text).and_then(|wire| wire.into_envelope(None));
            assert_eq!(read, by_members, "{}", String::from_utf8_lossy(text));
        }
    }

    #[test]
    fn the_two_readers_agree() {
        let event = Envelope::new(Noted::example())
            .expect("it is valid")
            .with_extension(crate::ExtensionName::from_static("number"), 12)
            .with_extension(crate::ExtensionName::from_static("truth"), true);
        let json = event.to_cloudevent_json().expect("it can be written");
        assert_eq!(read(&json, None), Some(Ok(event)));
        for text in flaws(&json) {
            agrees(&text);
        }
    }

    #[test]
    fn the_two_readers_agree_on_every_attribute() {
        let event = Envelope::new(Noted::example()).expect("it is valid");
        let json = event.to_cloudevent_json().expect("it can be written");
        let members: BTreeMap<String, Value> = serde_json::from_slice(&json).expect("it is JSON");
        for name in [
            "specversion",
            "id",
            "source",
            "type",
            "subject",
            "time",
            "datacontenttype",
            "dataschema",
            "dataversion",
            "partitionkey",
            "correlationid",
            "causationid",
            "traceparent",
            "tracestate",
            "region",
            "data_base64",
        ] {
            for value in [
                json!(null),
                json!(true),
                json!(1),
                json!(-0.0),
                json!(""),
                json!("a\u{1}"),
                json!("a\u{7F}"),
                json!("\u{FFFF}"),
                json!("2.0"),
                json!("a b"),
                json!("https://example.com/a#b"),
                json!("application/x+json"),
                json!("application/json;a=\"\u{1}\""),
                json!("text/plain"),
                json!("0000-01-01T00:00:00+01:00"),
                json!("{019b76da-a800-7000-8000-000000000001}"),
                json!("01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-\u{1}"),
                json!("a=\u{1}"),
            ] {
                let mut members = members.clone();
                members.insert(name.to_owned(), value);
                agrees(&serde_json::to_vec(&members).expect("it can be written"));
            }
        }
    }
}
