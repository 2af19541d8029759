//! Events into PostgreSQL and SQLite and rows out of them, with the crate `sea-orm` 2.
//!
//! ```no_run
//! use outbox_core::row::postgres;
//! use outbox_core::{Envelope, OutboxEvent, OutboxRow};
//! use sea_orm::{
//!     ConnectionTrait, DatabaseConnection, FromQueryResult, Statement, TransactionTrait,
//! };
//!
//! #[derive(serde::Serialize, serde::Deserialize, OutboxEvent)]
//! #[outbox(event_type = "com.example.step.taken", source = "/walks")]
//! struct Step {
//!     #[aggregate_id]
//!     walk: u32,
//! }
//!
//! # async fn example(connection: DatabaseConnection) -> Result<(), Box<dyn std::error::Error>> {
//! connection.execute_unprepared(postgres::CREATE_TABLE).await?;
//!
//! let transaction = connection.begin().await?;
//! // .. the change that the event reports ..
//! outbox_core::sea_orm::insert(&transaction, &Envelope::new(Step { walk: 7 })?).await?;
//! transaction.commit().await?;
//!
//! let select = "SELECT * FROM outbox ORDER BY seq";
//! let select = Statement::from_string(connection.get_database_backend(), select);
//! let rows = OutboxRow::find_by_statement(select).all(&connection).await?;
//! # Ok(())
//! # }
//! ```
//!
//! Your own dependency on `sea-orm` turns on the drivers. On a connection to MySQL each function
//! returns [`DbErr::BackendNotSupported`]. The client needs Rust 1.94.
//!
//! The crate has no entity for the table: one entity cannot have UUIDs in PostgreSQL and text in SQLite. `sea-orm-cli generate entity` writes the entity of your database, and
//! `Entity::find().into_model::<OutboxRow>()` selects rows.

pub mod inbox;

mod statement;

use chrono::{DateTime, SecondsFormat, Utc};
use sea_orm::{
    ConnectionTrait, DbBackend, DbErr, FromQueryResult, QueryResult, Statement, TransactionSession,
    TransactionTrait,
};
use uuid::Uuid;

use super::borrowed::{row, rows};
use super::error::InsertError;
use super::remedy;
use super::texts::{all_texts, texts};
use crate::envelope::Envelope;
use crate::event::OutboxEvent;
use crate::row::{COLUMNS, OutboxRow};

/// Inserts the event into the outbox. Give it the transaction of the change that the event reports.
///
/// The connection keeps the statement prepared, so the second event prepares nothing.
///
/// # Errors
///
/// [`InsertError`] if the event cannot be encoded, or the database refuses it. Roll the transaction back.
pub async fn insert<C, E>(connection: &C, event: &Envelope<E>) -> Result<(), InsertError<DbErr>>
where
    C: ConnectionTrait,
    E: OutboxEvent,
{
    let backend = connection.get_database_backend();
    let statement = insert_statement(backend, event)?;
    let inserted = connection.execute_raw(statement).await;
    inserted.map_err(|error| refused(backend, event, 0, error))?;
    Ok(())
}

/// Inserts the events in their order, all of them or none: in PostgreSQL with one statement, in SQLite with one
/// statement per event in a savepoint. For events of several types, use a set: an enum that derives `OutboxEvent`.
///
/// # Errors
///
/// [`InsertError`] of the first event that cannot be encoded, or of all events if the database refuses one of them.
/// Roll the transaction back.
pub async fn insert_all<C, E>(
    connection: &C,
    events: &[Envelope<E>],
) -> Result<(), InsertError<DbErr>>
where
    C: ConnectionTrait + TransactionTrait,
    E: OutboxEvent,
{
    let Some(first) = events.first() else {
        return Ok(());
    };
    let backend = connection.get_database_backend();
    let refused = |error| refused(backend, first, events.len() - 1, error);
    if backend != DbBackend::Postgres {
        let statements = events.iter().map(|event| insert_statement(backend, event));
        let statements: Vec<_> = statements.collect::<Result<_, _>>()?;
        return execute_all(connection, statements).await.map_err(refused);
    }
    let statement = {
        let rows = rows(events)?;
        statement::insert_all(&all_texts(events, &rows)?)
    };
    connection.execute_raw(statement).await.map_err(refused)?;
    Ok(())
}

fn insert_statement<E: OutboxEvent>(
    backend: DbBackend,
    event: &Envelope<E>,
) -> Result<Statement, InsertError<DbErr>> {
    let row = row(event)?;
    let statement = statement::insert(backend, &texts(event, &row)?);
    statement.map_err(|error| refused(backend, event, 0, error))
}

/// Executes the statements, all of them or none.
async fn execute_all(
    connection: &impl TransactionTrait,
    statements: Vec<Statement>,
) -> Result<(), DbErr> {
    let nested = connection.begin().await?;
    for statement in statements {
        if let Err(error) = nested.execute_raw(statement).await {
            // The database may already have rolled back. The first error is the reason that the caller needs.
            let _ = nested.rollback().await;
            return Err(error);
        }
    }
    nested.commit().await
}

fn refused<E: OutboxEvent>(
    backend: DbBackend,
    event: &Envelope<E>,
    others: usize,
    error: DbErr,
) -> InsertError<DbErr> {
    let message = error.to_string();
    let remedy = match backend {
        DbBackend::Postgres => remedy::of_postgres_message(&message),
        DbBackend::Sqlite => remedy::of_sqlite(&message),
        _ => None,
    };
    InsertError::refused(event, others, error, remedy)
}

/// Reads the columns by name, so `SELECT *` works.
impl FromQueryResult for OutboxRow {
    fn from_query_result(row: &QueryResult, prefix: &str) -> Result<Self, DbErr> {
        let texts = COLUMNS.map(|column| text(row, prefix, column));
        let texts: Vec<_> = texts.into_iter().collect::<Result<_, _>>()?;
        Self::from_texts(texts).map_err(|error| DbErr::Type(error.to_string()))
    }
}

/// Reads a column as text. In PostgreSQL ids and times are not text.
fn text(row: &QueryResult, prefix: &str, column: &str) -> Result<Option<String>, DbErr> {
    let text = row.try_get::<Option<String>>(prefix, column);
    text.or_else(|error| match column {
        "id" | "correlationid" | "causationid" => {
            let id = row.try_get::<Uuid>(prefix, column)?;
            Ok(Some(id.to_string()))
        }
        "time" => {
            let time = row.try_get::<DateTime<Utc>>(prefix, column)?;
            Ok(Some(time.to_rfc3339_opts(SecondsFormat::Micros, true)))
        }
        _ => Err(error),
    })
}
