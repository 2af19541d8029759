//! `cloudevents-sdk`, which has an untyped event and the JSON format.

use std::rc::Rc;

use cloudevents::{AttributesReader, EventBuilder, EventBuilderV10};
use uuid::Uuid;

use super::by_hand::{self, Event};
use crate::works::events::{self, InviteCreated, Payload};
use crate::works::{Work, Works, task, who};

fn build(event: &Event) -> cloudevents::Event {
    let payload = serde_json::to_value(&event.payload).expect("it can be written");
    let mut builder = EventBuilderV10::new()
        .id(event.id.to_string())
        .source(event.source.as_str())
        .ty(event.kind.as_str())
        .subject(event.subject.as_str())
        .time(event.time)
        .data("application/json", payload)
        .extension("dataversion", event.data_version.as_str())
        .extension("partitionkey", event.partition_key.as_str());
    if let Some(id) = event.correlation_id {
        builder = builder.extension("correlationid", id.to_string());
    }
    if let Some(id) = event.causation_id {
        builder = builder.extension("causationid", id.to_string());
    }
    if let Some(trace_parent) = event.trace_parent.as_deref() {
        builder = builder.extension("traceparent", trace_parent);
    }
    builder.build().expect("nothing is missing")
}

fn read(cloudevent: &[u8]) -> Option<(cloudevents::Event, Uuid, InviteCreated)> {
    let mut event: cloudevents::Event = serde_json::from_slice(cloudevent).ok()?;
    if event.ty() != "com.gridflow.invite.created" {
        return None;
    }
    let (_, _, data) = event.take_data();
    let data = serde_json::Value::try_from(data?).ok()?;
    let id = event.id().parse().ok()?;
    Some((event, id, serde_json::from_value(data).ok()?))
}

pub fn works(payload: Payload) -> Vec<Work> {
    let mut works = Works::of(who::SDK, payload);
    let event = Rc::new(by_hand::event(payload));
    let (write, append) = (Rc::clone(&event), event);
    works.add_fallible(task::WRITE_CLOUDEVENT, move || {
        serde_json::to_vec(&build(&write))
    });
    works.add_appending(task::APPEND_CLOUDEVENT, move |buffer| {
        serde_json::to_writer(buffer, &build(&append)).expect("it can be written");
    });
    let cloudevent = events::envelope(events::invite(payload))
        .to_cloudevent_json()
        .expect("it can be written");
    works.add(task::READ_CLOUDEVENT, move || {
        read(&cloudevent).expect("what was written can be read")
    });
    works.list
}
