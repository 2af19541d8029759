//! Events into PostgreSQL and rows out of it, with the crate `postgres` 0.19, which does not need `async`.
//!
//! ```
//! use outbox_core::{Envelope, OutboxEvent, OutboxRow};
//! use postgres::Client;
//!
//! #[derive(serde::Serialize, serde::Deserialize, OutboxEvent)]
//! #[outbox(event_type = "com.example.step.taken", source = "/walks")]
//! struct Step {
//!     #[aggregate_id]
//!     walk: u32,
//! }
//!
//! fn walk(client: &mut Client) -> Result<(), Box<dyn std::error::Error>> {
//!     let mut transaction = client.transaction()?;
//!     // .. the change that the event reports ..
//!     outbox_core::postgres::insert(&mut transaction, &Envelope::new(Step { walk: 7 })?)?;
//!     transaction.commit()?;
//!     Ok(())
//! }
//!
//! fn stored(client: &mut Client) -> Result<Vec<OutboxRow>, postgres::Error> {
//!     let rows = client.query("SELECT * FROM outbox ORDER BY seq", &[])?;
//!     rows.iter().map(OutboxRow::try_from).collect()
//! }
//! ```
//!
//! The client is built on `tokio-postgres`. The section about prepared statements in
//! [`tokio_postgres`](crate::tokio_postgres) applies here too.

pub mod inbox;

use postgres::{Error, GenericClient, Statement};

use super::borrowed;
use super::error::InsertError;
use super::tokio_postgres::parameters::{Arrays, of_row};
use super::tokio_postgres::refused;
use crate::envelope::Envelope;
use crate::event::OutboxEvent;
use crate::row::postgres as sql;

/// Inserts the event into the outbox. Give it the transaction of the change that the event reports.
///
/// The insert takes one round trip, and prepares no statement.
///
/// # Errors
///
/// [`InsertError`] if the event cannot be encoded, or the database refuses it. Roll the transaction back.
pub fn insert<E: OutboxEvent>(
    client: &mut impl GenericClient,
    event: &Envelope<E>,
) -> Result<(), InsertError<Error>> {
    let row = borrowed::row(event)?;
    let inserted = client.execute_typed(sql::INSERT, &of_row(&row));
    inserted.map_err(|error| refused(event, 0, error))?;
    Ok(())
}

/// Inserts the event as [`insert`] does, with a statement of [`INSERT`](sql::INSERT) that the connection has prepared:
/// `client.prepare(INSERT)?`.
///
/// # Errors
///
/// Returns the errors of [`insert`], and the client's error if it is another statement or belongs to another connection.
pub fn insert_prepared<E: OutboxEvent>(
    client: &mut impl GenericClient,
    statement: &Statement,
    event: &Envelope<E>,
) -> Result<(), InsertError<Error>> {
    let row = borrowed::row(event)?;
    let inserted = client.execute(statement, &of_row(&row).map(|(value, _)| value));
    inserted.map_err(|error| refused(event, 0, error))?;
    Ok(())
}

/// Inserts the events in their order, all of them or none, in one statement and one round trip. For events of several
/// types, use a set: an enum that derives `OutboxEvent`.
///
/// # Errors
///
/// [`InsertError`] of the first event that cannot be encoded, or of all events if the database refuses one of them.
/// Roll the transaction back.
pub fn insert_all<E: OutboxEvent>(
    client: &mut impl GenericClient,
    events: &[Envelope<E>],
) -> Result<(), InsertError<Error>> {
    let Some(first) = events.first() else {
        return Ok(());
    };
    let rows = borrowed::rows(events)?;
    let inserted = client.execute_typed(sql::INSERT_ALL, &Arrays::new(&rows).typed());
    inserted.map_err(|error| refused(first, events.len() - 1, error))?;
    Ok(())
}
