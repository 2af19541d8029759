//! The row, out of the client's own.

use tokio_postgres::{Error, Row};

use crate::row::OutboxRow;

/// Reads the columns by their names, so `SELECT *` will do.
impl TryFrom<&Row> for OutboxRow {
    type Error = Error;

    fn try_from(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            id: row.try_get("id")?,
            aggregate_type: row.try_get("aggregatetype")?,
            aggregate_id: row.try_get("aggregateid")?,
            event_type: row.try_get("type")?,
            payload: row.try_get("payload")?,
            partition_key: row.try_get("partitionkey")?,
            topic: row.try_get("topic")?,
            source: row.try_get("source")?,
            spec_version: row.try_get("specversion")?,
            time: row.try_get("time")?,
            subject: row.try_get("subject")?,
            data_content_type: row.try_get("datacontenttype")?,
            data_schema: row.try_get("dataschema")?,
            data_version: row.try_get("dataversion")?,
            correlation_id: row.try_get("correlationid")?,
            causation_id: row.try_get("causationid")?,
            trace_parent: row.try_get("traceparent")?,
            trace_state: row.try_get("tracestate")?,
            extensions: row.try_get("extensions")?,
        })
    }
}
