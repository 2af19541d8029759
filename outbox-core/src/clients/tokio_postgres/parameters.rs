//! The parameters of the statements. The parameters of a row are in the order of [`COLUMNS`].

use tokio_postgres::types::{ToSql, Type};
use uuid::Uuid;

use crate::clients::borrowed::BorrowedRow;
use crate::row::COLUMNS;

/// A value and its type in the table. A statement with given types needs one round trip and no preparation.
pub(in crate::clients) type Typed<'a> = (Value<'a>, Type);

pub(in crate::clients) type Value<'a> = &'a (dyn ToSql + Sync);

/// Returns the parameters of `INSERT`.
pub(in crate::clients) fn of_row<'a>(row: &'a BorrowedRow<'_>) -> [Typed<'a>; COLUMNS.len()] {
    [
        (&row.id, Type::UUID),
        (&row.aggregate_type, Type::TEXT),
        (&row.aggregate_id, Type::TEXT),
        (&row.event_type, Type::TEXT),
        (&row.payload, Type::TEXT),
        (&row.partition_key, Type::TEXT),
        (&row.topic, Type::TEXT),
        (&row.source, Type::TEXT),
        (&row.spec_version, Type::TEXT),
        (&row.time, Type::TIMESTAMPTZ),
        (&row.subject, Type::TEXT),
        (&row.data_content_type, Type::TEXT),
        (&row.data_schema, Type::TEXT),
        (&row.data_version, Type::TEXT),
        (&row.correlation_id, Type::UUID),
        (&row.causation_id, Type::UUID),
        (&row.trace_parent, Type::TEXT),
        (&row.trace_state, Type::TEXT),
        (&row.extensions, Type::TEXT),
    ]
}

/// The parameters of `INSERT_ALL`: an array for each column.
pub(in crate::clients) struct Arrays<'a>(
    [(Box<dyn ToSql + Send + Sync + 'a>, Type); COLUMNS.len()],
);

impl<'a> Arrays<'a> {
    pub(in crate::clients) fn new(rows: &'a [BorrowedRow<'a>]) -> Self {
        Self([
            (array(rows, |row| &row.id), Type::UUID_ARRAY),
            (array(rows, |row| &row.aggregate_type), Type::TEXT_ARRAY),
            (array(rows, |row| &row.aggregate_id), Type::TEXT_ARRAY),
            (array(rows, |row| &row.event_type), Type::TEXT_ARRAY),
            (array(rows, |row| &row.payload), Type::TEXT_ARRAY),
            (array(rows, |row| &row.partition_key), Type::TEXT_ARRAY),
            (array(rows, |row| &row.topic), Type::TEXT_ARRAY),
            (array(rows, |row| &row.source), Type::TEXT_ARRAY),
            (array(rows, |row| &row.spec_version), Type::TEXT_ARRAY),
            (array(rows, |row| &row.time), Type::TIMESTAMPTZ_ARRAY),
            (array(rows, |row| &row.subject), Type::TEXT_ARRAY),
            (array(rows, |row| &row.data_content_type), Type::TEXT_ARRAY),
            (array(rows, |row| &row.data_schema), Type::TEXT_ARRAY),
            (array(rows, |row| &row.data_version), Type::TEXT_ARRAY),
            (array(rows, |row| &row.correlation_id), Type::UUID_ARRAY),
            (array(rows, |row| &row.causation_id), Type::UUID_ARRAY),
            (array(rows, |row| &row.trace_parent), Type::TEXT_ARRAY),
            (array(rows, |row| &row.trace_state), Type::TEXT_ARRAY),
            (array(rows, |row| &row.extensions), Type::TEXT_ARRAY),
        ])
    }

    pub(in crate::clients) fn typed(&self) -> [Typed<'_>; COLUMNS.len()] {
        self.0
            .each_ref()
            .map(|(array, of)| (&**array as Value<'_>, of.clone()))
    }
}

fn array<'a, T: ToSql + Sync + 'a>(
    rows: &'a [BorrowedRow<'a>],
    column: impl Fn(&'a BorrowedRow<'a>) -> &'a T,
) -> Box<dyn ToSql + Send + Sync + 'a> {
    Box::new(rows.iter().map(column).collect::<Vec<_>>())
}

/// Returns the parameters of `INSERT_INBOX`.
pub(in crate::clients) fn of_inbox<'a>(consumer: &'a &str, event_id: &'a Uuid) -> [Typed<'a>; 2] {
    [(consumer, Type::TEXT), (event_id, Type::UUID)]
}
