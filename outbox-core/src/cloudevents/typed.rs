//! The attributes of a typed event, each as what it is, for readers that leave whatever is not as usual to
//! another one: nothing is said of why.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::attributes::{AttributeValue, SPEC_VERSION};
use crate::event::EventDefinition;
use crate::extensions::Extensions;
use crate::json::scanner::Scanner;
use crate::names::{TraceParent, TraceState};
use crate::received::{self, Received};

#[derive(Default)]
pub(crate) struct Typed<'a> {
    usual_source: Option<&'static str>,
    spec_version: Option<()>,
    id: Option<Uuid>,
    source: Option<Cow<'a, str>>,
    pub(super) event_type: Option<Cow<'a, str>>,
    subject: Option<Cow<'a, str>>,
    time: Option<DateTime<Utc>>,
    content_type: Option<()>,
    data_schema: Option<()>,
    pub(super) data_version: Option<Cow<'a, str>>,
    partition_key: Option<Cow<'a, str>>,
    correlation_id: Option<Uuid>,
    causation_id: Option<Uuid>,
    trace_parent: Option<TraceParent>,
    trace_state: Option<TraceState>,
    extensions: Extensions,
}

impl<'a> Typed<'a> {
    /// For an event that is one of these, as most are.
    pub(crate) fn new(definitions: &[EventDefinition]) -> Self {
        Self {
            usual_source: definitions.first().map(EventDefinition::source),
            ..Self::default()
        }
    }

    /// Sets attributes up to the data; whether it is met before the end.
    pub(super) fn set_until_data(&mut self, members: &mut Scanner<'a>) -> Option<bool> {
        while let Some(name) = members.next_name().ok()? {
            if name == "data" {
                return Some(true);
            }
            self.set(&name, members.attribute().ok()?)?;
        }
        Some(false)
    }

    /// Sets an attribute, if it obeys its rules and is not set.
    pub(crate) fn set(&mut self, name: &str, value: AttributeValue<'a>) -> Option<()> {
        match name {
            "specversion" => put(&mut self.spec_version, spec_version(&value)),
            "id" => put(&mut self.id, received::uuid(name, value).ok()),
            "source" => put(&mut self.source, source(value, self.usual_source)),
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
    pub(crate) fn into_received(self) -> Option<Received<'a>> {
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

/// The usual source has been checked before.
fn source<'a>(value: AttributeValue<'a>, usual: Option<&str>) -> Option<Cow<'a, str>> {
    match value {
        AttributeValue::Text(text) if Some(text.as_ref()) == usual => Some(text),
        value => received::source("source", value).ok(),
    }
}

fn content_type(value: AttributeValue<'_>) -> Option<()> {
    let text = received::content_type("datacontenttype", value).ok()?;
    received::expect_json(Some(&text)).ok()
}

fn data_schema(value: AttributeValue<'_>) -> Option<()> {
    received::data_schema("dataschema", value).ok().map(|_| ())
}
