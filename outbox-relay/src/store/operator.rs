//! The way of an operator to the parked events, and to what the table holds.

use chrono::{DateTime, Utc};

use super::error::StoreError;
use super::state::Park;

/// A store whose parked events can be shown, retried and skipped, while a relay runs or not.
///
/// A key is *closed* while one of its parked rows is [`Rejected`](super::Why::Rejected). To open a key is to change
/// that row. A running owner hears of it by [`Store::opened`](super::Store::opened), and the next owner finds the key
/// open.
///
/// # Laws
///
/// [`conformance`](crate::conformance) checks them.
///
/// 1. **Only rejected rows.** [`open_keys`](Self::open_keys) changes a row that is parked as rejected, and no other one. It
///    returns the numbers of the rows that it has changed.
/// 2. **Nothing is lost.** A row that is retried stays parked, behind nothing: its key is delivered in the order of
///    `seq`. A row that is skipped leaves the parked rows, and its record stays.
/// 3. **Openings are heard.** An owner that took its lease before an opening gets the opening from `opened`, once, with
///    a number above [`SavedState::opened`](super::SavedState::opened). An owner that took it later finds the key open.
///    Openings become visible in the order of their numbers.
/// 4. **Without a lease.** Nothing here takes a lease or changes the progress.
pub trait Operator: Send + Sync {
    /// Returns the keys that have parked rows, each with its head, in the order of the heads' numbers.
    fn parked_heads(
        &self,
        name: &str,
        filter: &ParkedFilter,
    ) -> impl Future<Output = Result<Vec<ParkedHead>, StoreError>> + Send;

    /// Returns the parked rows with numbers above `after`, in the order of `seq`, at most `limit`. A filter by `seq`
    /// returns that row alone.
    fn parked_rows(
        &self,
        name: &str,
        filter: &ParkedFilter,
        after: i64,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<ParkedRow>, StoreError>> + Send;

    /// Opens the keys of these rejected rows, all or none. Returns the numbers of the rows that were parked as
    /// rejected. The others are not rejected any more, since a relay or another operator was faster.
    fn open_keys(
        &self,
        name: &str,
        seqs: &[i64],
        how: How,
    ) -> impl Future<Output = Result<Vec<i64>, StoreError>> + Send;

    /// Counts the rows of each type and topic in the table, by type and then by topic. It reads the whole table.
    fn contents(&self) -> impl Future<Output = Result<Vec<Content>, StoreError>> + Send;
}

/// The rows of one type and one topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// The column `type`.
    pub event_type: String,
    /// The column `topic`.
    pub topic: String,
    /// The number of rows.
    pub rows: u64,
}

/// A way to open a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum How {
    /// The rejected event is sent again, and then the rest of its key.
    Retry,
    /// The rejected event is dropped, and the rest of its key is sent.
    Skip,
}

impl How {
    /// Returns the word in the table: `retry` or `skip`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Retry => "retry",
            Self::Skip => "skip",
        }
    }
}

/// A choice of parked rows: all of them, unless a field is set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ParkedFilter {
    /// The rows of this partition key.
    pub key: Option<String>,
    /// The row of this number; of heads, that of the row's key.
    pub seq: Option<i64>,
}

/// A key with parked rows, and the row that holds it up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParkedHead {
    /// The rejected row of the key, or the first one if none is rejected. Then the key is being delivered.
    pub row: ParkedRow,
    /// The number of parked rows of the key, this one included.
    pub rows: u64,
}

/// A parked row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParkedRow {
    /// The row's number, its key, and why it waits.
    pub park: Park,
    /// When the row was parked, on the database's clock.
    pub since: DateTime<Utc>,
}
