//! Sets of events: items for the code that the derive writes for an enum.

use std::marker::PhantomData;

use serde::Deserialize;

use crate::decode::DecodeEvent;
use crate::definition::EventDefinition;
use crate::error::DecodeError;
use crate::event::OutboxEvent;
use crate::excerpt::excerpt;

/// An event of a set that can be decoded. A derived impl requires it with `for<'de>`, which the compiler
/// does not check until the impl is used.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be decoded, so its set cannot be decoded",
    label = "an event of this set is not `Deserialize`",
    note = "annotate `{Self}` with `#[derive(Serialize, Deserialize, OutboxEvent)]`"
)]
pub trait Member<'de>: DecodeEvent {}

#[diagnostic::do_not_recommend]
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

/// A set that may have `Deserialize`.
#[derive(Debug)]
pub struct SetReader<'de, T>(PhantomData<(&'de (), T)>);

impl<T> SetReader<'_, T> {
    /// The set of type `T`.
    pub const OF_SET: Self = Self(PhantomData);
}

impl<'de, T: Deserialize<'de>> SetReader<'de, T> {
    /// Says that the set has `Deserialize`.
    #[must_use]
    pub fn known_by(&self) -> ByPayload {
        ByPayload
    }
}

/// The fallback of the derive for a set without `Deserialize`.
pub trait WithoutDeserialize {
    /// Says that the set has no `Deserialize`.
    fn known_by(&self) -> ByType {
        ByType
    }
}

impl<T> WithoutDeserialize for SetReader<'_, T> {}

/// A reader that has the payload alone.
#[derive(Debug)]
pub struct ByPayload;

/// A reader that has the event's type too.
#[derive(Debug)]
pub struct ByType;

/// A reader that can distinguish the events of a set.
#[diagnostic::on_unimplemented(
    message = "a set of events cannot have `Deserialize`: the payload does not contain the event type",
    label = "remove `Deserialize` from this set",
    note = "read the set through its envelope, like `Envelope::<InviteEvent>::from_row(&row)`"
)]
pub trait TellsEventsApart {}

impl TellsEventsApart for ByType {}

/// Compiles where the set is read by the event's type.
pub fn require_reader<T: TellsEventsApart>(_: &T) {}
