//! The published contract, from the same structs: JSON Schemas, an AsyncAPI document, a catalogue for people, and
//! a gate against breaking changes. Needs the feature `schema`.
//!
//! Derive `schemars::JsonSchema` for an event, the types of its fields and its older versions. The enum of
//! a set needs no schema of its own. A [`Catalog`] lists the events of a service.
//!
//! # The gate
//!
//! [`assert_compatible`] compares the events with a lock file. The check covers every recorded schema of a major
//! version, not only the latest: events and readers of the first schema may still be in use. Both directions are
//! checked, unless [`assert_compatible_with`] names one. A change that the gate cannot judge counts as a break.
//! An event that cannot read what it writes is refused too.
//!
//! It compares schemas, so it does not see what a schema cannot express:
//!
//! - a rule that is a function: `custom`, `validate_with` or a hand-written `Validate`. The schema names the function
//!   in a comment. If a parameter of a generic type has such a `Validate`, the schema lacks the type's other rules
//!   too;
//! - `#[serde(alias = "...")]` and `#[serde(other)]`: a change that they make compatible is reported as a break;
//!   record it with `OUTBOX_UPDATE=breaking`;
//! - the keys of a map, unless they are integers;
//! - the tag that `#[serde(tag = "...")]` adds to a struct;
//! - a type argument of a generic event or value: at a field without `nested`, the rules that schemars writes
//!   stay in the schema.
//!
//! A rule counts where the event checks it: a type's rules are in the schema of a field with `nested`, and of no
//! other field. A rule that the schema has no place for is an error.
//!
//! The topic and the partition key belong to a major version: a new major version may change them. The source
//! may always change.

mod alternatives;
mod asyncapi;
mod both_ways;
mod catalog;
mod constraints;
pub(crate) mod derived;
mod entry;
mod event_schema;
mod facts;
mod fits;
mod gate;
mod lock;
mod markdown;
mod payload_schema;
mod places;
mod published;
mod references;
mod sorted_members;
mod unread;
mod variants;
mod words;

pub use crate::recorded::Update;
pub use catalog::Catalog;
pub use gate::{
    Compatibility, Incompatible, assert_compatible, assert_compatible_with, check_compatible,
};
pub use published::Published;
