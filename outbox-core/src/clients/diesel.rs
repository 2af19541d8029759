//! Events into PostgreSQL and SQLite and rows out of them, with the crate `diesel` 2.
//!
//! ```
//! use diesel::prelude::*;
//! use outbox_core::{Envelope, OutboxEvent, OutboxRow};
//!
//! #[derive(serde::Serialize, serde::Deserialize, OutboxEvent)]
//! #[outbox(event_type = "com.example.step.taken", source = "/walks")]
//! struct Step {
//!     #[aggregate_id]
//!     walk: u32,
//! }
//!
//! # fn example(
//! #     connection: &mut impl diesel::connection::LoadConnection<Backend = diesel::pg::Pg>,
//! # ) -> Result<(), Box<dyn std::error::Error>> {
//! diesel::sql_query(outbox_core::row::postgres::CREATE_TABLE).execute(connection)?;
//!
//! let event = Envelope::new(Step { walk: 7 })?;
//! connection.transaction(|connection| {
//!     // .. the change that the event reports ..
//!     outbox_core::diesel::insert(connection, &event)?;
//!     Ok::<_, Box<dyn std::error::Error>>(())
//! })?;
//!
//! let rows: Vec<OutboxRow> =
//!     diesel::sql_query("SELECT * FROM outbox ORDER BY seq").load(connection)?;
//! # Ok(())
//! # }
//! ```
//!
//! The connection is a `&mut PgConnection`, a `&mut SqliteConnection`, or a connection from a pool. Your own dependency
//! on `diesel` turns on the drivers. The functions do not compile with MySQL.
//!
//! # Queries in diesel's language
//!
//! `diesel print-schema` writes the `table!` of the outbox from your database, with the types of its columns. The crate
//! has no such `table!`: the types differ between PostgreSQL and SQLite, and a table of 21 columns needs diesel's feature
//! `32-column-tables`, which makes diesel slower to compile.
//!
//! # `diesel-async`
//!
//! A connection of `diesel-async` is not a connection of diesel, but accepts diesel's queries and rows. Insert the row
//! as one parameter and run the query with `diesel_async::RunQueryDsl`. Rows come back as above.
//!
//! ```
//! use diesel::sql_types::{Array, Nullable, Text};
//! use outbox_core::row::postgres::INSERT_TEXTS;
//!
//! # fn example<E: outbox_core::OutboxEvent>(
//! #     event: outbox_core::Envelope<E>,
//! # ) -> Result<(), Box<dyn std::error::Error>> {
//! let row = event.to_row()?.to_texts()?;
//! let insert = diesel::sql_query(INSERT_TEXTS).bind::<Array<Nullable<Text>>, _>(row);
//! // insert.execute(&mut connection).await?;
//! # drop(insert);
//! # Ok(())
//! # }
//! ```

pub mod inbox;

mod database;
mod postgres;
mod query;
mod sqlite;

use diesel::deserialize::{self, QueryableByName};
use diesel::prelude::*;
use diesel::result::Error;
use diesel::row::NamedRow;

pub use database::Database;
use database::Dialect;

use super::borrowed::{row, rows};
use super::error::InsertError;
use super::texts::{all_texts, texts};
use crate::envelope::Envelope;
use crate::event::OutboxEvent;
use crate::row::OutboxRow;

/// Inserts the event into the outbox. Give it the connection in the transaction of the change that the event reports.
///
/// The connection keeps the statement prepared, so the second event prepares nothing.
///
/// # Errors
///
/// [`InsertError`] if the event cannot be encoded, or the database refuses it. Roll the transaction back.
pub fn insert<C, E>(connection: &mut C, event: &Envelope<E>) -> Result<(), InsertError<Error>>
where
    C: Connection<Backend: Database>,
    E: OutboxEvent,
{
    let row = row(event)?;
    let texts = texts(event, &row)?;
    <C::Backend as Database>::Dialect::insert(connection, &texts)
        .map_err(|error| refused::<C::Backend, E>(event, 0, error))
}

/// Inserts the events in their order, all of them or none: in PostgreSQL with one statement, in SQLite with one
/// statement per event in a savepoint. For events of several types, use a set: an enum that derives `OutboxEvent`.
///
/// # Errors
///
/// [`InsertError`] of the first event that cannot be encoded, or of all events if the database refuses one of them.
/// Roll the transaction back.
pub fn insert_all<C, E>(
    connection: &mut C,
    events: &[Envelope<E>],
) -> Result<(), InsertError<Error>>
where
    C: Connection<Backend: Database>,
    E: OutboxEvent,
{
    let Some(first) = events.first() else {
        return Ok(());
    };
    let rows = rows(events)?;
    let texts = all_texts(events, &rows)?;
    <C::Backend as Database>::Dialect::insert_all(connection, &texts)
        .map_err(|error| refused::<C::Backend, E>(first, events.len() - 1, error))
}

fn refused<DB: Database, E: OutboxEvent>(
    event: &Envelope<E>,
    others: usize,
    error: Error,
) -> InsertError<Error> {
    let remedy = DB::Dialect::remedy(&error.to_string());
    InsertError::refused(event, others, error, remedy)
}

/// Reads the columns by name, so `SELECT *` works.
impl<DB: Database> QueryableByName<DB> for OutboxRow {
    fn build<'a>(row: &impl NamedRow<'a, DB>) -> deserialize::Result<Self> {
        DB::Dialect::read(row)
    }
}
