//! A hand-written visitor for this event's CloudEvent: one pass, with a typed field for every attribute.

use std::fmt;

use serde::de::{Error, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::by_hand::{self, Event};
use crate::works::events::{self, Payload};
use crate::works::{Work, Works, task, who};

struct Received(Event);

impl<'de> Deserialize<'de> for Received {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ReceivedVisitor;

        impl<'de> Visitor<'de> for ReceivedVisitor {
            type Value = Received;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an invitation as a CloudEvent")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let (mut id, mut source, mut event_type) = (None, None, None);
                let (mut subject, mut time, mut data_version) = (None, None, None);
                let (mut partition_key, mut correlation_id) = (None, None);
                let (mut causation_id, mut trace_parent, mut payload) = (None, None, None);
                while let Some(name) = map.next_key::<&str>()? {
                    match name {
                        "specversion" => {
                            if map.next_value::<&str>()? != "1.0" {
                                return Err(A::Error::custom("the version is not 1.0"));
                            }
                        }
                        "id" => id = Some(map.next_value()?),
                        "source" => source = Some(map.next_value()?),
                        "type" => {
                            let found = map.next_value::<String>()?;
                            if found != "com.gridflow.invite.created" {
                                return Err(A::Error::custom("this is another event"));
                            }
                            event_type = Some(found);
                        }
                        "subject" => subject = Some(map.next_value()?),
                        "time" => time = Some(map.next_value()?),
                        "dataversion" => data_version = Some(map.next_value()?),
                        "partitionkey" => partition_key = Some(map.next_value()?),
                        "correlationid" => correlation_id = Some(map.next_value()?),
                        "causationid" => causation_id = Some(map.next_value()?),
                        "traceparent" => trace_parent = Some(map.next_value()?),
                        "data" => payload = Some(map.next_value()?),
                        _ => {
                            map.next_value::<IgnoredAny>()?;
                        }
                    }
                }
                let missing = A::Error::missing_field;
                Ok(Received(Event {
                    id: id.ok_or_else(|| missing("id"))?,
                    kind: event_type.ok_or_else(|| missing("type"))?,
                    source: source.ok_or_else(|| missing("source"))?,
                    subject: subject.ok_or_else(|| missing("subject"))?,
                    time: time.ok_or_else(|| missing("time"))?,
                    data_version: data_version.ok_or_else(|| missing("dataversion"))?,
                    partition_key: partition_key.ok_or_else(|| missing("partitionkey"))?,
                    correlation_id,
                    causation_id,
                    trace_parent,
                    payload: payload.ok_or_else(|| missing("data"))?,
                }))
            }
        }

        deserializer.deserialize_map(ReceivedVisitor)
    }
}

pub fn works(payload: Payload) -> Vec<Work> {
    let mut works = Works::of(who::VISITOR, payload);
    let cloudevent = events::envelope(by_hand::event(payload).payload)
        .to_cloudevent_json()
        .expect("it can be written");
    for task in [
        task::READ_CLOUDEVENT,
        task::READ_ONE_OF_50,
        task::READ_STRUCTURED,
    ] {
        let cloudevent = cloudevent.clone();
        works.add(task, move || {
            serde_json::from_slice::<Received>(&cloudevent)
                .expect("what was written can be read")
                .0
        });
    }
    works.list
}
