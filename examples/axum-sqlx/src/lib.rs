//! An order service on PostgreSQL, which stores each change together with its event in one transaction.

pub mod billing;
pub mod database;
pub mod orders;
