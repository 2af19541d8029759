//! The statements of PostgreSQL with their arguments, and the rows that it returns. The parent module chooses the version
//! of the client.

use uuid::Uuid;

use super::client::{Error, FromRow, PgArguments, PgRow, Postgres, Query, Row, query};
use crate::clients::borrowed::BorrowedRow;
use crate::clients::read_columns::read_columns;
use crate::clients::remedy;
use crate::row::{OutboxRow, postgres};

type Statement<'q> = Query<'q, Postgres, PgArguments>;

/// Binds the value that the macro `$of` makes for each column, in the order of `COLUMNS`.
macro_rules! bind_columns {
    ($sql:expr, $of:ident) => {
        query($sql)
            .bind($of!(id))
            .bind($of!(aggregate_type))
            .bind($of!(aggregate_id))
            .bind($of!(event_type))
            .bind($of!(payload))
            .bind($of!(partition_key))
            .bind($of!(topic))
            .bind($of!(source))
            .bind($of!(spec_version))
            .bind($of!(time))
            .bind($of!(subject))
            .bind($of!(data_content_type))
            .bind($of!(data_schema))
            .bind($of!(data_version))
            .bind($of!(correlation_id))
            .bind($of!(causation_id))
            .bind($of!(trace_parent))
            .bind($of!(trace_state))
            .bind($of!(extensions))
    };
}

pub(super) fn insert<'q>(row: &'q BorrowedRow<'q>) -> Statement<'q> {
    macro_rules! value {
        ($column:ident) => {
            &row.$column
        };
    }
    bind_columns!(postgres::INSERT, value)
}

pub(super) fn insert_all<'q>(rows: &'q [BorrowedRow<'q>]) -> Statement<'q> {
    macro_rules! array {
        ($column:ident) => {
            rows.iter().map(|row| &row.$column).collect::<Vec<_>>()
        };
    }
    bind_columns!(postgres::INSERT_ALL, array)
}

pub(super) fn note(consumer: &str, event_id: Uuid) -> Statement<'_> {
    query(postgres::INSERT_INBOX).bind(consumer).bind(event_id)
}

pub(super) fn remedy(error: &Error) -> Option<&'static str> {
    remedy::of_postgres(&error.as_database_error()?.code()?)
}

/// Reads the columns by name, so `SELECT *` works.
impl FromRow<'_, PgRow> for OutboxRow {
    fn from_row(row: &PgRow) -> Result<Self, Error> {
        macro_rules! get {
            ($column:literal) => {
                row.try_get($column)?
            };
        }
        Ok(read_columns!(get))
    }
}
