//! The database that a URL names.

use std::error::Error;
use std::ops::RangeInclusive;
use std::time::Duration;

#[cfg(feature = "postgres")]
use outbox_relay::store::Postgres;
#[cfg(feature = "sqlite")]
use outbox_relay::store::Sqlite;
use outbox_relay::store::{
    Change, Content, How, Lease, Limit, Opened, Operator, ParkedFilter, ParkedHead, ParkedRow,
    SavedState, Snapshot, Status, Writers,
};
use outbox_relay::{Store, StoreError};

use crate::usage::Usage;

/// Either of the stores.
pub(crate) enum Database {
    #[cfg(feature = "postgres")]
    Postgres(Box<Postgres>),
    #[cfg(feature = "sqlite")]
    Sqlite(Sqlite),
}

/// The database that a URL names, by its scheme.
enum Kind<'a> {
    Postgres,
    Sqlite(&'a str),
}

fn kind(url: &str) -> Result<Kind<'_>, Usage> {
    if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        return Ok(Kind::Postgres);
    }
    match url.strip_prefix("sqlite:") {
        Some("") => Err(Usage(
            "the URL names no file; write `sqlite:` and the path of the database".to_owned(),
        )),
        Some(path) => Ok(Kind::Sqlite(path)),
        // The URL itself can have a password.
        None => Err(Usage(
            "the database's URL begins with neither `postgres://` nor `sqlite:`; write one of these".to_owned(),
        )),
    }
}

impl Database {
    /// Opens a database that exists. PostgreSQL is connected to when it is first used.
    pub(crate) async fn open(url: &str) -> Result<Self, Box<dyn Error>> {
        match kind(url)? {
            #[cfg(feature = "postgres")]
            Kind::Postgres => Ok(Self::Postgres(Box::new(postgres(url)?))),
            #[cfg(feature = "sqlite")]
            Kind::Sqlite(path) => Ok(Self::Sqlite(Sqlite::open(path).await?)),
            #[cfg(not(all(feature = "postgres", feature = "sqlite")))]
            _ => Err(Usage(NOT_BUILT.to_owned()).into()),
        }
    }

    /// Creates or upgrades the tables, and an SQLite database where there is none.
    pub(crate) async fn migrate(url: &str) -> Result<Vec<String>, Box<dyn Error>> {
        match kind(url)? {
            #[cfg(feature = "postgres")]
            Kind::Postgres => Ok(postgres(url)?.migrate().await?),
            #[cfg(feature = "sqlite")]
            Kind::Sqlite(path) => Ok(Sqlite::create(path).await?.migrate().await?),
            #[cfg(not(all(feature = "postgres", feature = "sqlite")))]
            _ => Err(Usage(NOT_BUILT.to_owned()).into()),
        }
    }
}

/// Makes the store of an address, which is not connected to yet.
#[cfg(feature = "postgres")]
fn postgres(url: &str) -> Result<Postgres, Usage> {
    Postgres::new(url).map_err(|error| Usage(error.to_string()))
}

#[cfg(not(all(feature = "postgres", feature = "sqlite")))]
const NOT_BUILT: &str = "this program was built without that database; build it with the feature `postgres` or `sqlite`";

macro_rules! delegate {
    ($self:ident, $store:ident => $call:expr) => {
        match $self {
            #[cfg(feature = "postgres")]
            Database::Postgres($store) => $call,
            #[cfg(feature = "sqlite")]
            Database::Sqlite($store) => $call,
        }
    };
}

impl Store for Database {
    async fn check(&self) -> Result<(), StoreError> {
        delegate!(self, store => store.check().await)
    }

    async fn acquire(
        &self,
        name: &str,
        owner: &str,
        duration: Duration,
    ) -> Result<Option<(Lease, SavedState)>, StoreError> {
        delegate!(self, store => store.acquire(name, owner, duration).await)
    }

    async fn renew(&self, lease: &Lease) -> Result<(), StoreError> {
        delegate!(self, store => store.renew(lease).await)
    }

    async fn release(&self, lease: &Lease) -> Result<(), StoreError> {
        delegate!(self, store => store.release(lease).await)
    }

    async fn read(
        &self,
        ranges: &[RangeInclusive<i64>],
        limit: Limit,
    ) -> Result<Snapshot, StoreError> {
        delegate!(self, store => store.read(ranges, limit).await)
    }

    async fn writers(&self) -> Result<Writers, StoreError> {
        delegate!(self, store => store.writers().await)
    }

    async fn save(&self, lease: &Lease, change: &Change) -> Result<(), StoreError> {
        delegate!(self, store => store.save(lease, change).await)
    }

    async fn parked(&self, name: &str, key: &str, limit: Limit) -> Result<Snapshot, StoreError> {
        delegate!(self, store => store.parked(name, key, limit).await)
    }

    async fn opened(
        &self,
        name: &str,
        after: i64,
        limit: usize,
    ) -> Result<Vec<Opened>, StoreError> {
        delegate!(self, store => store.opened(name, after, limit).await)
    }

    async fn clean(&self, older_than: Duration, limit: usize) -> Result<usize, StoreError> {
        delegate!(self, store => store.clean(older_than, limit).await)
    }

    async fn status(&self, name: &str) -> Result<Status, StoreError> {
        delegate!(self, store => store.status(name).await)
    }
}

impl Operator for Database {
    async fn parked_heads(
        &self,
        name: &str,
        filter: &ParkedFilter,
    ) -> Result<Vec<ParkedHead>, StoreError> {
        delegate!(self, store => store.parked_heads(name, filter).await)
    }

    async fn parked_rows(
        &self,
        name: &str,
        filter: &ParkedFilter,
        after: i64,
        limit: usize,
    ) -> Result<Vec<ParkedRow>, StoreError> {
        delegate!(self, store => store.parked_rows(name, filter, after, limit).await)
    }

    async fn open_keys(&self, name: &str, seqs: &[i64], how: How) -> Result<Vec<i64>, StoreError> {
        delegate!(self, store => store.open_keys(name, seqs, how).await)
    }

    async fn contents(&self) -> Result<Vec<Content>, StoreError> {
        delegate!(self, store => store.contents().await)
    }
}
