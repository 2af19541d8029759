//! The statements of SQLite with their arguments, and the rows that it returns. Ids and times are text; sqlx would
//! store a `Uuid` as a blob.

use sqlx::sqlite::{SqliteQueryResult, SqliteRow};
use sqlx::{Error, FromRow, Row, Sqlite, query};
use uuid::Uuid;

use super::database::{Database, Dialect, Statement};
use crate::clients::borrowed::BorrowedRow;
use crate::clients::remedy;
use crate::error::EncodeError;
use crate::json;
use crate::row::{COLUMNS, OutboxRow, sqlite};

impl Database for Sqlite {}

impl Dialect for Sqlite {
    fn insert<'q>(row: &'q BorrowedRow<'q>) -> Result<Statement<'q, Self>, EncodeError> {
        let texts = row.to_texts()?;
        Ok(texts
            .into_iter()
            .fold(query(sqlite::INSERT), Statement::bind))
    }

    fn insert_all<'q>(rows: &'q [BorrowedRow<'q>]) -> Result<Statement<'q, Self>, EncodeError> {
        let texts: Result<Vec<_>, _> = rows.iter().map(OutboxRow::to_texts).collect();
        Ok(query(sqlite::INSERT_ALL_TEXTS).bind(json::to_text(&texts?)?))
    }

    fn note(consumer: &str, event_id: Uuid) -> Statement<'_, Self> {
        query(sqlite::INSERT_INBOX)
            .bind(consumer)
            .bind(event_id.to_string())
    }

    fn inserted(result: &SqliteQueryResult) -> u64 {
        result.rows_affected()
    }

    fn remedy(error: &Error) -> Option<&'static str> {
        remedy::of_sqlite(error.as_database_error()?.message())
    }
}

/// Reads the columns by name, so `SELECT *` works.
impl FromRow<'_, SqliteRow> for OutboxRow {
    fn from_row(row: &SqliteRow) -> Result<Self, Error> {
        let texts = COLUMNS.map(|column| row.try_get::<Option<String>, _>(column));
        let texts: Vec<_> = texts.into_iter().collect::<Result<_, _>>()?;
        Self::from_texts(texts).map_err(|error| Error::Decode(error.into()))
    }
}
