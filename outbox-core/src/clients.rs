//! The way into the table for the clients of databases, a module each.
//!
//! Each has `insert` and `insert_all`, which take the user's own transaction, a mapping of its rows to
//! [`OutboxRow`](crate::OutboxRow), and `inbox::once`.

#[cfg(feature = "diesel-2")]
pub mod diesel;
mod error;
mod remedy;
#[cfg(feature = "rusqlite-0_39")]
pub mod rusqlite;
#[cfg(feature = "sea-orm-2")]
pub mod sea_orm;
#[cfg(any(feature = "diesel-2", feature = "sea-orm-2"))]
mod texts;

pub use error::InsertError;
