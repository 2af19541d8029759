//! The inserts of sqlx 0.9, into PostgreSQL over loopback and into SQLite in memory.

mod by_hand;

use std::time::Instant;

use outbox_core::row::postgres;
use outbox_core::sqlx::{insert, insert_all};
use sqlx::{PgConnection, SqliteConnection};

use crate::session::{Session, one_thread, several_threads};
use crate::work::{BATCH, Event, Name, Stopwatch, Works, of_one, small, turns};

pub(crate) const INSERT: Name = "sqlx: `insert`";
pub(crate) const INSERT_BY_HAND: Name = "the prepared statement, bound by hand";
pub(crate) const INSERT_TEXTS: Name = "`INSERT_TEXTS`, one parameter";
pub(crate) const INSERT_ALL: Name = "sqlx: `insert_all` of 100";
pub(crate) const INSERT_ALL_BY_HAND: Name = "`UNNEST` by hand, of 100";
pub(crate) const INSERT_ALL_TEXTS: Name = "`INSERT_ALL_TEXTS`, one parameter, of 100";
pub(crate) const IN_A_SERVICE: Name = "sqlx, several threads: `insert_all` of 100";
pub(crate) const TRANSACTION: Name = "the same, and its transaction";
pub(crate) const SQLITE_INSERT: Name = "sqlx on SQLite: `insert`";
pub(crate) const SQLITE_INSERT_BY_HAND: Name = "the prepared statement on SQLite, bound by hand";
pub(crate) const SQLITE_INSERT_ALL: Name = "sqlx on SQLite: `insert_all` of 100";

pub(crate) fn add(works: &mut Works, url: &str) {
    works.add(
        [INSERT, INSERT_BY_HAND, INSERT_TEXTS],
        Session::postgres(one_thread(), url, "bench_insert", "")
            .inserts(|| small(3 * BATCH), one_by_one),
    );
    works.add(
        [INSERT_ALL, INSERT_ALL_BY_HAND, INSERT_ALL_TEXTS],
        Session::postgres(one_thread(), url, "bench_insert_all", "")
            .inserts(|| small(3 * BATCH), at_once),
    );
    works.add(
        [IN_A_SERVICE, TRANSACTION],
        Session::postgres(several_threads(), url, "bench_in_a_service", "")
            .inserts_and_transaction(|| small(BATCH), all),
    );
    works.add(
        [SQLITE_INSERT, SQLITE_INSERT_BY_HAND, SQLITE_INSERT_ALL],
        Session::sqlite().inserts(|| small(3 * BATCH), in_sqlite),
    );
}

async fn one_by_one(to: &mut PgConnection, events: &[Event]) -> [f64; 3] {
    let mut watch = Stopwatch::new();
    for (turn, events) in turns::<3>(events, 10) {
        let start = Instant::now();
        for event in events {
            match turn {
                0 => insert(&mut *to, event).await.expect("it is inserted"),
                1 => by_hand::insert(to, event).await,
                _ => insert_texts(to, event).await,
            }
        }
        watch.add(turn, start, events);
    }
    watch.of_one()
}

async fn at_once(to: &mut PgConnection, events: &[Event]) -> [f64; 3] {
    let mut watch = Stopwatch::new();
    for (turn, events) in turns::<3>(events, BATCH) {
        let start = Instant::now();
        match turn {
            0 => insert_all(&mut *to, events)
                .await
                .expect("they are inserted"),
            1 => by_hand::insert_all(to, events).await,
            _ => insert_all_texts(to, events).await,
        }
        watch.add(turn, start, events);
    }
    watch.of_one()
}

pub(crate) async fn all(to: &mut PgConnection, events: &[Event]) -> [f64; 1] {
    let start = Instant::now();
    insert_all(to, events).await.expect("they are inserted");
    [of_one(start.elapsed(), events.len())]
}

async fn insert_texts(to: &mut PgConnection, event: &Event) {
    let insert = sqlx::query(postgres::INSERT_TEXTS).bind(texts(event));
    insert.execute(to).await.expect("it is inserted");
}

async fn insert_all_texts(to: &mut PgConnection, events: &[Event]) {
    let texts: Vec<_> = events.iter().flat_map(texts).collect();
    let insert = sqlx::query(postgres::INSERT_ALL_TEXTS).bind(texts);
    insert.execute(to).await.expect("they are inserted");
}

fn texts(event: &Event) -> Vec<Option<String>> {
    let row = event.to_borrowed_row().expect("it can be stored");
    row.to_texts().expect("it has a time")
}

async fn in_sqlite(to: &mut SqliteConnection, events: &[Event]) -> [f64; 3] {
    let mut watch = Stopwatch::new();
    for (turn, events) in turns::<3>(events, BATCH) {
        let start = Instant::now();
        match turn {
            0 => {
                for event in events {
                    insert(&mut *to, event).await.expect("it is inserted");
                }
            }
            1 => {
                for event in events {
                    by_hand::insert_sqlite(to, event).await;
                }
            }
            _ => insert_all(&mut *to, events)
                .await
                .expect("they are inserted"),
        }
        watch.add(turn, start, events);
    }
    watch.of_one()
}
