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

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::attributes::{AttributeValue, CONTENT_TYPE, SPEC_VERSION};
use crate::event::{DEFAULT_DATA_VERSION, DecodeEvent};
use crate::extensions::Extensions;
use crate::json::{Text, another_reader};
use crate::names::{TraceParent, TraceState};
use crate::received::{self, Received, obeys};
use crate::rules;

/// What is said about the event, and the event, not validated.
pub(super) fn read<E: DecodeEvent>(cloudevent: &[u8]) -> Option<(Received<'_>, E)> {
    let text = str::from_utf8(cloudevent).ok()?;
    let Members { received, event } = serde_json::from_str(text).ok()?;
    Some((received, event))
}

struct Members<'a, E> {
    received: Received<'a>,
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
        let mut attributes = Attributes::default();
        let mut data = None;
        while let Some(Text(name)) = map.next_key()? {
            if name == "data" {
                let met = map.next_value_seed(DataSeed::<E>::of(&attributes))?;
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
        let received = attributes.into_received().ok_or_else(another_reader)?;
        let event = match data.ok_or_else(another_reader)? {
            Data::Read(event) => event,
            Data::Unread(data) => {
                let data_version = received.data_version.as_deref();
                let data_version = data_version.unwrap_or(DEFAULT_DATA_VERSION);
                E::decode(&received.event_type, data_version, data.get())
                    .map_err(|_| another_reader())?
            }
        };
        Ok(Members { received, event })
    }
}

/// Attributes, each as what it is.
#[derive(Default)]
struct Attributes<'a> {
    spec_version: Option<()>,
    id: Option<Uuid>,
    source: Option<Cow<'a, str>>,
    event_type: Option<Cow<'a, str>>,
    subject: Option<Cow<'a, str>>,
    time: Option<DateTime<Utc>>,
    content_type: Option<()>,
    data_schema: Option<()>,
    data_version: Option<Cow<'a, str>>,
    partition_key: Option<Cow<'a, str>>,
    correlation_id: Option<Uuid>,
    causation_id: Option<Uuid>,
    trace_parent: Option<TraceParent>,
    trace_state: Option<TraceState>,
    extensions: Extensions,
}

impl<'a> Attributes<'a> {
    /// Sets an attribute, if it obeys its rules and is not set.
    fn set<E: DecodeEvent>(&mut self, name: &str, value: AttributeValue<'a>) -> Option<()> {
        match name {
            "specversion" => put(&mut self.spec_version, spec_version(&value)),
            "id" => put(&mut self.id, received::uuid(name, value).ok()),
            "source" => put(&mut self.source, source::<E>(value)),
            "type" => put(&mut self.event_type, received::text(name, value).ok()),
            "subject" => put(&mut self.subject, received::text(name, value).ok()),
            "time" => put(&mut self.time, received::utc(name, value).ok()),
            "datacontenttype" => put(&mut self.content_type, content_type(value)),
            "dataschema" => put(&mut self.data_schema, data_schema(value)),
            "dataversion" => put(
                &mut self.data_version,
                received::data_version(name, value).ok(),
            ),
            "partitionkey" => put(&mut self.partition_key, received::text(name, value).ok()),
            "correlationid" => put(&mut self.correlation_id, received::uuid(name, value).ok()),
            "causationid" => put(&mut self.causation_id, received::uuid(name, value).ok()),
            "traceparent" => put(&mut self.trace_parent, received::named(name, value).ok()),
            "tracestate" => put(&mut self.trace_state, received::named(name, value).ok()),
            _ if self.extensions.get(name).is_some() => None,
            _ => received::insert_extension(&mut self.extensions, name, value).ok(),
        }
    }

    /// Nothing is missing that every event has.
    fn into_received(self) -> Option<Received<'a>> {
        self.spec_version?;
        Some(Received {
            id: self.id?,
            event_type: self.event_type?,
            source: self.source?,
            data_version: self.data_version,
            aggregate_id: self.subject,
            partition_key: self.partition_key,
            time: self.time,
            correlation_id: self.correlation_id,
            causation_id: self.causation_id,
            trace_parent: self.trace_parent,
            trace_state: self.trace_state,
            extensions: self.extensions,
        })
    }
}

fn put<T>(place: &mut Option<T>, value: Option<T>) -> Option<()> {
    match place.replace(value?) {
        Some(_) => None,
        None => Some(()),
    }
}

fn spec_version(value: &AttributeValue<'_>) -> Option<()> {
    matches!(value, AttributeValue::Text(text) if text == SPEC_VERSION).then_some(())
}

/// The source of the definition has been checked before.
fn source<'a, E: DecodeEvent>(value: AttributeValue<'a>) -> Option<Cow<'a, str>> {
    match value {
        AttributeValue::Text(text) if E::DEFINITIONS.first()?.source() == text => Some(text),
        value => received::source("source", value).ok(),
    }
}

fn content_type(value: AttributeValue<'_>) -> Option<()> {
    let text = received::string("datacontenttype", value).ok()?;
    if text != CONTENT_TYPE {
        rules::media_type(&text).ok()?;
        received::expect_json(Some(&text)).ok()?;
    }
    Some(())
}

fn data_schema(value: AttributeValue<'_>) -> Option<()> {
    let text = received::text("dataschema", value).ok()?;
    obeys("dataschema", &text, rules::absolute_uri(&text)).ok()
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
    fn of(attributes: &'w Attributes<'_>) -> Self {
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
