//! Inserts and reads for the clients of databases, a module for each client.
//!
//! Each module has `insert` and `insert_all`, which take the user's own transaction, a conversion of the client's rows
//! to [`OutboxRow`](crate::OutboxRow), and `inbox::once`.

#[allow(
    dead_code,
    reason = "a client that makes one row at a time does not use `rows`"
)]
mod borrowed;
mod error;
#[cfg(any(
    feature = "sqlx-0_8",
    feature = "sqlx-0_9-postgres",
    feature = "tokio-postgres-0_7"
))]
mod read_columns;
#[allow(dead_code, reason = "a client uses what is about its databases")]
mod remedy;
#[cfg(any(feature = "diesel-2", feature = "sea-orm-2"))]
mod texts;

#[cfg(feature = "diesel-2")]
#[cfg_attr(docsrs, doc(cfg(feature = "diesel-2")))]
pub mod diesel;
#[cfg(feature = "postgres-0_19")]
#[cfg_attr(docsrs, doc(cfg(feature = "postgres-0_19")))]
pub mod postgres;
#[cfg(feature = "rusqlite-0_39")]
#[cfg_attr(docsrs, doc(cfg(feature = "rusqlite-0_39")))]
pub mod rusqlite;
#[cfg(feature = "sea-orm-2")]
#[cfg_attr(docsrs, doc(cfg(feature = "sea-orm-2")))]
pub mod sea_orm;
#[cfg(feature = "sqlx-0_9-postgres")]
#[cfg_attr(
    docsrs,
    doc(cfg(any(feature = "sqlx-0_9", feature = "sqlx-0_9-postgres")))
)]
pub mod sqlx;
#[cfg(feature = "sqlx-0_8")]
#[cfg_attr(docsrs, doc(cfg(feature = "sqlx-0_8")))]
pub mod sqlx_0_8;
#[cfg(feature = "tokio-postgres-0_7")]
#[cfg_attr(docsrs, doc(cfg(feature = "tokio-postgres-0_7")))]
pub mod tokio_postgres;

pub use error::InsertError;
