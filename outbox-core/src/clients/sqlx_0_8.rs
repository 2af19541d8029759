//! Events into PostgreSQL and rows out of it, with the crate `sqlx` 0.8. [`sqlx`](crate::sqlx) is the same for version
//! 0.9.
//!
//! ```no_run
//! # // What a user has as `sqlx`.
//! # mod sqlx {
//! #     pub use sqlx_core_0_8::{query::query, query_as::query_as};
//! #     pub type PgPool = sqlx_core_0_8::pool::Pool<sqlx_postgres_0_8::Postgres>;
//! # }
//! # use outbox_core::{Envelope, OutboxEvent, OutboxRow};
//! # #[derive(serde::Serialize, serde::Deserialize, OutboxEvent)]
//! # #[outbox(event_type = "com.example.order.placed", source = "/orders")]
//! # struct OrderPlaced {
//! #     #[aggregate_id]
//! #     order_id: i64,
//! # }
//! # async fn run(pool: sqlx::PgPool) -> Result<(), Box<dyn std::error::Error>> {
//! let mut transaction = pool.begin().await?;
//! sqlx::query("INSERT INTO orders (id) VALUES ($1)").bind(7).execute(&mut *transaction).await?;
//! let event = Envelope::new(OrderPlaced { order_id: 7 })?;
//! outbox_core::sqlx_0_8::insert(&mut *transaction, &event).await?;
//! transaction.commit().await?;
//!
//! let rows: Vec<OutboxRow> = sqlx::query_as("SELECT * FROM outbox ORDER BY seq")
//!     .fetch_all(&pool)
//!     .await?;
//! # Ok(())
//! # }
//! ```
//!
//! SQLite is left out: sqlx 0.8 and rusqlite 0.39 link different versions of it, and one lock file cannot hold both.
//! Insert the row yourself:
//!
//! ```
//! # use sqlx_core_0_8 as sqlx;
//! # use sqlx::{arguments::Arguments, database::Database, encode::Encode, query::Query, types::Type};
//! # fn insert<'q, Sqlite>(row: &outbox_core::OutboxRow) -> Result<(), outbox_core::EncodeError>
//! # where
//! #     Sqlite: Database,
//! #     Option<String>: Encode<'q, Sqlite> + Type<Sqlite>,
//! # {
//! # use sqlx::query::query;
//! let mut insert = query::<Sqlite>(outbox_core::row::sqlite::INSERT);
//! for text in row.to_texts()? {
//!     insert = insert.bind(text);
//! }
//! # Ok(())
//! # }
//! ```

pub mod inbox;

// Both versions share the code. Its types differ.
#[path = "sqlx/postgres.rs"]
#[allow(clippy::duplicate_mod, reason = "a version of the client for each")]
mod postgres;

use sqlx_core_0_8::error::Error;
use sqlx_postgres_0_8::PgExecutor;

use super::borrowed::{row, rows};
use super::error::InsertError;
use crate::envelope::Envelope;
use crate::event::OutboxEvent;

/// The parts of the client that [`postgres`] uses.
mod client {
    pub(super) use sqlx_core_0_8::error::Error;
    pub(super) use sqlx_core_0_8::from_row::FromRow;
    pub(super) use sqlx_core_0_8::query::{Query, query};
    pub(super) use sqlx_core_0_8::row::Row;
    pub(super) use sqlx_postgres_0_8::{PgArguments, PgRow, Postgres};
}

/// Inserts the event into the outbox. Give it the transaction of the change that the event reports:
/// `&mut *transaction`. A pool would give the event a transaction of its own, and the event would stay when the change
/// is rolled back.
///
/// # Errors
///
/// [`InsertError`] if the event cannot be encoded, or the database refuses it. Roll the transaction back.
pub async fn insert<'c, E: OutboxEvent>(
    executor: impl PgExecutor<'c>,
    event: &Envelope<E>,
) -> Result<(), InsertError<Error>> {
    let row = row(event)?;
    match postgres::insert(&row).execute(executor).await {
        Ok(_) => Ok(()),
        Err(error) => Err(refused(event, 0, error)),
    }
}

/// Inserts the events in their order by one statement: all of them or none. For events of several types, use a set:
/// an enum that derives `OutboxEvent`.
///
/// # Errors
///
/// [`InsertError`] of the first event that cannot be encoded, or of all events if the database refuses one of them.
/// Roll the transaction back.
pub async fn insert_all<'c, E: OutboxEvent>(
    executor: impl PgExecutor<'c>,
    events: &[Envelope<E>],
) -> Result<(), InsertError<Error>> {
    let Some(first) = events.first() else {
        return Ok(());
    };
    let rows = rows(events)?;
    match postgres::insert_all(&rows).execute(executor).await {
        Ok(_) => Ok(()),
        Err(error) => Err(refused(first, events.len() - 1, error)),
    }
}

fn refused<E: OutboxEvent>(event: &Envelope<E>, others: usize, error: Error) -> InsertError<Error> {
    let remedy = postgres::remedy(&error);
    InsertError::refused(event, others, error, remedy)
}
