//! Events into SQLite and rows out of it, with the crate `rusqlite` 0.39.
//!
//! ```
//! use outbox_core::row::sqlite;
//! use outbox_core::{Envelope, OutboxEvent, OutboxRow};
//!
//! #[derive(serde::Serialize, serde::Deserialize, OutboxEvent)]
//! #[outbox(event_type = "com.example.step.taken", source = "/walks")]
//! struct Step {
//!     #[aggregate_id]
//!     walk: u32,
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut connection = rusqlite::Connection::open_in_memory()?;
//! connection.execute_batch(sqlite::CREATE_TABLE)?;
//!
//! let transaction = connection.transaction()?;
//! // .. the change that the event reports ..
//! outbox_core::rusqlite::insert(&transaction, &Envelope::new(Step { walk: 7 })?)?;
//! transaction.commit()?;
//!
//! let mut select = connection.prepare("SELECT * FROM outbox ORDER BY seq")?;
//! let rows = select.query_and_then([], |row| OutboxRow::try_from(row))?;
//! let rows: Vec<OutboxRow> = rows.collect::<Result<_, rusqlite::Error>>()?;
//! # assert_eq!(rows[0].aggregate_id, "7");
//! # Ok(())
//! # }
//! ```

pub mod inbox;

use rusqlite::types::Type;
use rusqlite::{Connection, Error, Row, params};
use uuid::fmt::Hyphenated;

use super::borrowed::{self, BorrowedRow};
use super::error::InsertError;
use super::remedy;
use crate::attributes::hyphenated;
use crate::envelope::Envelope;
use crate::event::OutboxEvent;
use crate::row::{COLUMNS, OutboxRow, sqlite};
use crate::time;

/// Inserts the event into the outbox. Give it the transaction of the change that the event reports: a
/// `&Transaction` or a `&Savepoint` is a `&Connection`.
///
/// The connection caches the statement, so the second event prepares nothing.
///
/// # Errors
///
/// [`InsertError`] if the event cannot be encoded, or the database refuses it. Roll the transaction back.
pub fn insert<E: OutboxEvent>(
    connection: &Connection,
    event: &Envelope<E>,
) -> Result<(), InsertError<Error>> {
    let row = borrowed::row(event)?;
    insert_row(connection, &row).map_err(|error| refused(event, 0, error))
}

/// Inserts the events in their order, all of them or none. For events of several types, use a set: an enum that
/// derives `OutboxEvent`.
///
/// # Errors
///
/// [`InsertError`] of the first event that cannot be encoded or that the database refuses.
pub fn insert_all<E: OutboxEvent>(
    connection: &Connection,
    events: &[Envelope<E>],
) -> Result<(), InsertError<Error>> {
    let Some(first) = events.first() else {
        return Ok(());
    };
    let failed = |error| refused(first, events.len() - 1, error);
    // Outside a transaction, the savepoint is the transaction. Its release is the commit, which can fail and leave the
    // transaction open.
    let undo = if connection.is_autocommit() {
        "ROLLBACK"
    } else {
        "ROLLBACK TO outbox_insert_all; RELEASE outbox_insert_all"
    };
    let execute = |sql| connection.execute_batch(sql).map_err(failed);
    execute("SAVEPOINT outbox_insert_all")?;
    let inserted = events
        .iter()
        .try_for_each(|event| insert(connection, event))
        .and_then(|()| execute("RELEASE outbox_insert_all"));
    if inserted.is_err() {
        // SQLite may already have rolled back. The first error is the reason that the caller needs.
        let _ = execute(undo);
    }
    inserted
}

fn refused<E: OutboxEvent>(event: &Envelope<E>, others: usize, error: Error) -> InsertError<Error> {
    let remedy = remedy::of_sqlite(&error.to_string());
    InsertError::refused(event, others, error, remedy)
}

fn insert_row(connection: &Connection, row: &BorrowedRow<'_>) -> Result<(), Error> {
    let mut ids = [[0; Hyphenated::LENGTH]; 3];
    let [id, correlation_id, causation_id] = &mut ids;
    let time =
        time::format(row.time).map_err(|reason| Error::ToSqlConversionFailure(reason.into()))?;
    connection.prepare_cached(sqlite::INSERT)?.execute(params![
        hyphenated(row.id, id),
        row.aggregate_type,
        row.aggregate_id,
        row.event_type,
        row.payload,
        row.partition_key,
        row.topic,
        row.source,
        row.spec_version,
        time.as_str(),
        row.subject,
        row.data_content_type,
        row.data_schema,
        row.data_version,
        row.correlation_id.map(|id| hyphenated(id, correlation_id)),
        row.causation_id.map(|id| hyphenated(id, causation_id)),
        row.trace_parent,
        row.trace_state,
        row.extensions,
    ])?;
    Ok(())
}

/// Reads the columns by name, so `SELECT *` works.
impl TryFrom<&Row<'_>> for OutboxRow {
    type Error = Error;

    fn try_from(row: &Row<'_>) -> Result<Self, Error> {
        let texts = COLUMNS.map(|column| row.get::<_, Option<String>>(column));
        let texts: Vec<_> = texts.into_iter().collect::<Result<_, _>>()?;
        Self::from_texts(texts).map_err(|error| {
            let column = row.as_ref().column_index("id").unwrap_or_default();
            Error::FromSqlConversionFailure(column, Type::Text, error.into())
        })
    }
}
