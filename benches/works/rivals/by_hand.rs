//! Hand-written structs for this one event, with serde's derives: the code that a service has without a library.

use std::borrow::Cow;
use std::rc::Rc;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::works::events::{self, InviteCreated, Payload};
use crate::works::{Work, Works, task, who};

const TYPE: &str = "com.gridflow.invite.created";
const SOURCE: &str = "/invite-service";

/// The event with its metadata, in owned strings.
#[derive(Debug, Clone)]
pub(super) struct Event {
    pub(super) id: Uuid,
    pub(super) kind: String,
    pub(super) source: String,
    pub(super) subject: String,
    pub(super) time: DateTime<Utc>,
    pub(super) data_version: String,
    pub(super) partition_key: String,
    pub(super) correlation_id: Option<Uuid>,
    pub(super) causation_id: Option<Uuid>,
    pub(super) trace_parent: Option<String>,
    pub(super) payload: InviteCreated,
}

fn create(payload: InviteCreated) -> Event {
    Event {
        id: Uuid::now_v7(),
        kind: TYPE.to_owned(),
        source: SOURCE.to_owned(),
        subject: payload.invite_id.to_string(),
        time: Utc::now(),
        data_version: "1.0".to_owned(),
        partition_key: payload.tenant_id.clone(),
        correlation_id: None,
        causation_id: None,
        trace_parent: None,
        payload,
    }
}

/// Makes the same event that our code writes.
pub(super) fn event(payload: Payload) -> Event {
    let envelope = events::envelope(events::invite(payload));
    Event {
        id: envelope.event_id(),
        time: envelope.occurred_at(),
        correlation_id: envelope.correlation_id(),
        causation_id: envelope.causation_id(),
        trace_parent: envelope.trace_parent().map(ToString::to_string),
        ..create(envelope.into_event())
    }
}

#[derive(Serialize, Deserialize)]
struct CloudEvent<'a, T> {
    specversion: &'a str,
    id: Uuid,
    source: &'a str,
    r#type: &'a str,
    subject: &'a str,
    time: DateTime<Utc>,
    datacontenttype: &'a str,
    dataversion: &'a str,
    partitionkey: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    correlationid: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    causationid: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    traceparent: Option<&'a str>,
    data: T,
}

impl<'a> CloudEvent<'a, &'a InviteCreated> {
    fn of(event: &'a Event) -> Self {
        Self {
            specversion: "1.0",
            id: event.id,
            source: &event.source,
            r#type: &event.kind,
            subject: &event.subject,
            time: event.time,
            datacontenttype: "application/json",
            dataversion: &event.data_version,
            partitionkey: &event.partition_key,
            correlationid: event.correlation_id,
            causationid: event.causation_id,
            traceparent: event.trace_parent.as_deref(),
            data: &event.payload,
        }
    }
}

impl CloudEvent<'_, InviteCreated> {
    fn into_event(self) -> Event {
        assert!(self.specversion == "1.0" && self.r#type == TYPE);
        Event {
            id: self.id,
            kind: self.r#type.to_owned(),
            source: self.source.to_owned(),
            subject: self.subject.to_owned(),
            time: self.time,
            data_version: self.dataversion.to_owned(),
            partition_key: self.partitionkey.to_owned(),
            correlation_id: self.correlationid,
            causation_id: self.causationid,
            trace_parent: self.traceparent.map(str::to_owned),
            payload: self.data,
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Message<'a, T> {
    event_id: Uuid,
    event_type: &'a str,
    aggregate_id: &'a str,
    occurred_at: DateTime<Utc>,
    source: &'a str,
    data_version: &'a str,
    correlation_id: Option<Uuid>,
    causation_id: Option<Uuid>,
    #[serde(flatten)]
    payload: T,
}

impl<'a> Message<'a, &'a InviteCreated> {
    fn of(event: &'a Event) -> Self {
        Self {
            event_id: event.id,
            event_type: &event.kind,
            aggregate_id: &event.subject,
            occurred_at: event.time,
            source: &event.source,
            data_version: &event.data_version,
            correlation_id: event.correlation_id,
            causation_id: event.causation_id,
            payload: &event.payload,
        }
    }
}

impl Message<'_, InviteCreated> {
    fn into_event(self) -> Event {
        assert_eq!(self.event_type, TYPE);
        Event {
            id: self.event_id,
            kind: self.event_type.to_owned(),
            source: self.source.to_owned(),
            subject: self.aggregate_id.to_owned(),
            time: self.occurred_at,
            data_version: self.data_version.to_owned(),
            partition_key: self.payload.tenant_id.clone(),
            correlation_id: self.correlation_id,
            causation_id: self.causation_id,
            trace_parent: None,
            payload: self.payload,
        }
    }
}

#[expect(dead_code, reason = "a record is made whole")]
struct Record {
    topic: String,
    key: Vec<u8>,
    headers: Vec<(String, Vec<u8>)>,
    value: Vec<u8>,
}

fn binary(event: &Event) -> Record {
    let header = |name: &str, value: &str| (name.to_owned(), value.as_bytes().to_vec());
    let mut headers = vec![
        header("content-type", "application/json"),
        header("ce_specversion", "1.0"),
        header("ce_id", &event.id.to_string()),
        header("ce_source", &event.source),
        header("ce_type", &event.kind),
        header("ce_subject", &event.subject),
        header("ce_time", &event.time.to_rfc3339()),
        header("ce_dataversion", &event.data_version),
        header("ce_partitionkey", &event.partition_key),
    ];
    if let Some(id) = event.correlation_id {
        headers.push(header("ce_correlationid", &id.to_string()));
    }
    if let Some(id) = event.causation_id {
        headers.push(header("ce_causationid", &id.to_string()));
    }
    if let Some(trace_parent) = &event.trace_parent {
        headers.push(header("ce_traceparent", trace_parent));
    }
    Record {
        topic: "outbox.event.invite".to_owned(),
        key: event.partition_key.clone().into_bytes(),
        headers,
        value: serde_json::to_vec(&event.payload).expect("it can be written"),
    }
}

fn structured(event: &Event) -> Record {
    let content_type = b"application/cloudevents+json; charset=UTF-8";
    Record {
        topic: "outbox.event.invite".to_owned(),
        key: event.partition_key.clone().into_bytes(),
        headers: vec![("content-type".to_owned(), content_type.to_vec())],
        value: serde_json::to_vec(&CloudEvent::of(event)).expect("it can be written"),
    }
}

fn from_binary(record: &Record) -> Option<Event> {
    let header = |wanted: &str| {
        let found = record.headers.iter().find(|(name, _)| name == wanted);
        found.and_then(|(_, value)| str::from_utf8(value).ok())
    };
    let owned = |name| header(name).map(str::to_owned);
    let id = |name| header(name).and_then(|text| text.parse().ok());
    if header("ce_specversion") != Some("1.0") || header("ce_type") != Some(TYPE) {
        return None;
    }
    Some(Event {
        id: id("ce_id")?,
        kind: owned("ce_type")?,
        source: owned("ce_source")?,
        subject: owned("ce_subject")?,
        time: header("ce_time")?.parse().ok()?,
        data_version: owned("ce_dataversion")?,
        partition_key: owned("ce_partitionkey")?,
        correlation_id: id("ce_correlationid"),
        causation_id: id("ce_causationid"),
        trace_parent: owned("ce_traceparent"),
        payload: serde_json::from_slice(&record.value).ok()?,
    })
}

/// The columns of the row, in owned strings.
struct Row {
    id: Uuid,
    texts: [Cow<'static, str>; 12],
    time: DateTime<Utc>,
    correlation_id: Option<Uuid>,
    causation_id: Option<Uuid>,
    trace_parent: Option<String>,
}

fn row(event: &Event) -> Row {
    let owned = |text: &str| Cow::Owned(text.to_owned());
    Row {
        id: event.id,
        texts: [
            owned("invite"),
            owned(&event.subject),
            owned(&event.kind),
            Cow::Owned(serde_json::to_string(&event.payload).expect("it can be written")),
            owned(&event.partition_key),
            owned("outbox.event.invite"),
            owned(&event.source),
            owned("1.0"),
            owned(&event.subject),
            owned("application/json"),
            owned(&event.data_version),
            owned(""),
        ],
        time: event.time,
        correlation_id: event.correlation_id,
        causation_id: event.causation_id,
        trace_parent: event.trace_parent.clone(),
    }
}

fn from_row(row: &Row) -> Option<Event> {
    let owned = |column: usize| row.texts[column].clone().into_owned();
    Some(Event {
        id: row.id,
        kind: owned(2),
        source: owned(6),
        subject: owned(8),
        time: row.time,
        data_version: owned(10),
        partition_key: owned(4),
        correlation_id: row.correlation_id,
        causation_id: row.causation_id,
        trace_parent: row.trace_parent.clone(),
        payload: serde_json::from_str(&row.texts[3]).ok()?,
    })
}

fn is_valid(invite: &InviteCreated) -> bool {
    let email_is_valid = invite.email.split_once('@').is_some_and(|(local, domain)| {
        let mut labels = domain.split('.');
        !local.is_empty()
            && local.bytes().all(|byte| byte.is_ascii_graphic())
            && labels.all(|label| {
                !label.is_empty()
                    && label
                        .bytes()
                        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            })
    });
    let mut permissions = invite.permissions.iter();
    email_is_valid
        && (1..=40).contains(&invite.role.chars().count())
        && (1..=10_000).contains(&invite.seats)
        && permissions.all(|permission| (1..=200).contains(&permission.resource.chars().count()))
}

pub fn works(payload: Payload) -> Vec<Work> {
    let mut works = Works::of(who::BY_HAND, payload);
    let event = Rc::new(event(payload));
    let invite = event.payload.clone();
    works.add(task::CREATE, move || create(invite.clone()));
    let invite = event.payload.clone();
    works.add(task::VALIDATE, move || is_valid(&invite));
    write(&mut works, &event);
    read(&mut works, &event);
    works.list
}

fn write(works: &mut Works, event: &Rc<Event>) {
    let of = Rc::clone(event);
    works.add_fallible(task::WRITE_MESSAGE, move || {
        serde_json::to_vec(&Message::of(&of))
    });
    let of = Rc::clone(event);
    works.add_fallible(task::WRITE_CLOUDEVENT, move || {
        serde_json::to_vec(&CloudEvent::of(&of))
    });
    let of = Rc::clone(event);
    works.add_appending(task::APPEND_CLOUDEVENT, move |buffer| {
        serde_json::to_writer(buffer, &CloudEvent::of(&of)).expect("it can be written");
    });
    let of = Rc::clone(event);
    works.add(task::WRITE_BINARY, move || binary(&of));
    let of = Rc::clone(event);
    works.add(task::WRITE_STRUCTURED, move || structured(&of));
    let of = Rc::clone(event);
    works.add(task::WRITE_ROW, move || row(&of));
}

fn read(works: &mut Works, event: &Event) {
    const READABLE: &str = "what was written can be read";
    let message = serde_json::to_vec(&Message::of(event)).expect("it can be written");
    works.add(task::READ_MESSAGE, move || {
        serde_json::from_slice::<Message<'_, InviteCreated>>(&message)
            .expect(READABLE)
            .into_event()
    });
    let cloudevent = serde_json::to_vec(&CloudEvent::of(event)).expect("it can be written");
    works.add(task::READ_CLOUDEVENT, move || {
        serde_json::from_slice::<CloudEvent<'_, InviteCreated>>(&cloudevent)
            .expect(READABLE)
            .into_event()
    });
    let record = binary(event);
    works.add(task::READ_BINARY, move || {
        from_binary(&record).expect(READABLE)
    });
    let record = structured(event);
    works.add(task::READ_STRUCTURED, move || {
        serde_json::from_slice::<CloudEvent<'_, InviteCreated>>(&record.value)
            .expect(READABLE)
            .into_event()
    });
    let row = row(event);
    works.add(task::READ_ROW, move || from_row(&row).expect(READABLE));
}
