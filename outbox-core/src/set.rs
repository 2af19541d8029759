//! Sets of events: what the derive writes for an enum.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use serde::Deserializer;
use serde::de::Error;

use crate::error::DecodeError;
use crate::event::{DecodeEvent, EventDefinition, OutboxEvent};
use crate::extensions::Extensions;
use crate::text::excerpt;
use crate::validate::ValidationErrors;

/// An event of a set that can be decoded. A derived impl asks for it with `for<'de>`, which the compiler
/// leaves alone until the impl is used.
pub trait Member<'de>: DecodeEvent {}

impl<T: DecodeEvent> Member<'_> for T {}

/// Whether the definition is of this event type, which has this fingerprint.
#[inline]
#[must_use]
pub fn is(definition: &EventDefinition, fingerprint: u64, event_type: &str) -> bool {
    definition.fingerprint() == fingerprint && definition.event_type() == event_type
}

/// No variant of the set `E` is of this type.
#[must_use]
pub fn unexpected<E: OutboxEvent>(event_type: &str) -> DecodeError {
    let names: Vec<&str> = E::DEFINITIONS
        .iter()
        .map(EventDefinition::event_type)
        .collect();
    DecodeError::UnexpectedType {
        expected: names.join(", "),
        found: excerpt(event_type).into_owned(),
    }
}

/// [`unexpected`], within a JSON text.
#[must_use]
pub fn unexpected_within<E: OutboxEvent, R: Error>(event_type: &str) -> R {
    R::custom(unexpected::<E>(event_type))
}

/// So that a set may hold a large event in a `Box`.
#[diagnostic::do_not_recommend]
impl<E: OutboxEvent> OutboxEvent for Box<E> {
    const DEFINITIONS: &'static [EventDefinition] = E::DEFINITIONS;

    fn definition(&self) -> &'static EventDefinition {
        E::definition(self)
    }

    fn aggregate_id(&self) -> Cow<'_, str> {
        E::aggregate_id(self)
    }

    fn partition_key(&self) -> Cow<'_, str> {
        E::partition_key(self)
    }

    fn occurred_at(&self) -> Option<DateTime<Utc>> {
        E::occurred_at(self)
    }

    fn extensions(&self, extensions: &mut Extensions) {
        E::extensions(self, extensions);
    }

    fn validate(&self) -> Result<(), ValidationErrors> {
        E::validate(self)
    }

    fn validate_attributes(&self) -> Result<(), ValidationErrors> {
        E::validate_attributes(self)
    }
}

#[diagnostic::do_not_recommend]
impl<E: DecodeEvent> DecodeEvent for Box<E> {
    fn decode(event_type: &str, data_version: &str, data: &str) -> Result<Self, DecodeError> {
        E::decode(event_type, data_version, data).map(Self::new)
    }

    fn decode_within<'de, D: Deserializer<'de>>(
        event_type: &str,
        data_version: &str,
        data: D,
    ) -> Result<Self, D::Error> {
        E::decode_within(event_type, data_version, data).map(Self::new)
    }
}
