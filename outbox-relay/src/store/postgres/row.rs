//! A row of the table.

use std::error::Error;

use chrono::{DateTime, Utc};
use outbox_core::OutboxRow;
use outbox_core::row::COLUMNS;
use tokio_postgres::Row;
use tokio_postgres::types::FromSql;

use crate::event::{StoredEvent, Unreadable};

/// The number of the columns of a [`StoredEvent`].
pub(super) const COUNT: usize = COLUMNS.len() + 2;

/// Returns the columns of a [`StoredEvent`], separated by commas.
pub(super) fn columns() -> String {
    format!("seq, insertedat, {}", COLUMNS.join(", "))
}

/// Returns the same columns as they are selected from the table. A text can have another type there, such as `jsonb`.
pub(super) fn values() -> String {
    let values = COLUMNS.map(|column| match column {
        "id" | "time" | "correlationid" | "causationid" => column.to_owned(),
        text => format!("{text}::text"),
    });
    format!("seq, insertedat, {}", values.join(", "))
}

/// Returns about how large the event of a row is, as SQL. Lengths are known without reading a long value.
pub(super) fn size() -> String {
    let lengths = [
        "payload",
        "extensions",
        "tracestate",
        "aggregateid",
        "subject",
        "partitionkey",
    ]
    .map(|column| format!("coalesce(octet_length({column}::text), 0)"));
    format!(
        "({} + {})::bigint",
        lengths.join(" + "),
        size_of::<StoredEvent>()
    )
}

/// Reads the columns of [`columns`] from a row.
pub(super) fn event(row: &Row) -> Result<StoredEvent, tokio_postgres::Error> {
    let key = || row.try_get("partitionkey").unwrap_or_default();
    Ok(StoredEvent {
        seq: row.try_get(0)?,
        // A time by hand, such as `infinity`, is not a reason to hold the event back.
        inserted_at: row.try_get(1).unwrap_or_else(|_| Utc::now()),
        row: outbox_row(row).map_err(|reason| Unreadable { key: key(), reason }),
    })
}

fn outbox_row(row: &Row) -> Result<OutboxRow, String> {
    let mut values = Values { row, column: 2 };
    Ok(OutboxRow {
        id: values.next()?,
        aggregate_type: values.next()?,
        aggregate_id: values.next()?,
        event_type: values.next()?,
        payload: values.next()?,
        partition_key: values.next()?,
        topic: values.next()?,
        source: values.next()?,
        spec_version: values.next()?,
        time: values.next::<DateTime<Utc>>()?,
        subject: values.next()?,
        data_content_type: values.next()?,
        data_schema: values.next()?,
        data_version: values.next()?,
        correlation_id: values.next()?,
        causation_id: values.next()?,
        trace_parent: values.next()?,
        trace_state: values.next()?,
        extensions: values.next()?,
    })
}

/// The columns of a row, one after the other.
struct Values<'a> {
    row: &'a Row,
    column: usize,
}

impl<'a> Values<'a> {
    fn next<T: FromSql<'a>>(&mut self) -> Result<T, String> {
        let column = self.column;
        self.column += 1;
        self.row.try_get(column).map_err(|error| {
            let reason = error
                .source()
                .map_or_else(|| error.to_string(), ToString::to_string);
            format!(
                "the column `{}` cannot be read: {reason}",
                self.row.columns()[column].name()
            )
        })
    }
}
