//! The way to the database.
//!
//! # The tables
//!
//! Beside the table `outbox` of `outbox-core`, a SQL store has three tables. They have the same columns in each
//! database, and live in the schema of `outbox`.
//!
//! `outbox_relay` has one row for each relay name. It is updated once per batch:
//!
//! | column | type | value |
//! |---|---|---|
//! | `name` | text, primary key | the relay name |
//! | `owner` | text | who has the lease; `NULL` after it was released |
//! | `epoch` | bigint | the number of the last lease |
//! | `leaseuntil` | time | the end of the lease, on the database's clock |
//! | `low` | bigint | [`Progress::low`] |
//! | `done` | text | [`Progress::done`], as [`Ranges`](crate::Ranges) writes it |
//! | `takeovers` | integer | [`Unanswered::takeovers`] |
//! | `suspects` | text | [`Unanswered::suspects`], as [`Suspects`] writes it |
//!
//! `outbox_parked` has one row for each parked event, with the primary key (`name`, `seq`), an index of (`name`,
//! `key`, `seq`), and an index of the rejected rows:
//!
//! | column | type | value |
//! |---|---|---|
//! | `name` | text | the relay name |
//! | `seq` | bigint | the row's number |
//! | `key` | text | the partition key |
//! | `why` | text | `rejected` or `behind` |
//! | `attempts` | integer | how many times the event was sent |
//! | `error` | text | the last error |
//! | `since` | time | when the event was parked, on the database's clock |
//!
//! `outbox_opened` has one row for each time that an operator has opened a key, with the primary key (`name`,
//! `number`). The running owner reads it about once a second while a key is closed. It is also the record of the events
//! that were skipped:
//!
//! | column | type | value |
//! |---|---|---|
//! | `name` | text | the relay name |
//! | `number` | bigint | 1, 2, 3, ... for each relay name |
//! | `key` | text | the partition key |
//! | `how` | text | `retry` or `skip` |
//! | `seq` | bigint | the number of the rejected row |
//! | `attempts` | integer | how many times the event was sent |
//! | `error` | text | its last error |
//! | `since` | time | when the event was parked |
//! | `openedat` | time | when the operator has opened the key |
//!
//! The row of a retry is deleted by a later retry, after a day. The row of a skip stays.

mod error;
mod operator;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;
mod state;

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::time::Duration;

use crate::event::StoredEvent;

pub use crate::progress::Progress;
pub use error::StoreError;
pub use operator::{Content, How, Operator, ParkedFilter, ParkedHead, ParkedRow};
#[cfg(feature = "postgres")]
pub use postgres::Postgres;
#[cfg(feature = "sqlite")]
pub use sqlite::Sqlite;
pub use state::{
    Change, Lease, Opened, Park, ParkedKey, SavedState, Status, Suspects, SuspectsError,
    Unanswered, Unpark, Why,
};

/// A database with an outbox table and the relay's own tables.
///
/// # Laws
///
/// The relay's guarantee holds for every store that keeps these laws. [`conformance`](crate::conformance)
/// checks them.
///
/// 1. **One snapshot.** [`read`](Self::read) returns what was committed at one moment, after the call began. If the
///    INSERT of a row ran after the commit of another row, and the row is returned, so is the other one, or it is not
///    in the ranges that were asked for.
/// 2. **In the order of `seq`, without omission.** `read` returns every visible row of the ranges up to the last row
///    that it returns. [`Snapshot::is_complete`] means that it returns every visible row of the ranges.
/// 3. **Every writer.** [`writers`](Self::writers) returns every transaction that had begun to number a row before
///    the call began and has not ended: each session that holds `ROW EXCLUSIVE` or a stronger lock on the table, and
///    each prepared transaction that does.
/// 4. **One owner.** While a lease lasts, on the database's clock, [`acquire`](Self::acquire) gives no other owner
///    the name. The epoch of a lease is greater than that of every earlier lease of the name.
/// 5. **Fenced.** After a lease was followed by another one, [`renew`](Self::renew), [`release`](Self::release) and
///    [`save`](Self::save) fail with [`StoreError::LeaseLost`] and change nothing. A lease that has run out and was
///    not followed by another one still works.
/// 6. **All or nothing.** `save` stores the whole change in one transaction. `acquire` returns what the last `save`
///    has stored.
/// 7. **Cleaning loses nothing.** [`clean`](Self::clean) deletes only rows at or below the low-water mark of *every*
///    relay name, that no relay has parked.
/// 8. **The status is the table's.** [`status`](Self::status) counts what the database shows, and changes nothing.
///
/// Methods can be called at the same time, from one task. A future can be dropped: its statement then runs or does not.
pub trait Store: Send + Sync {
    /// Checks what would break the guarantee: a missing table or column, an outbox that is a view, a sequence that
    /// caches numbers (`CACHE` above 1), counts down or cycles.
    ///
    /// # Errors
    ///
    /// [`StoreError::Refused`] with the remedy.
    fn check(&self) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Takes the lease of a relay name for a duration, unless another owner has it. An owner can take its own lease
    /// again, with a new epoch.
    ///
    /// The first call for a name creates its row, with nothing done. If the lease before was neither released nor
    /// the owner's own, [`Unanswered::takeovers`] grows by one; a lease that was released sets it to 0.
    fn acquire(
        &self,
        name: &str,
        owner: &str,
        duration: Duration,
    ) -> impl Future<Output = Result<Option<(Lease, SavedState)>, StoreError>> + Send;

    /// Makes the lease last for its duration from now on.
    fn renew(&self, lease: &Lease) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Gives the lease up, so that another owner can take it at once.
    fn release(&self, lease: &Lease) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Reads the rows whose `seq` is in the ranges, in the order of `seq`, until the limit is reached. The ranges
    /// are ascending and disjoint; the last one usually ends with [`i64::MAX`].
    fn read(
        &self,
        ranges: &[RangeInclusive<i64>],
        limit: Limit,
    ) -> impl Future<Output = Result<Snapshot, StoreError>> + Send;

    /// Returns the transactions that could still commit a row with a number that was given before this call.
    fn writers(&self) -> impl Future<Output = Result<Writers, StoreError>> + Send;

    /// Stores the progress and what was parked, and renews the lease.
    fn save(
        &self,
        lease: &Lease,
        change: &Change,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Reads the parked rows of a key, in the order of `seq`, until the limit is reached.
    fn parked(
        &self,
        name: &str,
        key: &str,
        limit: Limit,
    ) -> impl Future<Output = Result<Snapshot, StoreError>> + Send;

    /// Returns the keys that an operator has opened after the opening of this number, the earliest first, at most
    /// `limit`. The relay calls it about once a second while a key is closed.
    ///
    /// A store that is not an [`Operator`] keeps this default, which returns none.
    fn opened(
        &self,
        name: &str,
        after: i64,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Opened>, StoreError>> + Send {
        let _ = (name, after, limit);
        std::future::ready(Ok(Vec::new()))
    }

    /// Deletes up to `limit` delivered rows that were inserted longer ago than this, and returns how many. See the
    /// seventh law. The relay calls it again until it returns fewer than `limit`. A store that drops a whole part of
    /// the table at once returns `limit` for it.
    fn clean(
        &self,
        older_than: Duration,
        limit: usize,
    ) -> impl Future<Output = Result<usize, StoreError>> + Send;

    /// Returns the state of a relay name as the database shows it. A name that no relay has used yet has delivered
    /// nothing.
    fn status(&self, name: &str) -> impl Future<Output = Result<Status, StoreError>> + Send;
}

/// A limit for one read. If the first row alone exceeds the bytes, the read returns that row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// The greatest number of rows.
    pub rows: usize,
    /// The greatest sum of [`StoredEvent::size`].
    pub bytes: usize,
}

/// The rows that one read found.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// The rows, in the order of `seq`.
    pub events: Vec<StoredEvent>,
    /// `true` if these are all visible rows of the ranges, `false` if the limit ended the read.
    pub is_complete: bool,
}

/// A transaction that can commit rows, as the database names it. While it lives, it keeps its name, but for one case:
/// a session that prepares its transaction (`PREPARE TRANSACTION`) goes on as a prepared one with another name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Writer {
    /// A transaction of a session, such as PostgreSQL's virtual transaction id.
    Session(String),
    /// A prepared transaction.
    Prepared(String),
}

/// The transactions that hold a writer's lock on the table at one moment.
pub type Writers = BTreeSet<Writer>;
