//! The databases of sqlx that can hold an outbox.

use sqlx::query::Query;
use sqlx::{Error, IntoArguments, Postgres};
use uuid::Uuid;

use super::postgres;
use crate::clients::borrowed::BorrowedRow;
use crate::error::EncodeError;

/// A database of sqlx that can hold an outbox: [`Postgres`] or `Sqlite`. The trait is sealed.
///
/// `Any` does not implement it: the two databases store ids and times in different ways, and `Any` knows its database
/// only when it is connected.
#[diagnostic::on_unimplemented(
    message = "sqlx's database `{Self}` cannot hold an outbox",
    label = "neither `sqlx::Postgres` nor `sqlx::Sqlite`",
    note = "use `sqlx::Postgres`, or `sqlx::Sqlite` with the feature `sqlx-0_9` of outbox-core"
)]
pub trait Database: Dialect {}

/// The statements of a database, with their arguments.
pub trait Dialect: sqlx::Database<Arguments: IntoArguments<Self>> {
    /// Inserts a row.
    fn insert<'q>(row: &'q BorrowedRow<'q>) -> Result<Statement<'q, Self>, EncodeError>;

    /// Inserts rows in their order.
    fn insert_all<'q>(rows: &'q [BorrowedRow<'q>]) -> Result<Statement<'q, Self>, EncodeError>;

    /// Records that the consumer handles the event.
    fn note(consumer: &str, event_id: Uuid) -> Statement<'_, Self>;

    /// Returns how many rows a statement has inserted.
    fn inserted(result: &Self::QueryResult) -> u64;

    /// Returns the remedy for an error.
    fn remedy(error: &Error) -> Option<&'static str>;
}

pub(super) type Statement<'q, DB> = Query<'q, DB, <DB as sqlx::Database>::Arguments>;

impl Database for Postgres {}

impl Dialect for Postgres {
    fn insert<'q>(row: &'q BorrowedRow<'q>) -> Result<Statement<'q, Self>, EncodeError> {
        Ok(postgres::insert(row))
    }

    fn insert_all<'q>(rows: &'q [BorrowedRow<'q>]) -> Result<Statement<'q, Self>, EncodeError> {
        Ok(postgres::insert_all(rows))
    }

    fn note(consumer: &str, event_id: Uuid) -> Statement<'_, Self> {
        postgres::note(consumer, event_id)
    }

    fn inserted(result: &Self::QueryResult) -> u64 {
        result.rows_affected()
    }

    fn remedy(error: &Error) -> Option<&'static str> {
        postgres::remedy(error)
    }
}
