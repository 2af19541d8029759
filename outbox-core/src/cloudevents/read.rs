use std::borrow::Cow;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::attributes::{AttributeValue, SPEC_VERSION};
use crate::envelope::Envelope;
use crate::error::DecodeError;
use crate::event::DecodeEvent;
use crate::extensions::Extensions;
use crate::names::{Source, TraceParent, TraceState};
use crate::received::{self, Received, obeys};
use crate::{base64, json, rules};

impl<E> Envelope<E> {
    /// Reads a CloudEvent in the JSON format, structured mode. Every rule of CloudEvents 1.0.2 and of
    /// its JSON format is enforced; unknown attributes are kept as extensions.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] says what is missing or wrong; [`DecodeError::Invalid`] names every violation.
    pub fn from_cloudevent_json(cloudevent: &[u8]) -> Result<Self, DecodeError>
    where
        E: DecodeEvent,
    {
        read(cloudevent)?.into_envelope()
    }
}

fn read(cloudevent: &[u8]) -> Result<Received<'_>, DecodeError> {
    let mut attributes = Attributes::default();
    let mut data = None;
    let members =
        json::members(cloudevent).map_err(|error| DecodeError::json("the CloudEvent", &error))?;
    for (name, value) in members {
        if name == "data" {
            set_data(&mut data, &name, Cow::Borrowed(value.get()))?;
        } else if let Some(value) = json::attribute(&name, value)? {
            match name.as_ref() {
                "data_base64" => set_data(&mut data, &name, Cow::Owned(binary(&name, value)?))?,
                _ => attributes.set(&name, value)?,
            }
        }
    }
    attributes.into_received(data)
}

fn set_data<'a>(
    data: &mut Option<Cow<'a, str>>,
    name: &str,
    json: Cow<'a, str>,
) -> Result<(), DecodeError> {
    match data.replace(json) {
        None => Ok(()),
        Some(other) => Err(DecodeError::invalid(
            name,
            &other,
            "`data` and `data_base64` exclude each other",
        )),
    }
}

/// The text that `data_base64` holds; a payload is JSON, so it is UTF-8.
fn binary(name: &str, value: AttributeValue<'_>) -> Result<String, DecodeError> {
    let text = received::text(name, value)?;
    let bytes = base64::decode(&text).ok_or_else(|| {
        DecodeError::invalid(
            name,
            &text,
            "it is not base64 with padding (RFC 4648 section 4)",
        )
    })?;
    String::from_utf8(bytes)
        .map_err(|_| DecodeError::invalid(name, &text, "the payload is JSON, and so UTF-8"))
}

/// The attributes as they arrive, in any order.
#[derive(Default)]
struct Attributes<'a> {
    spec_version: bool,
    id: Option<Uuid>,
    source: Option<Source>,
    event_type: Option<Cow<'a, str>>,
    subject: Option<Cow<'a, str>>,
    time: Option<DateTime<Utc>>,
    content_type: Option<Cow<'a, str>>,
    data_version: Option<Cow<'a, str>>,
    partition_key: Option<Cow<'a, str>>,
    correlation_id: Option<Uuid>,
    causation_id: Option<Uuid>,
    trace_parent: Option<TraceParent>,
    trace_state: Option<TraceState>,
    extensions: Extensions,
}

impl<'a> Attributes<'a> {
    fn set(&mut self, name: &str, value: AttributeValue<'a>) -> Result<(), DecodeError> {
        match name {
            "specversion" => {
                let found = received::text(name, value)?;
                if found != SPEC_VERSION {
                    return Err(DecodeError::invalid(name, &found, "only `1.0` is known"));
                }
                self.spec_version = true;
            }
            "id" => self.id = Some(received::uuid(name, value)?),
            "source" => self.source = Some(received::named(name, value)?),
            "type" => self.event_type = Some(received::text(name, value)?),
            "subject" => self.subject = Some(received::text(name, value)?),
            "time" => self.time = Some(received::utc(name, value)?),
            "datacontenttype" => {
                let content_type = received::text(name, value)?;
                obeys(name, &content_type, rules::media_type(&content_type))?;
                self.content_type = Some(content_type);
            }
            // It is checked as the specification says; an envelope shows its definition's.
            "dataschema" => {
                let dataschema = received::text(name, value)?;
                obeys(name, &dataschema, rules::absolute_uri(&dataschema))?;
            }
            "dataversion" => self.data_version = Some(received::data_version(name, value)?),
            "partitionkey" => self.partition_key = Some(received::text(name, value)?),
            "correlationid" => self.correlation_id = Some(received::uuid(name, value)?),
            "causationid" => self.causation_id = Some(received::uuid(name, value)?),
            "traceparent" => self.trace_parent = Some(received::named(name, value)?),
            "tracestate" => self.trace_state = Some(received::named(name, value)?),
            _ => received::insert_extension(&mut self.extensions, name, value)?,
        }
        Ok(())
    }

    fn into_received(self, data: Option<Cow<'a, str>>) -> Result<Received<'a>, DecodeError> {
        if !self.spec_version {
            return Err(DecodeError::missing("specversion"));
        }
        let id = self.id.ok_or_else(|| DecodeError::missing("id"))?;
        let source = self.source.ok_or_else(|| DecodeError::missing("source"))?;
        let event_type = self
            .event_type
            .ok_or_else(|| DecodeError::missing("type"))?;
        received::expect_json(self.content_type.as_deref())?;
        Ok(Received {
            id,
            event_type,
            source,
            data_version: self.data_version,
            aggregate_id: self.subject,
            partition_key: self.partition_key,
            time: self.time,
            correlation_id: self.correlation_id,
            causation_id: self.causation_id,
            trace_parent: self.trace_parent,
            trace_state: self.trace_state,
            extensions: self.extensions,
            data: data.ok_or_else(|| DecodeError::missing("data"))?,
        })
    }
}
