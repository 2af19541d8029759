//! Rows, writers, progress and status, as the store sees them.

use std::ops::RangeInclusive;
use std::time::Duration;

use outbox_core::row::postgres::CREATE_PARTITIONED_TABLE;
use outbox_relay::store::Postgres;
use outbox_relay::store::{Change, Limit, Park, Progress, Snapshot, Unpark, Why, Writer};
use outbox_relay::{Ranges, Store, StoreError};

use crate::support::database::{Database, insert};

const ALL: RangeInclusive<i64> = 1..=i64::MAX;
const LIMIT: Limit = Limit {
    rows: 1000,
    bytes: 1 << 20,
};
const LEASE: Duration = Duration::from_secs(10);

fn seqs(snapshot: &Snapshot) -> Vec<i64> {
    snapshot.events.iter().map(|event| event.seq).collect()
}

#[tokio::test]
async fn reads_the_rows_of_ranges_in_order_up_to_the_limit() {
    let Some((database, store)) = Database::migrated("relay_ranges").await else {
        return;
    };
    for number in 1..=20 {
        insert(&database.client, "k", &format!("{{\"n\":{number}}}")).await;
    }
    database.run("DELETE FROM outbox WHERE seq = 5").await;
    let read = async |ranges: &[RangeInclusive<i64>], rows| {
        let limit = Limit { rows, ..LIMIT };
        let snapshot = store.read(ranges, limit).await.expect("rows");
        (seqs(&snapshot), snapshot.is_complete)
    };
    let everything: Vec<i64> = (1..=20).filter(|&seq| seq != 5).collect();
    assert_eq!(read(&[ALL], 1000).await, (everything, true));
    assert_eq!(
        read(&[3..=6, 9..=9, 18..=i64::MAX], 1000).await,
        (vec![3, 4, 6, 9, 18, 19, 20], true)
    );
    assert_eq!(
        read(&[3..=6, 9..=i64::MAX], 5).await,
        (vec![3, 4, 6, 9, 10], false)
    );
    assert_eq!(read(&[21..=i64::MAX], 1000).await, (vec![], true));
    assert_eq!(read(&[], 1000).await, (vec![], true));
}

#[tokio::test]
async fn a_read_ends_at_its_bytes() {
    let Some((database, store)) = Database::migrated("relay_bytes").await else {
        return;
    };
    // Stored out of line, stored in line, and compressed.
    for length in [10, 100_000, 10, 500] {
        let payload = format!("\"{}\"", "x".repeat(length));
        insert(&database.client, "k", &payload).await;
    }
    let noise: String = database
        .value("SELECT string_agg(md5(i::text), '') FROM generate_series(1, 5000) AS i")
        .await;
    insert(&database.client, "k", &format!("\"{noise}\"")).await;
    let read = async |range, bytes| {
        let limit = Limit { bytes, ..LIMIT };
        let snapshot = store.read(&[range], limit).await.expect("rows");
        (seqs(&snapshot), snapshot.is_complete)
    };
    assert_eq!(read(ALL, 1 << 20).await, (vec![1, 2, 3, 4, 5], true));
    assert_eq!(read(ALL, 50_000).await, (vec![1], false));
    assert_eq!(read(ALL, 110_000).await, (vec![1, 2, 3, 4], false));
    // The first row comes whatever its size is.
    assert_eq!(read(2..=i64::MAX, 50_000).await, (vec![2], false));
    assert_eq!(read(5..=i64::MAX, 1).await, (vec![5], false));
    let size = store.read(&[ALL], LIMIT).await.expect("rows").events[0].size();
    assert_eq!(read(1..=1, size + 1).await, (vec![1], true));
}

#[tokio::test]
async fn a_row_that_is_not_an_event_says_why() {
    let Some((database, store)) = Database::migrated("relay_unreadable").await else {
        return;
    };
    insert(&database.client, "k", "not JSON").await;
    insert(&database.client, "by-hand", "{}").await;
    insert(&database.client, "by-hand", "{}").await;
    database
        .run(
            "ALTER TABLE outbox ALTER subject DROP NOT NULL, ALTER partitionkey DROP NOT NULL;
             UPDATE outbox SET subject = NULL WHERE seq = 2;
             UPDATE outbox SET time = 'infinity', insertedat = '-infinity', partitionkey = NULL WHERE seq = 3;",
        )
        .await;
    let events = store.read(&[ALL], LIMIT).await.expect("rows").events;
    assert!(events[0].row.is_ok(), "the payload is checked later");
    let reasons: Vec<_> = events[1..]
        .iter()
        .map(|event| {
            (
                event.key(),
                event.row.as_ref().expect_err("unreadable").reason.as_str(),
            )
        })
        .collect();
    assert_eq!(reasons[0].0, "by-hand");
    assert_eq!(
        reasons[0].1,
        "the column `subject` cannot be read: a Postgres value was `NULL`"
    );
    assert_eq!(reasons[1].0, "");
    assert!(
        reasons[1]
            .1
            .starts_with("the column `partitionkey` cannot be read: "),
        "{reasons:?}"
    );
}

#[tokio::test]
async fn a_text_can_have_another_type() {
    let Some((database, store)) = Database::migrated("relay_types").await else {
        return;
    };
    database
        .run("ALTER TABLE outbox ALTER payload TYPE jsonb USING payload::jsonb, ALTER type TYPE varchar(100)")
        .await;
    store.check().await.expect("it is an outbox");
    database
        .run(
            "INSERT INTO outbox (id, aggregatetype, aggregateid, type, payload, partitionkey, topic, source,
                 specversion, time, subject, datacontenttype, dataversion)
             VALUES ('00000000-0000-0000-0000-000000000001', 'a', 'a', 'com.example.a', '{\"n\": 1}', 'k', 't', '/s',
                 '1.0', now(), 'a', 'application/json', '1.0')",
        )
        .await;
    let events = store.read(&[ALL], LIMIT).await.expect("rows").events;
    let two_ranges = store.read(&[1..=1, 2..=i64::MAX], LIMIT).await;
    assert_eq!(two_ranges.expect("rows").events, events);
    let row = events[0].row.as_ref().expect("an event");
    assert_eq!(
        (row.payload.as_str(), row.event_type.as_str()),
        ("{\"n\": 1}", "com.example.a")
    );
}

#[tokio::test]
async fn writers_are_those_of_this_table() {
    let Some((database, store)) = Database::migrated("relay_writers").await else {
        return;
    };
    let Some((neighbour, _)) = Database::migrated("relay_writers_neighbour").await else {
        return;
    };
    let writers = async || store.writers().await.expect("the writers");
    assert_eq!(writers().await.len(), 0);
    // A stranger, a reader, a vacuum's lock, and a writer of another outbox are not writers.
    let mut sessions = Vec::new();
    for statement in [
        "CREATE TABLE stranger ()",
        "SELECT FROM outbox",
        "LOCK TABLE outbox IN SHARE UPDATE EXCLUSIVE MODE",
    ] {
        let session = database.session().await;
        session
            .batch_execute(&format!("BEGIN; {statement}"))
            .await
            .expect("a lock");
        sessions.push(session);
    }
    neighbour.run("BEGIN").await;
    insert(&neighbour.client, "k", "{}").await;
    assert_eq!(writers().await.len(), 0);
    drop(sessions);
    let session = database.session().await;
    session.batch_execute("BEGIN").await.expect("a transaction");
    insert(&session, "k", "{}").await;
    let open = writers().await;
    assert_eq!(open.len(), 1);
    // A savepoint that is rolled back after its insert leaves a writer, if it wrote before, and none otherwise.
    session
        .batch_execute("COMMIT; BEGIN; SAVEPOINT s")
        .await
        .expect("a savepoint");
    insert(&session, "k", "{}").await;
    assert_eq!(writers().await.len(), 1);
    session.batch_execute("ROLLBACK TO s").await.expect("back");
    assert_eq!(writers().await.len(), 0);
    session.batch_execute("ROLLBACK").await.expect("an end");
    // Two at once, and one that holds a stronger lock.
    session
        .batch_execute("BEGIN; LOCK TABLE outbox IN ACCESS EXCLUSIVE MODE")
        .await
        .expect("a lock");
    assert_eq!(writers().await.len(), 1);
}

#[tokio::test]
async fn a_prepared_writer_keeps_its_name() {
    let Some((database, store)) = Database::migrated("relay_prepared").await else {
        return;
    };
    database.run("BEGIN").await;
    insert(&database.client, "k", "{}").await;
    database.run("SAVEPOINT s").await;
    insert(&database.client, "k", "{}").await;
    database.run("RELEASE s").await;
    let transaction: String = database.value("SELECT txid_current()::text").await;
    database.run("PREPARE TRANSACTION 'relay_prepared'").await;
    let prepared = store.writers().await.expect("the writers");
    assert_eq!(
        prepared.into_iter().collect::<Vec<_>>(),
        [Writer::Prepared(transaction)]
    );
    database.run("COMMIT PREPARED 'relay_prepared'").await;
    assert!(store.writers().await.expect("the writers").is_empty());
    let snapshot = store.read(&[ALL], LIMIT).await.expect("rows");
    assert_eq!(seqs(&snapshot), [1, 2]);
}

#[tokio::test]
async fn writers_of_partitions_count() {
    let Some(database) = Database::empty("relay_partitions").await else {
        return;
    };
    database.run(CREATE_PARTITIONED_TABLE).await;
    database
        .run("SELECT outbox_add_partitions(rows_each => 10)")
        .await;
    let store = database.store();
    store.migrate().await.expect("the relay's tables");
    store.check().await.expect("an outbox");
    database
        .run("BEGIN; LOCK TABLE ONLY outbox_p11 IN ROW EXCLUSIVE MODE")
        .await;
    assert_eq!(store.writers().await.expect("the writers").len(), 1);
    for _ in 0..15 {
        insert(&database.client, "k", "{}").await;
    }
    assert_eq!(store.writers().await.expect("the writers").len(), 1);
    database.run("COMMIT").await;
    let snapshot = store
        .read(&[9..=12, 14..=i64::MAX], LIMIT)
        .await
        .expect("rows");
    assert_eq!(seqs(&snapshot), [9, 10, 11, 12, 14, 15]);
}

fn park(seq: i64, key: &str, why: Why) -> Park {
    Park {
        seq,
        key: key.to_owned(),
        why,
        attempts: 3,
        error: Some("too \0 large".to_owned()),
    }
}

#[tokio::test]
async fn keys_of_any_length_are_parked() {
    let Some((database, store)) = Database::migrated("relay_long_keys").await else {
        return;
    };
    let long = "ä".repeat(20_000);
    let (one, other) = (format!("{long}1"), format!("{long}2"));
    for key in [&one, &other, &one] {
        insert(&database.client, key, "{}").await;
    }
    let (lease, _) = store
        .acquire("main", "a", LEASE)
        .await
        .expect("a lease")
        .expect("free");
    let mut change = Change {
        progress: Progress {
            low: 3,
            done: Ranges::new(),
        },
        parked: vec![
            park(1, "stale", Why::Behind),
            park(1, &one, Why::Rejected),
            park(3, &one, Why::Behind),
            park(2, &other, Why::Rejected),
        ],
        ..Change::default()
    };
    store.save(&lease, &change).await.expect("it is saved");
    let parked = store.parked("main", &one, LIMIT).await.expect("rows");
    assert_eq!((seqs(&parked), parked.is_complete), (vec![1, 3], true));
    let first = Limit { rows: 1, ..LIMIT };
    let parked = store.parked("main", &one, first).await.expect("rows");
    assert_eq!((seqs(&parked), parked.is_complete), (vec![1], false));
    let error: String = database
        .value("SELECT error FROM outbox_parked WHERE seq = 1")
        .await;
    assert_eq!(error, "too \u{fffd} large");
    // The one in both lists is forgotten first, and parked again.
    let since = "SELECT array_agg(since::text ORDER BY seq) FROM outbox_parked WHERE seq > 1";
    let before: Vec<String> = database.value(since).await;
    change.unparked = vec![
        Unpark {
            seq: 1,
            key: one.clone(),
        },
        Unpark {
            seq: 3,
            key: one.clone(),
        },
    ];
    change.parked = vec![park(3, &one, Why::Rejected), park(2, &other, Why::Rejected)];
    store.save(&lease, &change).await.expect("it is saved");
    let parked = store.parked("main", &one, LIMIT).await.expect("rows");
    assert_eq!(seqs(&parked), [3]);
    let after: Vec<String> = database.value(since).await;
    assert_eq!(before[0], after[0]);
    assert_ne!(before[1], after[1]);
}

#[tokio::test]
async fn status_tells_what_is_left() {
    let Some((database, store)) = Database::migrated("relay_status").await else {
        return;
    };
    let fresh = store.status("main").await.expect("a status");
    assert_eq!((fresh.owner, fresh.low, fresh.undelivered), (None, 0, 0));
    for _ in 0..20 {
        insert(&database.client, "k", "{}").await;
    }
    // 3 and 4 are one hole, 6 is one, 8 another, and 12 is visible.
    database
        .run("DELETE FROM outbox WHERE seq IN (3, 4, 6, 8)")
        .await;
    let (lease, _) = store
        .acquire("main", "a", LEASE)
        .await
        .expect("a lease")
        .expect("free");
    let done = [9..=11, 13..=15].into_iter().collect();
    let change = Change {
        progress: Progress { low: 2, done },
        parked: vec![park(1, "k", Why::Rejected), park(2, "l", Why::Rejected)],
        ..Change::default()
    };
    store.save(&lease, &change).await.expect("it is saved");
    let status = store.status("main").await.expect("a status");
    assert_eq!((status.low, status.high), (2, 15));
    assert_eq!(status.open_holes, 3);
    // 5, 7, 12 and those above 15.
    assert_eq!(status.undelivered, 8);
    assert_eq!((status.parked_events, status.parked_keys), (2, 2));
    assert_eq!((status.owner.as_deref(), status.epoch), (Some("a"), 1));
    assert!(
        status
            .oldest_seconds
            .is_some_and(|age| (0.0..60.0).contains(&age))
    );
    store.release(&lease).await.expect("it is released");
    let status = store.status("main").await.expect("a status");
    assert_eq!(status.owner, None);
}

#[tokio::test]
async fn cleaning_goes_past_what_it_must_keep() {
    let Some((database, store)) = Database::migrated("relay_clean").await else {
        return;
    };
    for _ in 0..100 {
        insert(&database.client, "k", "{}").await;
    }
    let count = async || database.value::<i64>("SELECT count(*) FROM outbox").await;
    assert_eq!(store.clean(Duration::ZERO, 1000).await.expect("nothing"), 0);
    let (lease, _) = store
        .acquire("main", "a", LEASE)
        .await
        .expect("a lease")
        .expect("free");
    let change = Change {
        progress: Progress {
            low: 90,
            done: Ranges::new(),
        },
        parked: (1..=30).map(|seq| park(seq, "k", Why::Rejected)).collect(),
        ..Change::default()
    };
    store.save(&lease, &change).await.expect("it is saved");
    // Nothing is old enough.
    assert_eq!(
        store
            .clean(Duration::from_secs(3600), 10)
            .await
            .expect("a step"),
        0
    );
    // A row that is not old between those that are.
    database
        .run("UPDATE outbox SET insertedat = insertedat - interval '1 day' WHERE seq <> 50")
        .await;
    let mut steps = Vec::new();
    loop {
        let deleted = store
            .clean(Duration::from_secs(3600), 25)
            .await
            .expect("a step");
        steps.push(deleted);
        if deleted < 25 {
            break;
        }
    }
    assert_eq!(steps, [25, 25, 9]);
    assert_eq!(count().await, 41);
    // Another relay has delivered nothing.
    store
        .acquire("other", "a", LEASE)
        .await
        .expect("a lease")
        .expect("free");
    assert_eq!(store.clean(Duration::ZERO, 25).await.expect("a step"), 0);
}

#[tokio::test]
async fn a_lost_connection_is_reported_once() {
    let Some((database, _)) = Database::migrated("relay_lost").await else {
        return;
    };
    let url = database.url("&application_name=relay_lost");
    let store = Postgres::new(&url).expect("an address");
    store.read(&[ALL], LIMIT).await.expect("rows");
    let (lease, _) = store
        .acquire("main", "a", LEASE)
        .await
        .expect("a lease")
        .expect("free");
    let terminate = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'relay_lost'";
    database.run(terminate).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    for _ in 0..2 {
        let results = (
            store.read(&[ALL], LIMIT).await.map(|_| ()),
            store.renew(&lease).await,
        );
        match results {
            (Err(StoreError::Unavailable(_)), Err(StoreError::Unavailable(_))) => {}
            (Ok(()), Ok(())) => return,
            results => panic!("{results:?}"),
        }
    }
    panic!("the store does not connect again");
}

#[tokio::test]
async fn nothing_waits_behind_a_statement_that_was_given_up() {
    let Some((database, store)) = Database::migrated("relay_given_up").await else {
        return;
    };
    let acquire = async |name| {
        let acquired = store.acquire(name, "a", LEASE).await;
        acquired.expect("a lease").expect("free").0
    };
    let lease = acquire("main").await;
    database
        .run("BEGIN; SELECT FROM outbox_relay FOR UPDATE")
        .await;
    let soon = Duration::from_millis(200);
    let renewed = tokio::time::timeout(soon, store.renew(&lease)).await;
    assert!(renewed.is_err(), "somebody has locked the row");
    let other = tokio::time::timeout(soon * 10, acquire("other")).await;
    other.expect("it does not wait for the row");
}

/// A planner without statistics would rather sort the whole backlog.
#[tokio::test]
async fn a_read_touches_no_more_than_it_returns() {
    let Some((database, store)) = Database::migrated("relay_flat").await else {
        return;
    };
    database
        .run(
            "ALTER TABLE outbox SET (autovacuum_enabled = off);
             INSERT INTO outbox (id, aggregatetype, aggregateid, type, payload, partitionkey, topic, source,
                 specversion, time, subject, datacontenttype, dataversion)
             SELECT md5(i::text)::uuid, 'a', 'a', 'com.example.a', '{}', 'k', 't', '/s', '1.0', now(), 'a',
                 'application/json', '1.0'
             FROM generate_series(1, 20000) AS i",
        )
        .await;
    let limit = Limit { rows: 100, ..LIMIT };
    for batch in 0..10 {
        let first = batch * 100 + 1;
        let tail = first + 2..=i64::MAX;
        for ranges in [vec![tail.clone()], vec![first..=first, tail]] {
            let snapshot = store.read(&ranges, limit).await.expect("rows");
            assert_eq!(snapshot.events.len(), 100);
        }
    }
    // The counters are written when the session ends.
    drop(store);
    let touched =
        "SELECT coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) FROM pg_stat_user_tables
                   WHERE relid = 'outbox'::regclass";
    let mut count: i64 = 0;
    for _ in 0..100 {
        count = database.value(touched).await;
        if count > 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!((2000..4000).contains(&count), "{count} rows");
}
