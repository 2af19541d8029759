//! The row, from the client's row type.

use tokio_postgres::{Error, Row};

use crate::clients::read_columns::read_columns;
use crate::row::OutboxRow;

/// Reads the columns by name, so `SELECT *` works.
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
