//! The cost of choices of storage on PostgreSQL: the time of an insert and the size of a row.

use std::error::Error;

use sqlx::{AssertSqlSafe, Connection, PgConnection, Row};

use crate::session::{Session, one_thread};
use crate::sqlx::all;
use crate::work::{BATCH, Event, Name, Works, large, small};

pub(crate) const AS_CREATED: Name = "the table as it is created";
pub(crate) const NO_UNIQUE_ID: Name = "without the unique `id`";
pub(crate) const FILLFACTOR_90: Name = "fillfactor 90";
pub(crate) const LARGE_PGLZ: Name = "a payload of 4 KiB, pglz";
pub(crate) const LARGE_LZ4: Name = "a payload of 4 KiB, lz4";
pub(crate) const LARGE_UNCOMPRESSED: Name = "a payload of 4 KiB, not compressed";

struct Choice {
    name: Name,
    schema: &'static str,
    change: &'static str,
    events: fn(usize) -> Vec<Event>,
}

#[rustfmt::skip] // A table.
fn choices() -> [Choice; 6] {
    [
        (AS_CREATED, "bench_as_created", "", small as fn(usize) -> _),
        (NO_UNIQUE_ID, "bench_no_unique_id", "ALTER TABLE outbox DROP CONSTRAINT outbox_id_key", small),
        (FILLFACTOR_90, "bench_fillfactor_90", "ALTER TABLE outbox SET (fillfactor = 90)", small),
        (LARGE_PGLZ, "bench_pglz", "ALTER TABLE outbox ALTER payload SET COMPRESSION pglz", large),
        (LARGE_LZ4, "bench_lz4", "ALTER TABLE outbox ALTER payload SET COMPRESSION lz4", large),
        (LARGE_UNCOMPRESSED, "bench_uncompressed", "ALTER TABLE outbox ALTER payload SET STORAGE EXTERNAL", large),
    ]
    .map(|(name, schema, change, events)| Choice { name, schema, change, events })
}

pub(crate) fn add(works: &mut Works, url: &str) {
    for choice in choices() {
        let session = Session::postgres(one_thread(), url, choice.schema, choice.change);
        works.add(
            [choice.name],
            session.inserts(move || (choice.events)(BATCH), all),
        );
    }
}

/// Prints the size of one row in bytes, from the rows that the works above have inserted.
pub(crate) fn print_sizes(url: &str) -> Result<(), Box<dyn Error>> {
    println!("\nBytes of one row.\n");
    println!("| | table | TOAST | indexes | its payload alone |");
    println!("|---|---|---|---|---|");
    one_thread().block_on(async {
        let mut connection = PgConnection::connect(url).await?;
        for choice in choices() {
            let schema = choice.schema;
            let select = format!(
                "SELECT pg_relation_size(oid) / rows, pg_total_relation_size(reltoastrelid) / rows,
                    pg_indexes_size(oid) / rows, size
                FROM pg_class,
                    (SELECT count(*), avg(pg_column_size(payload))::bigint FROM {schema}.outbox) AS inserted(rows, size)
                WHERE oid = '{schema}.outbox'::regclass"
            );
            let select = sqlx::query(AssertSqlSafe(select));
            let row = select.fetch_one(&mut connection).await?;
            let [table, toast, indexes, payload] = [0, 1, 2, 3].map(|column| row.get::<i64, _>(column));
            println!("| {} | {table} | {toast} | {indexes} | {payload} |", choice.name);
        }
        Ok(())
    })
}
