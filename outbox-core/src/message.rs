//! The flat message: the metadata and the payload's own members in one JSON object, as the Python
//! package `python-outbox-core` writes and reads it.

mod single_pass;

use std::borrow::Cow;

use serde_json::{Map, Value};
use uuid::fmt::Hyphenated;

use crate::attributes::{AttributeValue, hyphenated};
use crate::envelope::Envelope;
use crate::error::{DecodeError, EncodeError};
use crate::event::{DEFAULT_DATA_VERSION, DecodeEvent, EventDefinition, OutboxEvent};
use crate::received::{self, Received};
use crate::{decode, json, time};
use outbox_rules as rules;

impl<E: OutboxEvent> Envelope<E> {
    /// The flat message: one JSON object of `event_id`, `event_type`, `aggregate_id`, `occurred_at`,
    /// `source`, `data_version`, `correlation_id`, `causation_id` and the payload's own members.
    ///
    /// # Errors
    ///
    /// [`EncodeError::AmbiguousMember`] if a member of the payload has a metadatum's name and is not that
    /// metadatum, [`EncodeError::SharedMember`] if it is, and no string, [`EncodeError::NotAnObject`], or
    /// [`EncodeError::Payload`], for an integer too that a [`Value`] cannot hold.
    pub fn to_message(&self) -> Result<Map<String, Value>, EncodeError> {
        // Read back from text, an integer of more than 64 bits would become a float.
        serde_json::to_value(self.event()).map_err(|error| EncodeError::json(&error))?;
        serde_json::from_slice(&self.to_message_json()?).map_err(|error| EncodeError::json(&error))
    }

    /// The JSON text of [`to_message`](Self::to_message), the metadata first.
    ///
    /// # Errors
    ///
    /// Those of [`to_message`](Self::to_message).
    pub fn to_message_json(&self) -> Result<Vec<u8>, EncodeError> {
        let payload = json::text(self.event())?;
        if !payload.starts_with('{') {
            return Err(EncodeError::NotAnObject);
        }
        let members =
            json::members(payload.as_bytes()).map_err(|error| EncodeError::json(&error))?;
        let shared = self.definition().shared_members();
        let mut message = Vec::with_capacity(payload.len() + 512);
        self.append_metadata(shared, &members, &mut message)?;
        for (name, value) in &members {
            let name = name.as_ref();
            if shared.contains(&name) {
                continue;
            }
            if position(name).is_some() {
                return Err(ambiguous(name));
            }
            message.push(b',');
            json::write_text(&mut message, name)?;
            message.push(b':');
            message.extend_from_slice(value.get().as_bytes());
        }
        message.push(b'}');
        Ok(message)
    }

    /// `{` and the metadata, under the names of the Python package's `IOutboxEvent`.
    fn append_metadata(
        &self,
        shared: &[&str],
        members: &[json::Member<'_>],
        message: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        let [mut id, mut correlation_id, mut causation_id] = [[0; Hyphenated::LENGTH]; 3];
        let metadata: [Option<&str>; rules::FLAT_METADATA.len()] = [
            Some(hyphenated(self.event_id(), &mut id)),
            Some(self.event_type()),
            Some(&self.aggregate_id_text(shared, members)?),
            Some(&self.occurred_at_text(shared, members)?),
            Some(self.source()),
            Some(self.data_version()),
            self.correlation_id()
                .map(|id| hyphenated(id, &mut correlation_id)),
            self.causation_id()
                .map(|id| hyphenated(id, &mut causation_id)),
        ];
        for (position, ((_, name), value)) in rules::FLAT_METADATA.iter().zip(metadata).enumerate()
        {
            message.push(if position == 0 { b'{' } else { b',' });
            json::write_text(message, name)?;
            message.push(b':');
            match value {
                Some(text) => json::write_text(message, text)?,
                None => message.extend_from_slice(b"null"),
            }
        }
        Ok(())
    }

    /// The payload's own text, if it is shared; it is then the text of the event's key.
    fn aggregate_id_text(
        &self,
        shared: &[&str],
        members: &[json::Member<'_>],
    ) -> Result<Cow<'_, str>, EncodeError> {
        match shared_text("aggregate_id", shared, members)? {
            None => Ok(self.aggregate_id()),
            Some(own) if own == self.event().aggregate_id() => Ok(Cow::Owned(own)),
            Some(_) => Err(ambiguous("aggregate_id")),
        }
    }

    /// The payload's own text, if it is shared: it may be finer than microseconds.
    fn occurred_at_text(
        &self,
        shared: &[&str],
        members: &[json::Member<'_>],
    ) -> Result<String, EncodeError> {
        let occurred_at = self.occurred_at();
        let Some(own) = shared_text("occurred_at", shared, members)? else {
            let text = time::format(occurred_at)
                .map_err(|reason| EncodeError::invalid("occurred_at", reason))?;
            return Ok(text.as_str().to_owned());
        };
        match time::parse(&own) {
            Ok(time) if time::cut(time.to_utc()) == occurred_at => Ok(own),
            _ => Err(ambiguous("occurred_at")),
        }
    }
}

impl<E> Envelope<E> {
    /// Reads a flat message: the metadata is taken out, and the rest is the payload. A `data_version`
    /// that is not there reads as `1.0`.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] says what is missing or wrong; [`DecodeError::Invalid`] names every violation.
    pub fn from_message_json(message: &[u8]) -> Result<Self, DecodeError>
    where
        E: DecodeEvent,
    {
        match single_pass::read(message) {
            Some(envelope) => envelope,
            None => read(message),
        }
    }
}

/// The payload's own text of a metadatum that is the payload's as well.
fn shared_text(
    name: &str,
    shared: &[&str],
    members: &[json::Member<'_>],
) -> Result<Option<String>, EncodeError> {
    let member = members
        .iter()
        .find(|(member, _)| member == name && shared.contains(&name));
    let text = member.map(|(_, value)| serde_json::from_str(value.get()));
    text.transpose().map_err(|_| EncodeError::SharedMember {
        name: name.to_owned(),
    })
}

fn ambiguous(name: &str) -> EncodeError {
    EncodeError::AmbiguousMember {
        name: name.to_owned(),
    }
}

/// The metadata of a flat message, as they were read.
#[derive(Default)]
struct Metadata<'a>([Option<AttributeValue<'a>>; rules::FLAT_METADATA.len()]);

/// Where a metadatum of this name stands; `None` for a member of the payload.
fn position(name: &str) -> Option<usize> {
    rules::FLAT_METADATA
        .iter()
        .position(|(_, metadatum)| *metadatum == name)
}

impl Metadata<'_> {
    fn event_type(&self) -> Result<Cow<'_, str>, DecodeError> {
        self.required("event_type", received::text)
    }

    fn data_version(&self) -> Result<Option<Cow<'_, str>>, DecodeError> {
        self.optional("data_version", received::data_version)
    }

    /// The metadata that are the payload's as well, as the definition of this type and version says.
    fn shared_members<E: OutboxEvent>(&self) -> Result<&'static [&'static str], DecodeError> {
        let (event_type, data_version) = (self.event_type()?, self.data_version()?);
        let data_version = data_version.as_deref().unwrap_or(DEFAULT_DATA_VERSION);
        let mut definitions = E::DEFINITIONS.iter();
        let definition = definitions.find(|definition| definition.event_type() == event_type);
        Ok(definition
            .and_then(|definition| decode::reader(definition, data_version))
            .map_or(&[], EventDefinition::shared_members))
    }

    fn received(&self) -> Result<Received<'_>, DecodeError> {
        Ok(Received {
            id: self.required("event_id", received::uuid)?,
            event_type: self.event_type()?,
            source: self.required("source", received::source)?,
            data_version: self.data_version()?,
            aggregate_id: Some(self.required("aggregate_id", received::text)?),
            partition_key: None,
            time: Some(self.required("occurred_at", received::utc)?),
            correlation_id: self.optional("correlation_id", received::uuid)?,
            causation_id: self.optional("causation_id", received::uuid)?,
            trace_parent: None,
            trace_state: None,
            extensions: crate::Extensions::new(),
        })
    }

    fn text(&self, name: &str) -> Option<&str> {
        match self.0[position(name)?].as_ref()? {
            AttributeValue::Text(text) => Some(text),
            _ => None,
        }
    }

    fn required<'m, T>(
        &'m self,
        name: &str,
        read: fn(&str, AttributeValue<'m>) -> Result<T, DecodeError>,
    ) -> Result<T, DecodeError> {
        self.optional(name, read)?
            .ok_or_else(|| DecodeError::missing(name))
    }

    fn optional<'m, T>(
        &'m self,
        name: &str,
        read: fn(&str, AttributeValue<'m>) -> Result<T, DecodeError>,
    ) -> Result<Option<T>, DecodeError> {
        let value = position(name).and_then(|position| self.0[position].as_ref());
        value.map(|value| read(name, value.borrowed())).transpose()
    }
}

/// Reads member by member, and says what is wrong.
fn read<E: DecodeEvent>(message: &[u8]) -> Result<Envelope<E>, DecodeError> {
    let mut members =
        json::members(message).map_err(|error| DecodeError::json("the flat message", &error))?;
    let mut metadata = Metadata::default();
    for (name, value) in &members {
        if let Some(position) = position(name) {
            metadata.0[position] = json::attribute(name, value)?;
        }
    }
    let shared = metadata.shared_members::<E>()?;
    members.retain(|(name, _)| position(name).is_none() || shared.contains(&name.as_ref()));
    let payload = serde_json::to_string(&json::Object(&members))
        .map_err(|error| DecodeError::json("the payload", &error))?;
    metadata.received()?.decode(&payload)
}
