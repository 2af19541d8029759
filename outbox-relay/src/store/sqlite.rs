//! The way to SQLite.

mod lease;
mod migrate;
mod operator;
mod read;
mod status;

use std::fmt;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::store::{
    Change, Content, How, Lease, Limit, Opened, Operator, ParkedFilter, ParkedHead, ParkedRow,
    SavedState, Snapshot, Status, Store, StoreError, Writers,
};

/// The time that a statement waits for another connection that writes.
const BUSY: Duration = Duration::from_secs(5);

/// A [`Store`] in an SQLite database.
///
/// It has one connection, and runs its statements on tokio's threads for blocking calls. Other connections and
/// processes can write at the same time. A database in WAL mode lets them write while the relay reads.
#[derive(Clone)]
pub struct Sqlite {
    path: PathBuf,
    connection: Arc<Mutex<Connection>>,
}

impl Sqlite {
    /// The SQL that creates the relay's tables `outbox_relay`, `outbox_parked` and `outbox_opened`, unless they
    /// exist.
    pub const CREATE_TABLES: &str = include_str!("sqlite/create_tables.sql");

    /// Opens the database of a file that exists.
    ///
    /// # Errors
    ///
    /// [`StoreError::Refused`] if there is no such file, or it is not a database.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        Self::open_with(path.as_ref(), OpenFlags::SQLITE_OPEN_READ_WRITE).await
    }

    /// Opens the database of a file, and creates the file if there is none. [`migrate`](Self::migrate) then creates
    /// the tables.
    ///
    /// # Errors
    ///
    /// [`StoreError::Refused`] if the file cannot be created, or it is not a database.
    pub async fn create(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
        Self::open_with(path.as_ref(), flags).await
    }

    /// Creates the tables of the outbox and the relay, unless they exist, and upgrades an outbox of an older form. All
    /// or nothing. Returns what it did, a sentence for each change.
    ///
    /// # Errors
    ///
    /// [`StoreError::Refused`] if `outbox` is not the table of `outbox-core`.
    pub async fn migrate(&self) -> Result<Vec<String>, StoreError> {
        self.run(migrate::migrate).await
    }

    async fn open_with(path: &Path, flags: OpenFlags) -> Result<Self, StoreError> {
        let path = path.to_owned();
        blocking(move || {
            let open = || {
                let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX;
                let connection = Connection::open_with_flags(&path, flags)?;
                connection.busy_timeout(BUSY)?;
                connection.set_prepared_statement_cache_capacity(32);
                // A file that is not a database shows it at the first read.
                connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
                Ok(connection)
            };
            let connection = open().map_err(|error: rusqlite::Error| {
                let remedy = "name the file of the service's database, or create it with `outbox-relay migrate`";
                StoreError::refused(format!("cannot open `{}`: {error}; {remedy}", path.display()))
            })?;
            let connection = Arc::new(Mutex::new(connection));
            Ok(Self { path, connection })
        })
        .await
    }

    /// Runs statements where they may block.
    async fn run<T: Send + 'static>(
        &self,
        statements: impl FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let connection = Arc::clone(&self.connection);
        // A panic leaves no transaction open: it is rolled back when it is dropped.
        blocking(move || statements(&mut connection.lock().unwrap_or_else(PoisonError::into_inner)))
            .await
    }
}

impl fmt::Debug for Sqlite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut store = f.debug_struct("Sqlite");
        store.field("path", &self.path).finish_non_exhaustive()
    }
}

impl Store for Sqlite {
    async fn check(&self) -> Result<(), StoreError> {
        self.run(|connection| migrate::check(connection)).await
    }

    async fn acquire(
        &self,
        name: &str,
        owner: &str,
        duration: Duration,
    ) -> Result<Option<(Lease, SavedState)>, StoreError> {
        let (name, owner) = (name.to_owned(), owner.to_owned());
        self.run(move |connection| lease::acquire(connection, name, owner, duration))
            .await
    }

    async fn renew(&self, lease: &Lease) -> Result<(), StoreError> {
        let lease = lease.clone();
        self.run(move |connection| lease::renew(connection, &lease))
            .await
    }

    async fn release(&self, lease: &Lease) -> Result<(), StoreError> {
        let lease = lease.clone();
        self.run(move |connection| lease::release(connection, &lease))
            .await
    }

    async fn read(
        &self,
        ranges: &[RangeInclusive<i64>],
        limit: Limit,
    ) -> Result<Snapshot, StoreError> {
        let ranges = ranges.to_owned();
        self.run(move |connection| read::read(connection, &ranges, limit))
            .await
    }

    /// Returns none: SQLite has one writer at a time, and gives back the numbers of a transaction that it rolls back.
    async fn writers(&self) -> Result<Writers, StoreError> {
        Ok(Writers::new())
    }

    async fn save(&self, lease: &Lease, change: &Change) -> Result<(), StoreError> {
        let (lease, change) = (lease.clone(), change.clone());
        self.run(move |connection| lease::save(connection, &lease, &change))
            .await
    }

    async fn parked(&self, name: &str, key: &str, limit: Limit) -> Result<Snapshot, StoreError> {
        let (name, key) = (name.to_owned(), key.to_owned());
        self.run(move |connection| read::parked(connection, &name, &key, limit))
            .await
    }

    async fn opened(
        &self,
        name: &str,
        after: i64,
        limit: usize,
    ) -> Result<Vec<Opened>, StoreError> {
        let name = name.to_owned();
        self.run(move |connection| operator::opened(connection, &name, after, limit))
            .await
    }

    async fn clean(&self, older_than: Duration, limit: usize) -> Result<usize, StoreError> {
        self.run(move |connection| {
            let mut clean = connection
                .prepare_cached(include_str!("sqlite/clean.sql"))
                .map_err(sorted)?;
            clean
                .execute((ago(older_than), count(limit)))
                .map_err(sorted)
        })
        .await
    }

    async fn status(&self, name: &str) -> Result<Status, StoreError> {
        let name = name.to_owned();
        self.run(move |connection| status::status(connection, &name))
            .await
    }
}

impl Operator for Sqlite {
    async fn parked_heads(
        &self,
        name: &str,
        filter: &ParkedFilter,
    ) -> Result<Vec<ParkedHead>, StoreError> {
        let (name, filter) = (name.to_owned(), filter.clone());
        self.run(move |connection| operator::heads(connection, &name, &filter))
            .await
    }

    async fn parked_rows(
        &self,
        name: &str,
        filter: &ParkedFilter,
        after: i64,
        limit: usize,
    ) -> Result<Vec<ParkedRow>, StoreError> {
        let (name, filter) = (name.to_owned(), filter.clone());
        self.run(move |connection| operator::rows(connection, &name, &filter, after, limit))
            .await
    }

    async fn open_keys(&self, name: &str, seqs: &[i64], how: How) -> Result<Vec<i64>, StoreError> {
        let (name, seqs) = (name.to_owned(), seqs.to_owned());
        self.run(move |connection| operator::open(connection, &name, &seqs, how))
            .await
    }

    async fn contents(&self) -> Result<Vec<Content>, StoreError> {
        self.run(|connection| operator::contents(connection)).await
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => Err(StoreError::unavailable(error)),
    }
}

/// Sorts an error of SQLite: what passes by itself, and what does not.
#[expect(clippy::needless_pass_by_value, reason = "for `map_err`")]
fn sorted(error: rusqlite::Error) -> StoreError {
    let message = error.to_string();
    match error.sqlite_error_code() {
        Some(
            ErrorCode::DatabaseBusy
            | ErrorCode::DatabaseLocked
            | ErrorCode::CannotOpen
            | ErrorCode::DiskFull
            | ErrorCode::OutOfMemory
            | ErrorCode::SystemIoFailure
            | ErrorCode::OperationInterrupted
            | ErrorCode::SchemaChanged,
        ) => StoreError::unavailable(message),
        _ => StoreError::refused(message),
    }
}

/// Returns a modifier of SQLite's times: so long after.
fn after(duration: Duration) -> String {
    format!("+{:.3} seconds", duration.as_secs_f64().min(LONGEST))
}

/// Returns a modifier of SQLite's times: so long before.
fn ago(duration: Duration) -> String {
    format!("-{:.3} seconds", duration.as_secs_f64().min(LONGEST))
}

/// A thousand years in seconds, which SQLite's times can show.
const LONGEST: f64 = 3.2e10;

fn count(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
