//! The published contract, from the same structs: JSON Schemas, an AsyncAPI document, a catalogue for people, and
//! the gate that keeps a change from breaking somebody. Needs the feature `schema`.
//!
//! An event derives `schemars::JsonSchema` beside the rest; a [`Catalog`] lists the events of a service, and the
//! enum of a set needs no schema of its own.

mod alternatives;
mod asyncapi;
mod catalog;
mod cloudevent;
mod fits;
mod gate;
mod lock;
mod markdown;
mod rules;
mod schema;
mod words;

pub use catalog::{Catalog, Published};
pub use gate::{
    Compatibility, Incompatible, Update, assert_compatible, assert_compatible_with,
    check_compatible,
};

#[doc(hidden)]
pub use catalog::{Described, EventFacts, KeyFacts, PublishedMember};
#[doc(hidden)]
pub use rules::{DescribeRules, Nested, NoRules, SchemaRules};
