//! The works by `serde_json::Value`, the quickest code to write.

use std::rc::Rc;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use super::by_hand::{self, Event};
use crate::works::events::{InviteCreated, Payload};
use crate::works::{Work, Works, task, who};

fn cloudevent(event: &Event) -> Value {
    json!({
        "specversion": "1.0",
        "id": event.id,
        "source": event.source,
        "type": event.kind,
        "subject": event.subject,
        "time": event.time,
        "datacontenttype": "application/json",
        "dataversion": event.data_version,
        "partitionkey": event.partition_key,
        "correlationid": event.correlation_id,
        "causationid": event.causation_id,
        "traceparent": event.trace_parent,
        "data": event.payload,
    })
}

fn message(event: &Event) -> Value {
    let mut message = json!({
        "event_id": event.id,
        "event_type": event.kind,
        "aggregate_id": event.subject,
        "occurred_at": event.time,
        "source": event.source,
        "data_version": event.data_version,
        "correlation_id": event.correlation_id,
        "causation_id": event.causation_id,
    });
    if let (Value::Object(message), Ok(Value::Object(payload))) =
        (&mut message, serde_json::to_value(&event.payload))
    {
        message.extend(payload);
    }
    message
}

struct Names {
    id: &'static str,
    event_type: &'static str,
    time: &'static str,
    correlation_id: &'static str,
    causation_id: &'static str,
}

fn take(event: &mut Value, names: &Names) -> Option<(Uuid, DateTime<Utc>, [Option<Uuid>; 2])> {
    let uuid = |name| event[name].as_str().and_then(|text| text.parse().ok());
    if event[names.event_type] != "com.gridflow.invite.created" {
        return None;
    }
    let time = event[names.time].as_str()?.parse().ok()?;
    let others = [uuid(names.correlation_id), uuid(names.causation_id)];
    Some((uuid(names.id)?, time, others))
}

pub fn works(payload: Payload) -> Vec<Work> {
    let mut works = Works::of(who::VALUE, payload);
    let event = Rc::new(by_hand::event(payload));
    let of = Rc::clone(&event);
    works.add_fallible(task::WRITE_MESSAGE, move || {
        serde_json::to_vec(&message(&of))
    });
    let of = Rc::clone(&event);
    works.add_fallible(task::WRITE_CLOUDEVENT, move || {
        serde_json::to_vec(&cloudevent(&of))
    });
    let of = Rc::clone(&event);
    works.add_appending(task::APPEND_CLOUDEVENT, move |buffer| {
        serde_json::to_writer(buffer, &cloudevent(&of)).expect("it can be written");
    });
    let json = serde_json::to_vec(&message(&event)).expect("it can be written");
    works.add(task::READ_MESSAGE, move || {
        read(&json, message_names(), |message| message).expect("what was written can be read")
    });
    let json = serde_json::to_vec(&cloudevent(&event)).expect("it can be written");
    works.add(task::READ_CLOUDEVENT, move || {
        read(&json, cloudevent_names(), |mut event| event["data"].take())
            .expect("what was written can be read")
    });
    works.list
}

fn message_names() -> &'static Names {
    &Names {
        id: "event_id",
        event_type: "event_type",
        time: "occurred_at",
        correlation_id: "correlation_id",
        causation_id: "causation_id",
    }
}

fn cloudevent_names() -> &'static Names {
    &Names {
        id: "id",
        event_type: "type",
        time: "time",
        correlation_id: "correlationid",
        causation_id: "causationid",
    }
}

type Taken = (Uuid, DateTime<Utc>, [Option<Uuid>; 2]);

fn read(json: &[u8], names: &Names, payload: fn(Value) -> Value) -> Option<(Taken, InviteCreated)> {
    let mut event: Value = serde_json::from_slice(json).ok()?;
    let taken = take(&mut event, names)?;
    Some((taken, serde_json::from_value(payload(event)).ok()?))
}
