//! The way to PostgreSQL.

mod address;
mod check;
mod error;
mod facts;
mod lease;
mod link;
mod migrate;
mod names;
mod operator;
mod partitions;
mod read;
mod rights;
mod row;
mod status;
mod tls;

use std::fmt;
use std::ops::RangeInclusive;
use std::sync::atomic::AtomicI64;
use std::time::Duration;

use tokio::sync::OnceCell;
use tokio_postgres::types::Type;

use crate::store::{
    Change, Content, How, Lease, Limit, Opened, Operator, ParkedFilter, ParkedHead, ParkedRow,
    SavedState, Snapshot, Status, Store, StoreError, Writers,
};
use address::Address;
use link::Link;
use names::Names;
use rights::Task;

/// A [`Store`] in PostgreSQL 12 or newer.
///
/// It has up to three connections, and opens them when they are needed.
///
/// # The address
///
/// `postgres://user:password@host:5432/database`, with the parameters of
/// `tokio_postgres::Config` and these:
///
/// | parameter | value |
/// |---|---|
/// | `sslmode` | `disable`, `prefer` (the default), `require`, `verify-ca` or `verify-full`, as in libpq. Only the last two check who answers |
/// | `sslrootcert` | a PEM file of the certificates to trust, or `system`; the system's by default |
/// | `sslcert`, `sslkey` | PEM files of the client's certificate and key |
/// | `schema` | the schema of the outbox; the first one of the `search_path` that has the table by default |
/// | `table` | the name of the outbox table, `outbox` by default. `table=shop_outbox` has `shop_outbox_relay`, `shop_outbox_parked` and `shop_outbox_opened` beside it |
///
/// # Poolers
///
/// The store works behind a pooler that gives a session for one transaction, such as pgbouncer: nothing depends on the
/// state of a session. Name the schema with `schema=` there, since the pooler may refuse `options=-c search_path=..`.
///
/// # Rights
///
/// The relay's role needs `USAGE` on the schema, `SELECT` and `DELETE` on `outbox`, `SELECT`, `INSERT` and `UPDATE` on
/// `outbox_relay`, the same and `DELETE` on `outbox_parked`, and `SELECT` on `outbox_opened`. An [`Operator`] needs
/// `SELECT` on all four, `UPDATE` on `outbox_relay`, `UPDATE` and `DELETE` on `outbox_parked`, and `INSERT` and `DELETE`
/// on `outbox_opened`. [`migrate`](Self::migrate) needs the right to create the tables.
///
/// # Cleaning
///
/// [`clean`](Store::clean) deletes in steps: one statement, and so one transaction, for at most `limit` rows. It locks
/// the rows that it deletes, which nobody else writes.
///
/// An outbox of [`CREATE_PARTITIONED_TABLE`](outbox_core::row::postgres::CREATE_PARTITIONED_TABLE) is cleaned by
/// dropping partitions. `clean` drops a partition if each of its rows is delivered by every relay, none is parked, and
/// the last one is old enough. A partition counts as `limit` rows. It needs the table for itself, waits up to 100 ms
/// for that and otherwise leaves it to a later call; writers never wait longer than that. `clean` and
/// [`check`](Store::check) also add partitions for new rows. Rows of the default partition are deleted in steps.
///
/// The role needs `SELECT` and `DELETE` on `outbox_default`, and `EXECUTE` on `outbox_partitions()`,
/// `outbox_add_partitions(int, bigint)` and `outbox_drop_partition(bigint)`. A relay that keeps its rows forever does
/// not clean, so let a job call `outbox_add_partitions()`.
pub struct Postgres {
    address: Address,
    names: OnceCell<Names>,
    /// For the lease and the progress, which wait for nothing else.
    lease: Link,
    /// For the rows and their writers.
    rows: Link,
    /// For whatever can take long.
    chores: Link,
    /// The last row that this pass of [`Store::clean`] has seen. The next step does not search the deleted rows again.
    cleaned: AtomicI64,
}

impl Postgres {
    /// The SQL that creates the relay's tables `outbox_relay`, `outbox_parked` and `outbox_opened`, unless they exist.
    /// For an outbox of another name, replace the word `outbox`.
    pub const CREATE_TABLES: &str = include_str!("postgres/create_tables.sql");

    /// Makes a store of an address. It connects when it is first used.
    ///
    /// # Errors
    ///
    /// [`StoreError::Refused`] if the address cannot be read, or a file that it names.
    pub fn new(url: &str) -> Result<Self, StoreError> {
        Ok(Self {
            address: Address::parse(url)?,
            names: OnceCell::new(),
            lease: Link::default(),
            rows: Link::default(),
            chores: Link::default(),
            cleaned: AtomicI64::new(0),
        })
    }

    /// Creates the tables of the outbox and the relay, unless they exist, and upgrades an outbox of an older form. All
    /// or nothing. Returns what it did, a sentence for each change.
    ///
    /// An upgrade locks the table, see [`UPGRADE`](outbox_core::row::postgres::UPGRADE). It gives up if it has to wait
    /// ten seconds for the lock.
    ///
    /// # Errors
    ///
    /// [`StoreError::Refused`] if the outbox is not a table, or is not the table of `outbox-core`, or the role must not
    /// create tables.
    pub async fn migrate(&self) -> Result<Vec<String>, StoreError> {
        migrate::migrate(&self.address).await
    }

    /// Returns the names of the tables. The first call finds the schema.
    async fn names(&self, link: &Link) -> Result<&Names, StoreError> {
        let find = async || {
            let Address { schema, table, .. } = &self.address;
            if let Some(schema) = schema {
                return Ok(Names::new(schema, table));
            }
            let parameters = [(table as _, Type::TEXT)];
            let found = link
                .rows(
                    &self.address,
                    include_str!("postgres/find.sql"),
                    &parameters,
                )
                .await?;
            let schema: Option<String> = found.first().and_then(|row| row.try_get(0).ok());
            schema
                .map(|schema| Names::new(&schema, table))
                .ok_or_else(|| check::missing(table, "the schemas of the search path"))
        };
        self.names.get_or_try_init(find).await
    }
}

/// Writes the address without the password.
impl fmt::Debug for Postgres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut store = f.debug_struct("Postgres");
        store.field("address", &format_args!("{}", self.address));
        store
            .field("names", &self.names.get())
            .finish_non_exhaustive()
    }
}

impl Store for Postgres {
    async fn check(&self) -> Result<(), StoreError> {
        check::check(&self.address, &self.chores).await
    }

    async fn acquire(
        &self,
        name: &str,
        owner: &str,
        duration: Duration,
    ) -> Result<Option<(Lease, SavedState)>, StoreError> {
        self.acquire_lease(name, owner, duration).await
    }

    async fn renew(&self, lease: &Lease) -> Result<(), StoreError> {
        self.renew_lease(lease).await
    }

    async fn release(&self, lease: &Lease) -> Result<(), StoreError> {
        self.release_lease(lease).await
    }

    async fn read(
        &self,
        ranges: &[RangeInclusive<i64>],
        limit: Limit,
    ) -> Result<Snapshot, StoreError> {
        let read = self.read_ranges(ranges, limit).await;
        self.explained(read, Task::Look).await
    }

    async fn writers(&self) -> Result<Writers, StoreError> {
        self.find_writers().await
    }

    async fn save(&self, lease: &Lease, change: &Change) -> Result<(), StoreError> {
        self.save_change(lease, change).await
    }

    async fn parked(&self, name: &str, key: &str, limit: Limit) -> Result<Snapshot, StoreError> {
        self.read_parked(name, key, limit).await
    }

    async fn opened(
        &self,
        name: &str,
        after: i64,
        limit: usize,
    ) -> Result<Vec<Opened>, StoreError> {
        self.read_opened(name, after, limit).await
    }

    async fn clean(&self, older_than: Duration, limit: usize) -> Result<usize, StoreError> {
        self.clean_up(older_than, limit).await
    }

    async fn status(&self, name: &str) -> Result<Status, StoreError> {
        let read = self.read_status(name).await;
        self.explained(read, Task::Look).await
    }
}

impl Operator for Postgres {
    async fn parked_heads(
        &self,
        name: &str,
        filter: &ParkedFilter,
    ) -> Result<Vec<ParkedHead>, StoreError> {
        let read = self.read_heads(name, filter).await;
        self.explained(read, Task::Look).await
    }

    async fn parked_rows(
        &self,
        name: &str,
        filter: &ParkedFilter,
        after: i64,
        limit: usize,
    ) -> Result<Vec<ParkedRow>, StoreError> {
        let read = self.read_parked_rows(name, filter, after, limit).await;
        self.explained(read, Task::Look).await
    }

    async fn open_keys(&self, name: &str, seqs: &[i64], how: How) -> Result<Vec<i64>, StoreError> {
        let changed = self.change_rejected(name, seqs, how).await;
        self.explained(changed, Task::Operate).await
    }

    async fn contents(&self) -> Result<Vec<Content>, StoreError> {
        self.read_contents().await
    }
}

/// Returns a duration in seconds, as an interval of PostgreSQL can hold it: a thousand years at most.
fn seconds(duration: Duration) -> f64 {
    const THOUSAND_YEARS: Duration = Duration::from_secs(31_556_952_000);
    duration.min(THOUSAND_YEARS).as_secs_f64()
}
