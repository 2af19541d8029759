//! What a store keeps for a relay.

use std::time::Duration;

use crate::progress::Progress;

/// The right to deliver under a relay name, for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// The relay name.
    pub name: String,
    /// The process that owns the lease.
    pub owner: String,
    /// The number of the lease. Each lease of a name has a greater one than the lease before.
    pub epoch: i64,
    /// How long the lease lasts after each renewal.
    pub duration: Duration,
}

/// What a new owner finds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SavedState {
    /// The progress of the owners before.
    pub progress: Progress,
    /// The keys that have parked rows.
    pub parked: Vec<ParkedKey>,
    /// Traces of owners that ended without releasing their lease.
    pub unanswered: Unanswered,
}

/// A key that has parked rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParkedKey {
    /// The partition key.
    pub key: String,
    /// How many rows of the key are parked.
    pub rows: usize,
    /// `true` if one of them was rejected: the key is closed.
    pub is_closed: bool,
}

/// What points to an event that ends the process.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Unanswered {
    /// How many owners in a row have ended without releasing their lease and without getting past what they found.
    pub takeovers: u32,
    /// The event that was in flight alone when the last owner wrote this.
    pub suspect: Option<Suspect>,
}

/// An event that was sent alone, and whose answer is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Suspect {
    /// The row's number.
    pub seq: i64,
    /// How many times it was sent without an answer, this time included.
    pub attempts: u32,
}

/// What one [`save`](crate::Store::save) stores.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Change {
    /// Replaces the progress.
    pub progress: Progress,
    /// Rows that are parked from now on. A row that is parked already gets these values and keeps its `since`.
    pub parked: Vec<Park>,
    /// Rows that are parked no more. They are forgotten before [`parked`](Self::parked) is stored.
    pub unparked: Vec<Unpark>,
    /// Replaces what is unanswered.
    pub unanswered: Unanswered,
}

/// A row that is parked. The database's clock says since when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Park {
    /// The row's number.
    pub seq: i64,
    /// The partition key.
    pub key: String,
    /// Why the row waits.
    pub why: Why,
    /// How many times it was sent.
    pub attempts: u32,
    /// The last error.
    pub error: Option<String>,
}

/// Why a row is parked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Why {
    /// The sink has rejected the event, or the row is not an event. Its key is closed.
    Rejected,
    /// An earlier row of its key is parked.
    Behind,
}

impl Why {
    /// Returns the word in the table: `rejected` or `behind`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rejected => "rejected",
            Self::Behind => "behind",
        }
    }
}

/// A row that is parked no more, since it is delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unpark {
    /// The row's number.
    pub seq: i64,
    /// The partition key.
    pub key: String,
}

/// The state of a relay name, as the database shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct Status {
    /// The relay name.
    pub name: String,
    /// Who has the lease now, if anybody has.
    pub owner: Option<String>,
    /// The epoch of the last lease.
    pub epoch: i64,
    /// The low-water mark.
    pub low: i64,
    /// The highest number that is done.
    pub high: i64,
    /// How many ranges between `low` and `high` are neither done nor visible.
    pub open_holes: u64,
    /// How many visible rows are neither delivered nor parked.
    pub undelivered: u64,
    /// The age of the oldest of them in seconds, on the database's clock.
    pub oldest_seconds: Option<f64>,
    /// How many rows are parked: the rejected ones and those behind them.
    pub parked_events: u64,
    /// How many keys have parked rows.
    pub parked_keys: u64,
}
