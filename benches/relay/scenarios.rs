//! The scenarios.

#[cfg(feature = "brokers")]
mod brokers;
mod cost;
mod drain;
mod flat;
mod held_snapshot;
mod idle;
mod latency;
mod memory;
mod parked;
mod slow_sink;

use std::error::Error;

#[cfg(feature = "brokers")]
pub(crate) use brokers::send;

use crate::database::Database;
use crate::table::Table;

/// Each ratio is of one round, in which other work on the machine slows down both sides alike. The result is the
/// median.
const ROUNDS: u64 = 3;

type Outcome = Result<(), Box<dyn Error>>;

pub(crate) struct Bench {
    pub(crate) database: Database,
    pub(crate) table: Table,
    pub(crate) divisor: u64,
}

impl Bench {
    fn size(&self, size: u64) -> u64 {
        (size / self.divisor).max(1_000)
    }
}

type Scenario = (&'static str, fn(&mut Bench) -> Outcome);

pub(crate) const ALL: &[Scenario] = &[
    ("drain", drain::run),
    ("slow-sink", slow_sink::run),
    ("flat", flat::run),
    ("held-snapshot", held_snapshot::run),
    ("memory", memory::run),
    ("idle", idle::run),
    ("latency", latency::run),
    ("cost", cost::run),
    ("parked", parked::run),
    #[cfg(feature = "brokers")]
    ("kafka", brokers::kafka),
    #[cfg(feature = "brokers")]
    ("nats", brokers::nats),
    #[cfg(feature = "brokers")]
    ("amqp", brokers::amqp),
    #[cfg(feature = "brokers")]
    ("http", brokers::http),
];
