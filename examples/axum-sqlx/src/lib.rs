//! Orders in PostgreSQL, each change with its event in one transaction.

pub mod billing;
pub mod database;
pub mod orders;
