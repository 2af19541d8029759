//! The published contract, from the same structs: JSON Schemas, an AsyncAPI document, a catalogue for people, and
//! the gate that keeps a change from breaking somebody. Needs the feature `schema`.
//!
//! An event derives `schemars::JsonSchema` beside the rest, and so do the types of its fields and its older
//! versions; a [`Catalog`] lists the events of a service, and the enum of a set needs no schema of its own.
//!
//! # The gate
//!
//! [`assert_compatible`] compares the events with a lock file, which has every form of them that was recorded in
//! their major version: rows and records of the first form may be stored still, and readers built on it deployed.
//! Both directions are checked, unless [`assert_compatible_with`] names one. Whatever is not told apart from a
//! break is taken for one. An event that does not read what it writes itself is refused as well.
//!
//! It goes by schemas, so it does not see what a schema does not say:
//!
//! - a rule that is a function, `custom`, `validate_with` or a `Validate` that is written by hand; the schema names
//!   it in a comment. The same holds for a generic type of which one parameter has such a `Validate`: its other rules
//!   are not in the schema either;
//! - `#[serde(alias = "...")]` and `#[serde(other)]`: what they make compatible is told as a break, to be recorded
//!   with `OUTBOX_UPDATE=breaking`;
//! - the keys of a map, but for those that are integers;
//! - the tag that `#[serde(tag = "...")]` adds to a struct;
//! - a type that stands for a parameter of a generic event or value: at a field without `nested` the rules that
//!   schemars writes stay in the schema.
//!
//! A rule counts where the event checks it: a type's rules are in the schema where a field has `nested`, and not at
//! another field. A rule that the schema has no place for is an error.
//!
//! The topic and the partition key belong to a major version: a new one may have others. The source may change.

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
