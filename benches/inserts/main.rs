//! Measures an insert by each client, by hand and by a rival, and the cost of choices of storage.
//!
//! It needs a PostgreSQL server at `OUTBOX_TEST_POSTGRES_URL`, and writes in schemas of its own, `bench_...`:
//!
//! `cargo bench --package outbox-benches --features inserts --bench inserts`

#[allow(dead_code, reason = "a set of fifty events is for other benchmarks")]
#[path = "../works/events.rs"]
mod events;
mod oxide_outbox;
mod report;
#[path = "../rival.rs"]
mod rival;
mod rusqlite;
mod session;
mod sqlx;
mod storage;
mod work;

use std::error::Error;

use report::Comparison;
use work::Works;

fn main() -> Result<(), Box<dyn Error>> {
    let url = std::env::var("OUTBOX_TEST_POSTGRES_URL").map_err(
        |_| "set `OUTBOX_TEST_POSTGRES_URL` to a PostgreSQL server; `.ci/postgres start <folder>` starts one",
    )?;
    let mut works = Works::default();
    sqlx::add(&mut works, &url);
    rusqlite::add(&mut works);
    oxide_outbox::add(&mut works, &url)?;
    storage::add(&mut works, &url);
    let times = works.measure();
    report::print(&COMPARISONS, &times)?;
    storage::print_sizes(&url)
}

/// The works that are compared. For a new client, add its works above and its comparison here.
#[rustfmt::skip] // A table.
const COMPARISONS: [Comparison; 16] = [
    Comparison::with_goal(sqlx::INSERT, sqlx::INSERT_BY_HAND, 1.05),
    Comparison::of(sqlx::INSERT, sqlx::INSERT_TEXTS),
    Comparison::with_goal(sqlx::INSERT_ALL, sqlx::INSERT_ALL_BY_HAND, 1.25),
    Comparison::of(sqlx::INSERT_ALL, sqlx::INSERT_ALL_TEXTS),
    Comparison::with_goal(sqlx::IN_A_SERVICE, oxide_outbox::ADD_EVENT, 0.125),
    Comparison::of(sqlx::INSERT_ALL_BY_HAND, oxide_outbox::ADD_EVENT),
    Comparison::of(sqlx::TRANSACTION, oxide_outbox::TRANSACTION),
    Comparison::of(sqlx::SQLITE_INSERT, sqlx::SQLITE_INSERT_BY_HAND),
    Comparison::of(sqlx::SQLITE_INSERT_ALL, sqlx::SQLITE_INSERT),
    Comparison::with_goal(rusqlite::INSERT, rusqlite::INSERT_BY_HAND, 1.05),
    Comparison::of(rusqlite::INSERT_ALL, rusqlite::INSERT),
    Comparison::of(storage::AS_CREATED, storage::NO_UNIQUE_ID),
    Comparison::of(storage::FILLFACTOR_90, storage::AS_CREATED),
    Comparison::of(storage::LARGE_LZ4, storage::LARGE_PGLZ),
    Comparison::of(storage::LARGE_PGLZ, storage::LARGE_UNCOMPRESSED),
    Comparison::of(storage::LARGE_LZ4, storage::LARGE_UNCOMPRESSED),
];
