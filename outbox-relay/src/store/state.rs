//! The state that a store keeps for a relay.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
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
    /// The time that the lease lasts after each renewal.
    pub duration: Duration,
}

/// The state that a new owner finds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SavedState {
    /// The progress of the owners before.
    pub progress: Progress,
    /// The keys that have parked rows.
    pub parked: Vec<ParkedKey>,
    /// Traces of owners that ended without releasing their lease.
    pub unanswered: Unanswered,
    /// The number of the last [`Opened`] key, at the moment at which `parked` was read. 0 if there is none.
    pub opened: i64,
}

/// A key that has parked rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParkedKey {
    /// The partition key.
    pub key: String,
    /// The number of parked rows of the key.
    pub rows: usize,
    /// `true` if one of them was rejected: the key is closed.
    pub is_closed: bool,
}

/// A key that an operator has opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// The number of the opening. They grow with each relay name, in the order in which they become visible.
    pub number: i64,
    /// The partition key.
    pub key: String,
}

/// The signs of an event that ends the process.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unanswered {
    /// The number of owners in a row that ended without releasing their lease and without getting past what they found.
    pub takeovers: u32,
    /// Events that were in flight alone when an owner ended.
    pub suspects: Suspects,
}

/// Events that were sent alone and have no answer, each with the number of attempts.
///
/// As text, it is the numbers with their attempts:
///
/// ```
/// use outbox_relay::store::Suspects;
///
/// let suspects: Suspects = "17:2,40:1".parse()?;
/// assert_eq!(suspects.attempts(17), 2);
/// assert_eq!(suspects.to_string(), "17:2,40:1");
/// # Ok::<(), outbox_relay::store::SuspectsError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Suspects(BTreeMap<i64, u32>);

impl Suspects {
    /// Returns `true` if there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns how many times the event of this number was sent without an answer.
    #[must_use]
    pub fn attempts(&self, seq: i64) -> u32 {
        self.0.get(&seq).copied().unwrap_or_default()
    }

    /// Counts an attempt that is about to be made.
    pub(crate) fn count(&mut self, seq: i64) {
        let attempts = self.0.entry(seq).or_default();
        *attempts = attempts.saturating_add(1);
    }

    /// Forgets an event that has an answer.
    pub(crate) fn clear(&mut self, seq: i64) {
        self.0.remove(&seq);
    }
}

impl fmt::Display for Suspects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, (seq, attempts)) in self.0.iter().enumerate() {
            let comma = if number == 0 { "" } else { "," };
            write!(f, "{comma}{seq}:{attempts}")?;
        }
        Ok(())
    }
}

impl FromStr for Suspects {
    type Err = SuspectsError;

    fn from_str(text: &str) -> Result<Self, SuspectsError> {
        let read = |suspect: &str| {
            let (seq, attempts) = suspect.split_once(':')?;
            Some((seq.parse().ok()?, attempts.parse().ok()?))
        };
        let mut suspects = text.split(',').filter(|suspect| !suspect.is_empty());
        let suspects = suspects.try_fold(BTreeMap::new(), |mut all, suspect| {
            let (seq, attempts) = read(suspect)?;
            all.insert(seq, attempts);
            Some(all)
        });
        suspects.map(Self).ok_or(SuspectsError(()))
    }
}

/// The error for a text that is not a list of [`Suspects`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SuspectsError(());

impl fmt::Display for SuspectsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the text is not a list of numbers with their attempts, like `17:2,40:1`")
    }
}

impl std::error::Error for SuspectsError {}

/// The change that one [`save`](crate::Store::save) stores.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Change {
    /// Replaces the progress.
    pub progress: Progress,
    /// Rows that are parked from now on. A row that is parked already gets these values and keeps its `since`.
    pub parked: Vec<Park>,
    /// Rows that are parked no more. None of them is in [`parked`](Self::parked); some may not be in the table.
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
    /// The number of times that it was sent.
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

    /// Reads the word in the table, whose constraint takes no third one.
    #[cfg(any(feature = "postgres", feature = "sqlite"))]
    pub(crate) fn of_word(word: &str) -> Self {
        match word {
            "rejected" => Self::Rejected,
            _ => Self::Behind,
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
    /// The owner of the lease now, if there is one.
    pub owner: Option<String>,
    /// The epoch of the last lease.
    pub epoch: i64,
    /// The low-water mark.
    pub low: i64,
    /// The highest number that is done.
    pub high: i64,
    /// The number of ranges between `low` and `high` that are neither done nor visible.
    pub open_holes: u64,
    /// The number of visible rows that are neither delivered nor parked.
    pub undelivered: u64,
    /// The age of the oldest of them in seconds, on the database's clock.
    pub oldest_seconds: Option<f64>,
    /// The number of parked rows: the rejected ones and those behind them.
    pub parked_events: u64,
    /// The number of keys with parked rows.
    pub parked_keys: u64,
}
