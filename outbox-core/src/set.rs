//! Sets of events: what the derive writes for an enum.

use crate::decode::DecodeEvent;
use crate::definition::EventDefinition;
use crate::error::DecodeError;
use crate::event::OutboxEvent;
use crate::excerpt::excerpt;

/// An event of a set that can be decoded. A derived impl asks for it with `for<'de>`, which the compiler
/// leaves alone until the impl is used.
pub trait Member<'de>: DecodeEvent {}

impl<T: DecodeEvent> Member<'_> for T {}

/// Returns whether the definition is of this event type, which has this fingerprint.
#[inline]
#[must_use]
pub fn defines(definition: &EventDefinition, fingerprint: u64, event_type: &str) -> bool {
    definition.fingerprint() == fingerprint && definition.event_type() == event_type
}

/// Returns the error that no variant of the set `E` is of this type.
#[must_use]
pub fn unexpected_type<E: OutboxEvent>(event_type: &str) -> DecodeError {
    let definitions = E::DEFINITIONS.iter();
    DecodeError::UnexpectedType {
        expected: definitions.map(EventDefinition::event_type).collect(),
        found: excerpt(event_type).into_owned(),
    }
}
