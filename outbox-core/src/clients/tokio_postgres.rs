//! Events into PostgreSQL and rows out of it, with the crate `tokio-postgres` 0.7.
//!
//! ```
//! use outbox_core::{Envelope, OutboxEvent, OutboxRow};
//! use tokio_postgres::Client;
//!
//! #[derive(serde::Serialize, serde::Deserialize, OutboxEvent)]
//! #[outbox(event_type = "com.example.step.taken", source = "/walks")]
//! struct Step {
//!     #[aggregate_id]
//!     walk: u32,
//! }
//!
//! async fn walk(client: &mut Client) -> Result<(), Box<dyn std::error::Error>> {
//!     let transaction = client.transaction().await?;
//!     // .. the change that the event reports ..
//!     outbox_core::tokio_postgres::insert(&transaction, &Envelope::new(Step { walk: 7 })?).await?;
//!     transaction.commit().await?;
//!     Ok(())
//! }
//!
//! async fn stored(client: &Client) -> Result<Vec<OutboxRow>, tokio_postgres::Error> {
//!     let rows = client.query("SELECT * FROM outbox ORDER BY seq", &[]).await?;
//!     rows.iter().map(OutboxRow::try_from).collect()
//! }
//! ```
//!
//! The functions take a `&Client` or a `&Transaction`. With a pool, dereference its wrapper: `&*transaction` with
//! `deadpool-postgres`.
//!
//! # Prepared statements
//!
//! [`insert`], [`insert_all`] and [`inbox::once`] send the statement with its parameters, in one round trip, and leave
//! nothing on the connection. So they work behind a pooler that gives each transaction another connection. The server
//! parses and plans the statement each time. [`insert_prepared`] saves that work, for connections that insert many
//! single events. [`insert_all`] is the fastest way to insert several events at once.

pub mod inbox;

mod from_row;
pub(super) mod parameters;

use tokio_postgres::{Error, GenericClient, Statement};

use super::borrowed;
use super::error::InsertError;
use super::remedy;
use crate::envelope::Envelope;
use crate::event::OutboxEvent;
use crate::row::postgres;
use parameters::{Arrays, of_row};

/// Inserts the event into the outbox. Give it the transaction of the change that the event reports.
///
/// The insert takes one round trip, and prepares no statement.
///
/// # Errors
///
/// [`InsertError`] if the event cannot be encoded, or the database refuses it. Roll the transaction back.
pub async fn insert<E: OutboxEvent>(
    client: &impl GenericClient,
    event: &Envelope<E>,
) -> Result<(), InsertError<Error>> {
    let row = borrowed::row(event)?;
    let inserted = client.execute_typed(postgres::INSERT, &of_row(&row)).await;
    inserted.map_err(|error| refused(event, 0, error))?;
    Ok(())
}

/// Inserts the event as [`insert`] does, with a statement of [`INSERT`](postgres::INSERT) that the connection has
/// prepared.
///
/// ```
/// use outbox_core::row::postgres::INSERT;
/// use outbox_core::tokio_postgres::insert_prepared;
/// # use outbox_core::{Envelope, OutboxEvent};
/// # async fn walk<E: OutboxEvent>(
/// #     client: &mut tokio_postgres::Client, events: Vec<Envelope<E>>,
/// # ) -> Result<(), Box<dyn std::error::Error>> {
///
/// let statement = client.prepare(INSERT).await?; // `prepare_cached` of `deadpool-postgres` does it once
/// for event in events {
///     let transaction = client.transaction().await?;
///     // .. the change that the event reports ..
///     insert_prepared(&transaction, &statement, &event).await?;
///     transaction.commit().await?;
/// }
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// Returns the errors of [`insert`], and the client's error if it is another statement or belongs to another connection.
pub async fn insert_prepared<E: OutboxEvent>(
    client: &impl GenericClient,
    statement: &Statement,
    event: &Envelope<E>,
) -> Result<(), InsertError<Error>> {
    let row = borrowed::row(event)?;
    let values = of_row(&row).map(|(value, _)| value);
    let inserted = client.execute(statement, &values).await;
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
pub async fn insert_all<E: OutboxEvent>(
    client: &impl GenericClient,
    events: &[Envelope<E>],
) -> Result<(), InsertError<Error>> {
    let Some(first) = events.first() else {
        return Ok(());
    };
    let rows = borrowed::rows(events)?;
    let arrays = Arrays::new(&rows);
    let inserted = client
        .execute_typed(postgres::INSERT_ALL, &arrays.typed())
        .await;
    inserted.map_err(|error| refused(first, events.len() - 1, error))?;
    Ok(())
}

pub(super) fn refused<E: OutboxEvent>(
    first: &Envelope<E>,
    others: usize,
    error: Error,
) -> InsertError<Error> {
    let remedy = error
        .code()
        .and_then(|state| remedy::of_postgres(state.code()));
    InsertError::refused(first, others, error, remedy)
}
