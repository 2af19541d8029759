//! The flat message: the metadata and the payload's own members in one JSON object, as the Python
//! package `python-outbox-core` writes and reads it.

use std::borrow::Cow;

use outbox_rules::{Attribute, FLAT_METADATA};
use serde_json::{Map, Value};
use uuid::Uuid;
use uuid::fmt::Hyphenated;

use crate::attributes::{Attributes, hyphenated};
use crate::decode::{self, DecodeEvent};
use crate::definition::EventDefinition;
use crate::envelope::Envelope;
use crate::error::{DecodeError, EncodeError};
use crate::event::OutboxEvent;
use crate::{attribute_json, json, time};

impl<E: OutboxEvent> Envelope<E> {
    /// Returns the flat message: one JSON object of `event_id`, `event_type`, `aggregate_id`, `occurred_at`,
    /// `source`, `data_version`, `correlation_id`, `causation_id` and the payload's own members.
    ///
    /// # Errors
    ///
    /// [`EncodeError::NoFlatMessage`] if the event's definition rules the flat message out,
    /// [`EncodeError::AmbiguousMember`] if a member of the payload has a metadatum's name but another value,
    /// [`EncodeError::SharedMember`] if it is that metadatum but not a string, [`EncodeError::NotAnObject`], or
    /// [`EncodeError::Payload`], also for an integer that a [`Value`] cannot hold.
    pub fn to_message(&self) -> Result<Map<String, Value>, EncodeError> {
        self.require_flat_message()?;
        // Read back from text, an integer of more than 64 bits would become a float.
        serde_json::to_value(self.event()).map_err(|error| EncodeError::json(&error))?;
        serde_json::from_slice(&self.to_message_json()?).map_err(|error| EncodeError::json(&error))
    }

    /// Returns the JSON text of [`to_message`](Self::to_message), the metadata first.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`to_message`](Self::to_message).
    pub fn to_message_json(&self) -> Result<Vec<u8>, EncodeError> {
        self.require_flat_message()?;
        let payload = json::to_text(self.event())?;
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
            if metadatum(name).is_some() {
                return Err(ambiguous(name));
            }
            message.push(b',');
            json::append(&mut message, name)?;
            message.push(b':');
            message.extend_from_slice(value.get().as_bytes());
        }
        message.push(b'}');
        Ok(message)
    }

    fn require_flat_message(&self) -> Result<(), EncodeError> {
        let definition = self.definition();
        if definition.has_flat_message() {
            return Ok(());
        }
        Err(EncodeError::NoFlatMessage {
            event_type: definition.event_type(),
        })
    }

    /// Appends `{` and the metadata, under the names of the Python package's `IOutboxEvent`.
    fn append_metadata(
        &self,
        shared: &[&str],
        members: &[json::Member<'_>],
        message: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        let [mut id, mut correlation_id, mut causation_id] = [[0; Hyphenated::LENGTH]; 3];
        let metadata: [Option<&str>; FLAT_METADATA.len()] = [
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
        for (position, ((_, name), value)) in FLAT_METADATA.iter().zip(metadata).enumerate() {
            message.push(if position == 0 { b'{' } else { b',' });
            json::append(message, name)?;
            message.push(b':');
            match value {
                Some(text) => json::append(message, text)?,
                None => message.extend_from_slice(b"null"),
            }
        }
        Ok(())
    }

    /// Returns the payload's own text, if it is shared; it must then be the event's aggregate id.
    fn aggregate_id_text(
        &self,
        shared: &[&str],
        members: &[json::Member<'_>],
    ) -> Result<Cow<'_, str>, EncodeError> {
        match shared_text("aggregate_id", shared, members)? {
            None => Ok(self.aggregate_id()),
            Some(own) if is_same_id(&own, &self.aggregate_id()) => Ok(Cow::Owned(own)),
            Some(_) => Err(ambiguous("aggregate_id")),
        }
    }

    /// Returns the payload's own text, if it is shared: it may be finer than microseconds.
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
    /// Reads a flat message: the metadata is taken out, and the rest is the payload. A missing
    /// `data_version` reads as `1.0`.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] says what is missing or wrong; [`DecodeError::Invalid`] names every violation;
    /// [`DecodeError::NoFlatMessage`] says that the event's definition rules the flat message out.
    pub fn from_message_json(message: &[u8]) -> Result<Self, DecodeError>
    where
        E: DecodeEvent,
    {
        let Message {
            mut attributes,
            payload,
        } = read(message, E::DEFINITIONS)?;
        Self::decode(&mut attributes, Some(payload.as_bytes()))
    }
}

/// Returns whether both are one id; a UUID may be written in capitals.
fn is_same_id(own: &str, id: &str) -> bool {
    let is_uuid = |text: &str| Uuid::parse_str(text).is_ok();
    own == id || (own.eq_ignore_ascii_case(id) && is_uuid(own))
}

/// Returns the payload's own text of a shared metadatum.
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

/// Returns the attribute of a metadatum; `None` for a member of the payload.
fn metadatum(name: &str) -> Option<Attribute> {
    let mut metadata = FLAT_METADATA.iter();
    let found = metadata.find(|(_, metadatum)| *metadatum == name);
    found.map(|(attribute, _)| *attribute)
}

/// Returns the name of a metadatum in the flat message.
fn flat_name(attribute: Attribute) -> &'static str {
    let mut metadata = FLAT_METADATA.iter();
    let found = metadata.find(|(metadatum, _)| *metadatum == attribute);
    found.map_or(attribute.name(), |(_, name)| name)
}

/// A flat message that was read: its metadata, and its payload as JSON text.
struct Message<'a> {
    attributes: Attributes<'a>,
    payload: String,
}

fn read<'a>(
    message: &'a [u8],
    definitions: &[EventDefinition],
) -> Result<Message<'a>, DecodeError> {
    require_flat_messages(definitions)?;
    let mut members =
        json::members(message).map_err(|error| DecodeError::json("the flat message", &error))?;
    let mut attributes = Attributes::named(flat_name);
    for (name, value) in &members {
        if let Some(attribute) = metadatum(name)
            && let Some(value) = attribute_json::read(name, value)?
        {
            attributes.set_known(attribute, value)?;
        }
    }
    for attribute in REQUIRED {
        if attributes.get(attribute).is_none() {
            return Err(attributes.missing(attribute));
        }
    }
    let shared = match reading_definition(&attributes, definitions)? {
        Some(definition) => {
            require_flat_message(definition)?;
            definition.shared_members()
        }
        None => &[],
    };
    members.retain(|(name, _)| metadatum(name).is_none() || shared.contains(&name.as_ref()));
    let payload = serde_json::to_string(&json::Object(&members))?;
    Ok(Message {
        attributes,
        payload,
    })
}

/// The metadata that every flat message has. A message without a `data_version` has the version `1.0`.
const REQUIRED: [Attribute; 5] = [
    Attribute::Id,
    Attribute::Type,
    Attribute::Subject,
    Attribute::Time,
    Attribute::Source,
];

/// Refuses every flat message if no definition that the reader knows has one.
fn require_flat_messages(definitions: &[EventDefinition]) -> Result<(), DecodeError> {
    match definitions {
        [first, ..] if !definitions.iter().any(reads_flat_messages) => require_flat_message(first),
        _ => Ok(()),
    }
}

/// Returns whether the event, or an older version of it, has a flat message.
fn reads_flat_messages(definition: &EventDefinition) -> bool {
    definition.has_flat_message() || definition.upcast_from().any(reads_flat_messages)
}

fn require_flat_message(definition: &EventDefinition) -> Result<(), DecodeError> {
    if definition.has_flat_message() {
        return Ok(());
    }
    Err(DecodeError::NoFlatMessage {
        event_type: definition.event_type(),
    })
}

/// Returns the definition of the event's type and version.
fn reading_definition<'a>(
    attributes: &Attributes<'_>,
    definitions: &'a [EventDefinition],
) -> Result<Option<&'a EventDefinition>, DecodeError> {
    let (event_type, data_version) = attributes.payload_type()?;
    let mut definitions = definitions.iter();
    let definition = definitions.find(|definition| definition.event_type() == event_type);
    Ok(definition.and_then(|definition| decode::reading_definition(definition, data_version)))
}
