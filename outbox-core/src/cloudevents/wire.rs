//! A CloudEvent between the formats: what was read, or what is to be written. Every rule of the
//! specification on attributes is applied here, whichever format they came in and whoever set them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use chrono::{DateTime, FixedOffset};

use crate::attributes::{AttributeValue, SPEC_VERSION};
use crate::envelope::Envelope;
use crate::error::DecodeError;
use crate::event::DecodeEvent;
use crate::extensions::Extensions;
use crate::received::{self, Received, obeys};
use crate::{json, time};
use outbox_rules as rules;

/// Attributes that obey their rules, and the data.
#[derive(Default)]
pub(crate) struct Wire<'a> {
    pub(super) spec_version: bool,
    pub(crate) id: Option<Cow<'a, str>>,
    pub(crate) source: Option<Cow<'a, str>>,
    pub(crate) event_type: Option<Cow<'a, str>>,
    pub(crate) subject: Option<Cow<'a, str>>,
    /// RFC 3339, as it was written, and what it says.
    pub(crate) time: Option<(Cow<'a, str>, DateTime<FixedOffset>)>,
    pub(crate) content_type: Option<Cow<'a, str>>,
    pub(crate) data_schema: Option<Cow<'a, str>>,
    pub(crate) extensions: BTreeMap<Cow<'a, str>, AttributeValue<'a>>,
    pub(crate) data: Option<WireData<'a>>,
}

/// What an event is about.
pub(crate) enum WireData<'a> {
    /// JSON text.
    Json(Cow<'a, str>),
    /// Text of another media type.
    Text(Cow<'a, str>),
    /// Bytes of any media type.
    Binary(Cow<'a, [u8]>),
}

impl<'a> Wire<'a> {
    /// Sets an attribute, if it obeys the rules of its name (CloudEvents 1.0.2, "Context Attributes").
    pub(crate) fn set(
        &mut self,
        name: Cow<'a, str>,
        value: AttributeValue<'a>,
    ) -> Result<(), DecodeError> {
        match name.as_ref() {
            "specversion" => {
                let found = received::text(&name, value)?;
                if found != SPEC_VERSION {
                    return Err(DecodeError::invalid(&name, &found, "only `1.0` is known"));
                }
                self.spec_version = true;
            }
            "id" => self.id = Some(received::text(&name, value)?),
            "source" => self.source = Some(received::source(&name, value)?),
            "type" => self.event_type = Some(received::text(&name, value)?),
            "subject" => self.subject = Some(received::text(&name, value)?),
            "time" => {
                let text = received::text(&name, value)?;
                let time = time::parse(&text)
                    .map_err(|reason| DecodeError::invalid(&name, &text, reason))?;
                self.time = Some((text, time));
            }
            "datacontenttype" => self.content_type = Some(received::content_type(&name, value)?),
            "dataschema" => self.data_schema = Some(received::data_schema(&name, value)?),
            _ => self.set_extension(name, value)?,
        }
        Ok(())
    }

    fn set_extension(
        &mut self,
        name: Cow<'a, str>,
        value: AttributeValue<'a>,
    ) -> Result<(), DecodeError> {
        obeys(&name, &name, rules::attribute_name(&name))?;
        if let AttributeValue::Text(text) = &value {
            obeys(&name, text, rules::sendable(text))?;
        }
        self.extensions.insert(name, value);
        Ok(())
    }

    /// How many attributes are set.
    pub(crate) fn len(&self) -> usize {
        let set = [
            self.spec_version,
            self.id.is_some(),
            self.source.is_some(),
            self.event_type.is_some(),
            self.subject.is_some(),
            self.time.is_some(),
            self.content_type.is_some(),
            self.data_schema.is_some(),
        ];
        set.into_iter().filter(|is_set| *is_set).count() + self.extensions.len()
    }

    /// Whether the data is JSON: it is where no media type is given.
    pub(crate) fn is_json(&self) -> bool {
        received::expect_json(self.content_type.as_deref()).is_ok()
    }

    /// The event, if nothing is missing that every event has.
    pub(crate) fn complete(self) -> Result<Self, DecodeError> {
        for (is_there, name) in [
            (self.spec_version, "specversion"),
            (self.id.is_some(), "id"),
            (self.source.is_some(), "source"),
            (self.event_type.is_some(), "type"),
        ] {
            if !is_there {
                return Err(DecodeError::missing(name));
            }
        }
        Ok(self)
    }

    /// Types the event: its data is JSON. `key` is its partition key where it names none itself.
    pub(crate) fn into_envelope<E: DecodeEvent>(
        mut self,
        key: Option<&'a str>,
    ) -> Result<Envelope<E>, DecodeError> {
        received::expect_json(self.content_type.as_deref())?;
        let data = self.data.take();
        let received = self.into_received()?.with_key(key);
        let data = data.ok_or_else(|| DecodeError::missing("data"))?;
        received.decode(&data.into_json()?)
    }

    /// What is said about a typed event: its ids are UUIDs.
    pub(super) fn into_received(self) -> Result<Received<'a>, DecodeError> {
        let mut extensions = self.extensions;
        let data_version = take(&mut extensions, "dataversion", received::data_version)?;
        let partition_key = take(&mut extensions, "partitionkey", received::text)?;
        let correlation_id = take(&mut extensions, "correlationid", received::uuid)?;
        let causation_id = take(&mut extensions, "causationid", received::uuid)?;
        let trace_parent = take(&mut extensions, "traceparent", received::named)?;
        let trace_state = take(&mut extensions, "tracestate", received::named)?;
        let mut others = Extensions::new();
        for (name, value) in extensions {
            received::insert_extension(&mut others, &name, value)?;
        }
        let id = self.id.ok_or_else(|| DecodeError::missing("id"))?;
        Ok(Received {
            id: received::uuid("id", AttributeValue::Text(id))?,
            event_type: self
                .event_type
                .ok_or_else(|| DecodeError::missing("type"))?,
            source: self.source.ok_or_else(|| DecodeError::missing("source"))?,
            data_version,
            aggregate_id: self.subject,
            partition_key,
            time: self.time.map(|(_, time)| time.to_utc()),
            correlation_id,
            causation_id,
            trace_parent,
            trace_state,
            extensions: others,
        })
    }
}

/// Takes an attribute out that has a meaning of its own.
fn take<'a, T>(
    extensions: &mut BTreeMap<Cow<'a, str>, AttributeValue<'a>>,
    name: &'static str,
    read: impl FnOnce(&str, AttributeValue<'a>) -> Result<T, DecodeError>,
) -> Result<Option<T>, DecodeError> {
    let value = extensions.remove(name);
    value.map(|value| read(name, value)).transpose()
}

impl<'a> WireData<'a> {
    /// What the bytes are, as far as the media type tells and they bear it out.
    pub(crate) fn told_by(self, content_type: Option<&str>) -> Self {
        let Self::Binary(bytes) = self else {
            return self;
        };
        let is_json = content_type.is_some() && received::expect_json(content_type).is_ok();
        let is_text = content_type.is_some_and(|media_type| {
            media_type
                .get(..5)
                .is_some_and(|kind| kind.eq_ignore_ascii_case("text/"))
        });
        match String::from_utf8(bytes.into_owned()) {
            Ok(text) if is_json && json::check(&text).is_ok() => Self::Json(Cow::Owned(text)),
            Ok(text) if is_text && !is_json => Self::Text(Cow::Owned(text)),
            Ok(text) => Self::Binary(Cow::Owned(text.into_bytes())),
            Err(error) => Self::Binary(Cow::Owned(error.into_bytes())),
        }
    }

    /// The JSON text of a payload.
    fn into_json(self) -> Result<Cow<'a, str>, DecodeError> {
        match self {
            Self::Json(text) | Self::Text(text) => Ok(text),
            Self::Binary(bytes) => {
                let refused = |bytes: &[u8]| {
                    let found = String::from_utf8_lossy(bytes);
                    DecodeError::invalid("data", &found, "the payload is JSON, and so UTF-8")
                };
                match bytes {
                    Cow::Borrowed(bytes) => std::str::from_utf8(bytes)
                        .map(Cow::Borrowed)
                        .map_err(|_| refused(bytes)),
                    Cow::Owned(bytes) => String::from_utf8(bytes)
                        .map(Cow::Owned)
                        .map_err(|error| refused(error.as_bytes())),
                }
            }
        }
    }
}
