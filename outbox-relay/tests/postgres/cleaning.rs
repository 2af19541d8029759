//! Cleaning never holds up those who write: by steps, and by dropping partitions.

use std::time::Duration;

use outbox_relay::store::{Change, Lease, Park, Postgres, Progress, Unpark, Why};
use outbox_relay::{Ranges, Store};
use tokio::time::{Instant, sleep};

use crate::support::database::{Database, insert, partitioned};

const LEASE: Duration = Duration::from_secs(10);
const HOUR: Duration = Duration::from_secs(3600);

async fn lease(store: &Postgres, name: &str) -> Lease {
    let acquired = store.acquire(name, "a", LEASE).await.expect("a lease");
    acquired.expect("free").0
}

/// Says that everything up to this number is delivered.
async fn deliver(store: &Postgres, lease: &Lease, low: i64) {
    let change = Change {
        progress: Progress {
            low,
            done: Ranges::new(),
        },
        ..Change::default()
    };
    store.save(lease, &change).await.expect("it is saved");
}

async fn insert_many(database: &Database, count: usize) {
    for _ in 0..count {
        insert(&database.client, "k", "{}").await;
    }
}

async fn clean(store: &Postgres, older_than: Duration) -> usize {
    store.clean(older_than, 7).await.expect("a step")
}

/// The first numbers of the partitions that have rows or had some.
async fn used(database: &Database) -> Vec<i64> {
    let used =
        "SELECT coalesce(array_agg(first), '{}') FROM outbox_partitions() WHERE NOT is_unused";
    database.value(used).await
}

#[tokio::test]
async fn a_step_is_a_small_transaction_that_nobody_waits_for() {
    let Some((database, store)) = Database::migrated("relay_clean_step").await else {
        return;
    };
    insert_many(&database, 60).await;
    let main = lease(&store, "main").await;
    deliver(&store, &main, 60).await;
    // Each step notes itself, and waits for the test before it ends.
    database
        .run(
            "CREATE TABLE step (transaction bigint, deleted bigint);
             CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
                 BEGIN
                     INSERT INTO step SELECT txid_current(), count(*) FROM old;
                     PERFORM pg_advisory_xact_lock_shared(4721);
                     RETURN NULL;
                 END
             $$;
             CREATE TRIGGER note AFTER DELETE ON outbox REFERENCING OLD TABLE AS old
                 FOR EACH STATEMENT EXECUTE FUNCTION note();
             SELECT pg_advisory_lock(4721)",
        )
        .await;
    let cleaner = database.store();
    let cleaning = tokio::spawn(async move {
        let mut steps = Vec::new();
        while steps.last().is_none_or(|&deleted| deleted == 25) {
            let deleted = cleaner.clean(Duration::ZERO, 25).await;
            steps.push(deleted.expect("a step"));
        }
        steps
    });
    let waiting = "SELECT coalesce(max(pid), 0) FROM pg_locks
        WHERE locktype = 'advisory' AND objid = 4721 AND NOT granted";
    let mut pid: i32 = 0;
    while pid == 0 {
        assert!(!cleaning.is_finished(), "no step waits");
        sleep(Duration::from_millis(5)).await;
        pid = database.value(waiting).await;
    }
    // The step has deleted, and has not ended.
    let modes: Vec<String> = database
        .value(&format!(
            "SELECT array_agg(DISTINCT mode ORDER BY mode) FROM pg_locks
             WHERE locktype = 'relation' AND relation = 'outbox'::regclass AND pid = {pid}"
        ))
        .await;
    assert_eq!(modes, ["AccessShareLock", "RowExclusiveLock"]);
    let writer = database.session().await;
    let impatient = "SET lock_timeout = '1ms'";
    writer.batch_execute(impatient).await.expect("a setting");
    for seq in 61..=70 {
        assert_eq!(insert(&writer, "k", "{}").await, seq);
    }
    store.renew(&main).await.expect("the relay goes on");
    deliver(&store, &main, 61).await;
    database.run("SELECT pg_advisory_unlock(4721)").await;
    // The second step sees what was delivered meanwhile.
    assert_eq!(cleaning.await.expect("it ends"), [25, 25, 11]);
    let steps: Vec<i64> = database
        .value("SELECT array_agg(deleted) FROM (SELECT sum(deleted)::bigint AS deleted FROM step GROUP BY transaction HAVING sum(deleted) > 0) AS step")
        .await;
    assert!(
        steps.len() >= 3 && steps.iter().all(|&deleted| deleted <= 25),
        "{steps:?}"
    );
}

#[tokio::test]
async fn a_partition_goes_when_every_relay_is_done_with_it() {
    let Some((database, store)) = partitioned("relay_drop", 10).await else {
        return;
    };
    insert_many(&database, 35).await;
    assert_eq!(clean(&store, Duration::ZERO).await, 0, "no relay");
    let (main, other) = (lease(&store, "main").await, lease(&store, "other").await);
    deliver(&store, &main, 30).await;
    assert_eq!(clean(&store, Duration::ZERO).await, 0, "the other relay");
    let change = Change {
        progress: Progress {
            low: 19,
            done: Ranges::new(),
        },
        parked: vec![Park {
            seq: 5,
            key: "k".to_owned(),
            why: Why::Rejected,
            attempts: 1,
            error: None,
        }],
        ..Change::default()
    };
    store.save(&other, &change).await.expect("it is saved");
    assert_eq!(clean(&store, Duration::ZERO).await, 0, "one is parked");
    deliver(&store, &other, 20).await;
    assert_eq!(clean(&store, HOUR).await, 0, "it is young");
    database
        .run("UPDATE outbox SET insertedat = insertedat - interval '2 hours' WHERE seq < 20")
        .await;
    assert_eq!(clean(&store, HOUR).await, 0, "its last row is young");
    database
        .run("UPDATE outbox SET insertedat = insertedat - interval '2 hours' WHERE seq = 20")
        .await;
    assert_eq!(used(&database).await, [1, 11, 21, 31]);
    assert_eq!(clean(&store, HOUR).await, 7);
    assert_eq!(used(&database).await, [1, 21, 31]);
    assert_eq!(clean(&store, HOUR).await, 0);
    let change = Change {
        progress: Progress {
            low: 30,
            done: Ranges::new(),
        },
        unparked: vec![Unpark {
            seq: 5,
            key: "k".to_owned(),
        }],
        ..Change::default()
    };
    store.save(&other, &change).await.expect("it is saved");
    assert_eq!(clean(&store, HOUR).await, 7);
    assert_eq!(clean(&store, HOUR).await, 0);
    assert_eq!(clean(&store, Duration::ZERO).await, 7);
    assert_eq!(clean(&store, Duration::ZERO).await, 0);
    assert_eq!(used(&database).await, [31]);
    let rows: Vec<i64> = database
        .value("SELECT array_agg(seq ORDER BY seq) FROM outbox")
        .await;
    assert_eq!(rows, [31, 32, 33, 34, 35]);
}

#[tokio::test]
async fn a_drop_gives_way_to_writers() {
    let Some((database, store)) = partitioned("relay_drop_busy", 10).await else {
        return;
    };
    insert_many(&database, 15).await;
    let main = lease(&store, "main").await;
    deliver(&store, &main, 10).await;
    let slow = database.session().await;
    slow.batch_execute("BEGIN").await.expect("a transaction");
    insert(&slow, "k", "{}").await;
    let quick = async {
        let mut longest = Duration::ZERO;
        for _ in 0..100 {
            let began = Instant::now();
            insert(&database.client, "k", "{}").await;
            longest = longest.max(began.elapsed());
            sleep(Duration::from_millis(5)).await;
        }
        longest
    };
    let (dropped, longest) = tokio::join!(clean(&store, Duration::ZERO), quick);
    assert_eq!(dropped, 0);
    assert_eq!(used(&database).await[0], 1);
    // A writer waits for 100 ms, and here for a machine that is busy.
    assert!(longest < Duration::from_secs(2), "{longest:?}");
    slow.batch_execute("COMMIT").await.expect("a commit");
    assert_eq!(clean(&store, Duration::ZERO).await, 7);
    assert_eq!(used(&database).await[0], 11);
}

#[tokio::test]
async fn rows_of_the_default_partition_go_in_steps() {
    let Some((database, store)) = partitioned("relay_drop_default", 10).await else {
        return;
    };
    insert_many(&database, 60).await;
    let main = lease(&store, "main").await;
    deliver(&store, &main, 58).await;
    let mut steps = Vec::new();
    while steps.last() != Some(&0) {
        steps.push(clean(&store, Duration::ZERO).await);
    }
    // Four partitions, and 18 rows.
    assert_eq!(steps, [7, 7, 7, 7, 7, 7, 4, 0]);
    assert_eq!(
        database.value::<i64>("SELECT count(*) FROM outbox").await,
        2
    );
    // And it has added some for the rows to come.
    let unused = "SELECT count(*) FROM outbox_partitions() WHERE is_unused";
    assert_eq!(database.value::<i64>(unused).await, 4);
}
