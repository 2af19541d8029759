//! The way into the table for the clients of databases, a module each.
//!
//! Each has `insert` and `insert_all`, which take the user's own transaction, a mapping of its rows to
//! [`OutboxRow`](crate::OutboxRow), and `inbox::once`.

mod error;
mod remedy;

#[cfg(feature = "postgres-0_19")]
#[cfg_attr(docsrs, doc(cfg(feature = "postgres-0_19")))]
pub mod postgres;
#[cfg(feature = "rusqlite-0_39")]
#[cfg_attr(docsrs, doc(cfg(feature = "rusqlite-0_39")))]
pub mod rusqlite;
#[cfg(feature = "tokio-postgres-0_7")]
#[cfg_attr(docsrs, doc(cfg(feature = "tokio-postgres-0_7")))]
pub mod tokio_postgres;

pub use error::InsertError;
