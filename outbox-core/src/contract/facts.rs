//! Facts that the derive knows about an event beside its definition.

use std::fmt;

use super::constraints::SchemaRules;

/// The facts of one event. Members are named as in the payload.
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
    /// The facts of a hand-written event.
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
