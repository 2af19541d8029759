//! The row, out of the client's own.

use tokio_postgres::{Error, Row};

use crate::clients::read_columns::read_columns;
use crate::row::OutboxRow;

/// Reads the columns by their names, so `SELECT *` will do.
impl TryFrom<&Row> for OutboxRow {
    type Error = Error;

    fn try_from(row: &Row) -> Result<Self, Error> {
        macro_rules! get {
            ($column:literal) => {
                row.try_get($column)?
            };
        }
        Ok(read_columns!(get))
    }
}
