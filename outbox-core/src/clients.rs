//! The way into the table for the clients of databases, a module each.
//!
//! Each has `insert` and `insert_all`, which take the user's own transaction, a mapping of its rows to
//! [`OutboxRow`](crate::OutboxRow), and `inbox::once`.

mod error;
mod remedy;
#[cfg(feature = "rusqlite-0_39")]
pub mod rusqlite;

pub use error::InsertError;
