//! The INSERT of the outbox row on PostgreSQL, for the tests that have a server.

use outbox_core::row::{self, OutboxRow};
use postgres::types::ToSql;
use postgres::{Error, GenericClient};

pub(crate) fn insert(client: &mut impl GenericClient, row: &OutboxRow) -> Result<(), Error> {
    client.execute(row::postgres::INSERT, &parameters(row))?;
    Ok(())
}

/// In the order of `COLUMNS`.
fn parameters(row: &OutboxRow) -> [&(dyn ToSql + Sync); row::COLUMNS.len()] {
    [
        &row.id,
        &row.aggregate_type,
        &row.aggregate_id,
        &row.event_type,
        &row.payload,
        &row.partition_key,
        &row.topic,
        &row.source,
        &row.spec_version,
        &row.time,
        &row.subject,
        &row.data_content_type,
        &row.data_schema,
        &row.data_version,
        &row.correlation_id,
        &row.causation_id,
        &row.trace_parent,
        &row.trace_state,
        &row.extensions,
    ]
}
