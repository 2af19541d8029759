//! What only the derive's code uses; `__private` hands it out.

use std::fmt;

use schemars::JsonSchema;

use super::catalog::Catalog;
use super::published::Published;
use crate::event::OutboxEvent;

pub use super::constraints::{DescribeRules, NoRules, RulesOf, SchemaRules};

/// The facts that the derive knows of an event beside its definition. Members are named as in the payload.
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs, reason = "each is what its name says")]
pub struct EventFacts {
    pub aggregate_id: Option<&'static str>,
    pub partition_key: KeyFacts,
    pub occurred_at: Option<&'static str>,
    pub extensions: &'static [&'static str],
    pub describe: fn(&mut SchemaRules<'_>),
}

/// The parts of the partition key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is what its name says")]
pub enum KeyFacts {
    AggregateId,
    Members(&'static [&'static str]),
    Function(&'static str),
}

impl EventFacts {
    /// The facts of an event that is written by hand.
    pub(super) const BY_HAND: Self = Self {
        aggregate_id: None,
        partition_key: KeyFacts::AggregateId,
        occurred_at: None,
        extensions: &[],
        describe: |_| {},
    };
}

impl fmt::Display for KeyFacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AggregateId => f.write_str("the aggregate id"),
            Self::Members(names) => f.write_str(&names.join(", ")),
            Self::Function(path) => write!(f, "what `{path}` makes of the event"),
        }
    }
}

/// A struct whose contract is known. A derived impl asks for it with `for<'s>`, which the compiler leaves alone
/// until the impl is used.
#[diagnostic::on_unimplemented(
    message = "the contract of `{Self}` is not known",
    label = "`{Self}` has no JSON schema",
    note = "derive `schemars::JsonSchema` for it, and for the types of its fields"
)]
pub trait Described<'s>: OutboxEvent + JsonSchema {}

#[diagnostic::do_not_recommend]
impl<E: OutboxEvent + JsonSchema> Described<'_> for E {}

/// An event of a set whose contract is known.
#[diagnostic::on_unimplemented(
    message = "the contract of `{Self}` is not known",
    label = "`{Self}` has no JSON schema",
    note = "derive `schemars::JsonSchema` for it, and for the types of its fields"
)]
pub trait PublishedMember<'s>: Published {}

#[diagnostic::do_not_recommend]
impl<E: Published> PublishedMember<'_> for E {}

/// Adds an event to the catalogue.
#[track_caller]
pub fn publish_event<E: OutboxEvent + JsonSchema>(catalog: &mut Catalog, facts: EventFacts) {
    catalog.add_with::<E>(facts);
}

/// Adds an older version of an event to the catalogue.
#[track_caller]
pub fn publish_older<E: Published>(catalog: &mut Catalog) {
    catalog.add_older::<E>();
}
