//! Events into PostgreSQL and SQLite and rows out of them, with the crate `sqlx` 0.9.
//!
//! ```no_run
//! use outbox_core::{Envelope, OutboxEvent, OutboxRow};
//! use sqlx::PgPool;
//!
//! #[derive(serde::Serialize, serde::Deserialize, OutboxEvent)]
//! #[outbox(event_type = "com.example.order.placed", source = "/orders")]
//! struct OrderPlaced {
//!     #[aggregate_id]
//!     order_id: i64,
//! }
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let pool = PgPool::connect("postgres://localhost/shop").await?;
//! sqlx::raw_sql(outbox_core::row::postgres::CREATE_TABLE).execute(&pool).await?;
//!
//! let mut transaction = pool.begin().await?;
//! sqlx::query("INSERT INTO orders (id) VALUES ($1)").bind(7).execute(&mut *transaction).await?;
//! let event = Envelope::new(OrderPlaced { order_id: 7 })?;
//! outbox_core::sqlx::insert(&mut *transaction, &event).await?;
//! transaction.commit().await?;
//!
//! let rows: Vec<OutboxRow> = sqlx::query_as("SELECT * FROM outbox ORDER BY seq")
//!     .fetch_all(&pool)
//!     .await?;
//! # assert_eq!(rows[0].aggregate_id, "7");
//! # Ok(())
//! # }
//! ```
//!
//! The same functions take the transactions, connections and pools of [`Postgres`](sqlx::Postgres) and of `Sqlite`.
//! Give them a pool only where the event reports no change in this database. Each sends one statement, which sqlx
//! prepares once for each connection.
//!
//! The feature `sqlx-0_9` brings both databases, and compiles SQLite. `sqlx-0_9-postgres` leaves SQLite out. Both need
//! Rust 1.94, as sqlx 0.9 does. TLS and the runtime are features of your own dependency on sqlx.

pub mod inbox;

mod database;
mod postgres;
#[cfg(feature = "sqlx-0_9")]
mod sqlite;

pub use database::Database;
use sqlx::{Error, Executor};

use super::borrowed::{row, rows};
use super::error::InsertError;
use crate::envelope::Envelope;
use crate::event::OutboxEvent;

/// The parts of the client that [`postgres`] uses.
mod client {
    pub(super) use sqlx::postgres::{PgArguments, PgRow};
    pub(super) use sqlx::query::Query;
    pub(super) use sqlx::{Error, FromRow, Postgres, Row, query};
}

/// Inserts the event into the outbox. Give it the transaction of the change that the event reports:
/// `&mut *transaction`. A pool would give the event a transaction of its own, and the event would stay when the change
/// is rolled back.
///
/// # Errors
///
/// [`InsertError`] if the event cannot be encoded, or the database refuses it. Roll the transaction back.
pub async fn insert<'c, DB: Database, E: OutboxEvent>(
    executor: impl Executor<'c, Database = DB>,
    event: &Envelope<E>,
) -> Result<(), InsertError<Error>> {
    let row = row(event)?;
    let insert = DB::insert(&row).map_err(|error| InsertError::encode(event, error))?;
    match insert.execute(executor).await {
        Ok(_) => Ok(()),
        Err(error) => Err(refused::<DB, E>(event, 0, error)),
    }
}

/// Inserts the events in their order by one statement: all of them or none. For events of several types, use a set:
/// an enum that derives `OutboxEvent`.
///
/// # Errors
///
/// [`InsertError`] of the first event that cannot be encoded, or of all events if the database refuses one of them.
/// Roll the transaction back.
pub async fn insert_all<'c, DB: Database, E: OutboxEvent>(
    executor: impl Executor<'c, Database = DB>,
    events: &[Envelope<E>],
) -> Result<(), InsertError<Error>> {
    let Some(first) = events.first() else {
        return Ok(());
    };
    let rows = rows(events)?;
    let insert = DB::insert_all(&rows).map_err(|error| InsertError::encode(first, error))?;
    match insert.execute(executor).await {
        Ok(_) => Ok(()),
        Err(error) => Err(refused::<DB, E>(first, events.len() - 1, error)),
    }
}

fn refused<DB: Database, E: OutboxEvent>(
    event: &Envelope<E>,
    others: usize,
    error: Error,
) -> InsertError<Error> {
    let remedy = DB::remedy(&error);
    InsertError::refused(event, others, error, remedy)
}
