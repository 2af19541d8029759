//! The schedules that break the usual ways, each with the relay at work.

use std::time::Duration;

use outbox_relay::{Relay, RelayError, Store, StoreError};
use tokio::time::sleep;

use crate::support::database::{Database, insert};
use crate::support::recorder::{Recorder, Running, expect_low};

/// Long enough for a relay that takes a hole for closed to show it.
const A_WHILE: Duration = Duration::from_millis(700);

/// A schema with a relay that runs.
async fn begin(schema: &'static str) -> Option<(Database, Recorder, Running)> {
    let (database, store) = Database::migrated(schema).await?;
    let recorder = Recorder::default();
    let running = Running::start(Relay::new(store, recorder.clone()));
    Some((database, recorder, running))
}

async fn low(store: &impl Store) -> i64 {
    store.status("main").await.expect("a status").low
}

#[tokio::test]
async fn a_lower_number_that_commits_later_is_delivered_when_it_appears() {
    let Some((database, recorder, running)) = begin("relay_schedule_a").await else {
        return;
    };
    let store = database.store();
    let slow = database.session().await;
    slow.batch_execute("BEGIN").await.expect("a transaction");
    assert_eq!(insert(&slow, "slow", "{}").await, 1);
    assert_eq!(insert(&database.client, "quick", "{}").await, 2);
    recorder.expect(&[2]).await;
    sleep(A_WHILE).await;
    assert_eq!(low(&store).await, 0);
    slow.batch_execute("COMMIT").await.expect("a commit");
    recorder.expect(&[2, 1]).await;
    expect_low(&store, 2).await;
    running.stop().await;
    recorder.expect(&[2, 1]).await;
}

#[tokio::test]
async fn b_the_order_is_that_of_the_lock_and_not_of_the_transaction_ids() {
    let Some((database, recorder, running)) = begin("relay_schedule_b").await else {
        return;
    };
    database
        .run("CREATE TABLE account (version int); INSERT INTO account VALUES (0)")
        .await;
    let lock = "SELECT FROM account FOR UPDATE";
    let begin = "BEGIN; SELECT txid_current()";
    let (first, second) = (database.session().await, database.session().await);
    first.batch_execute(begin).await.expect("the lower id");
    second.batch_execute(begin).await.expect("the higher id");
    second.batch_execute(lock).await.expect("the lock");
    let waits = async {
        first.batch_execute(lock).await.expect("the lock, later");
        assert_eq!(insert(&first, "k", "{}").await, 2);
        first.batch_execute("COMMIT").await.expect("a commit");
    };
    let goes_on = async {
        sleep(Duration::from_millis(100)).await;
        assert_eq!(insert(&second, "k", "{}").await, 1);
        second.batch_execute("COMMIT").await.expect("a commit");
    };
    tokio::join!(waits, goes_on);
    recorder.expect(&[1, 2]).await;
    let is_inverted: bool = database
        .value("SELECT max(xmin::text::bigint) FILTER (WHERE seq = 1) > max(xmin::text::bigint) FILTER (WHERE seq = 2) FROM outbox")
        .await;
    assert!(is_inverted);
    running.stop().await;
}

#[tokio::test]
async fn c_a_number_that_is_taken_before_there_is_a_transaction_id_is_not_lost() {
    let Some((database, recorder, running)) = begin("relay_schedule_c").await else {
        return;
    };
    let store = database.store();
    database
        .run(
            "CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS $$
                 BEGIN
                     IF NEW.payload = '\"wait\"' THEN PERFORM pg_advisory_xact_lock_shared(4711); END IF;
                     RETURN NEW;
                 END
             $$;
             CREATE TRIGGER wait BEFORE INSERT ON outbox FOR EACH ROW EXECUTE FUNCTION wait();
             SELECT pg_advisory_lock(4711)",
        )
        .await;
    // Every 32nd number is logged, which takes an id. The first one is.
    assert_eq!(insert(&database.client, "first", "{}").await, 1);
    let slow = database.session().await;
    let pid: i32 = slow
        .query_one("SELECT pg_backend_pid()", &[])
        .await
        .expect("a pid")
        .get(0);
    let inserting = tokio::spawn(async move { insert(&slow, "slow", "\"wait\"").await });
    sleep(Duration::from_millis(100)).await;
    assert_eq!(insert(&database.client, "quick", "{}").await, 3);
    recorder.expect(&[1, 3]).await;
    sleep(A_WHILE).await;
    let has_id = format!("SELECT backend_xid IS NOT NULL FROM pg_stat_activity WHERE pid = {pid}");
    assert!(!database.value::<bool>(&has_id).await);
    let status = store.status("main").await.expect("a status");
    assert_eq!((status.low, status.open_holes), (1, 1));
    database.run("SELECT pg_advisory_unlock(4711)").await;
    assert_eq!(inserting.await.expect("it ends"), 2);
    recorder.expect(&[1, 3, 2]).await;
    expect_low(&store, 3).await;
    running.stop().await;
}

#[tokio::test]
async fn d_nothing_waits_for_a_savepoint_that_is_rolled_back() {
    let Some((database, recorder, running)) = begin("relay_schedule_d").await else {
        return;
    };
    let store = database.store();
    let session = database.session().await;
    session.batch_execute("BEGIN").await.expect("a transaction");
    insert(&session, "k", "{}").await;
    session
        .batch_execute("SAVEPOINT s")
        .await
        .expect("a savepoint");
    insert(&session, "k", "{}").await;
    session.batch_execute("ROLLBACK TO s").await.expect("back");
    insert(&session, "k", "{}").await;
    session.batch_execute("COMMIT").await.expect("a commit");
    recorder.expect(&[1, 3]).await;
    expect_low(&store, 3).await;
    // The transaction has nothing in the outbox any more, and goes on for long.
    session
        .batch_execute("BEGIN; SELECT txid_current(); SAVEPOINT s")
        .await
        .expect("a savepoint");
    insert(&session, "k", "{}").await;
    session.batch_execute("ROLLBACK TO s").await.expect("back");
    assert_eq!(insert(&database.client, "k", "{}").await, 5);
    recorder.expect(&[1, 3, 5]).await;
    expect_low(&store, 5).await;
    running.stop().await;
}

#[tokio::test]
async fn e_a_prepared_transaction_holds_its_number_until_it_ends() {
    let Some((database, recorder, running)) = begin("relay_schedule_e").await else {
        return;
    };
    let store = database.store();
    let session = database.session().await;
    session.batch_execute("BEGIN").await.expect("a transaction");
    insert(&session, "k", "{}").await;
    insert(&database.client, "l", "{}").await;
    recorder.expect(&[2]).await;
    // The relay has seen the session as the writer, which now becomes another one, and is gone.
    sleep(Duration::from_millis(200)).await;
    session
        .batch_execute("PREPARE TRANSACTION 'relay_schedule_e'")
        .await
        .expect("it is prepared");
    drop(session);
    sleep(A_WHILE).await;
    assert_eq!(low(&store).await, 0);
    // The next owner finds the prepared transaction.
    running.stop().await;
    let running = Running::start(Relay::new(database.store(), recorder.clone()));
    insert(&database.client, "l", "{}").await;
    recorder.expect(&[2, 3]).await;
    sleep(A_WHILE).await;
    assert_eq!(low(&store).await, 0);
    database.run("COMMIT PREPARED 'relay_schedule_e'").await;
    recorder.expect(&[2, 3, 1]).await;
    expect_low(&store, 3).await;
    running.stop().await;
}

#[tokio::test]
async fn f_strangers_who_hold_the_xmin_delay_nothing() {
    let Some((database, recorder, running)) = begin("relay_schedule_f").await else {
        return;
    };
    let store = database.store();
    let (reader, writer) = (database.session().await, database.session().await);
    reader
        .batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT FROM outbox")
        .await
        .expect("an idle reader");
    writer
        .batch_execute("BEGIN; CREATE TABLE other (); SELECT txid_current()")
        .await
        .expect("a writer of other tables");
    let session = database.session().await;
    let mut expected = Vec::new();
    for number in 1..=100 {
        let end = if number % 10 == 0 {
            "ROLLBACK"
        } else {
            "COMMIT"
        };
        session.batch_execute("BEGIN").await.expect("a transaction");
        assert_eq!(insert(&session, "k", "{}").await, number);
        session.batch_execute(end).await.expect("an end");
        if number % 10 != 0 {
            expected.push(number);
        }
    }
    recorder.expect(&expected).await;
    // The last number is not known to be given before a higher one is seen.
    expect_low(&store, 99).await;
    drop((reader, writer));
    running.stop().await;
}

#[tokio::test]
async fn g_a_sequence_with_a_cache_is_refused_at_the_start() {
    let Some((database, store)) = Database::migrated("relay_schedule_g").await else {
        return;
    };
    database.run("ALTER SEQUENCE outbox_seq_seq CACHE 20").await;
    let relay = Relay::new(store, Recorder::default());
    match relay.run(std::future::pending()).await {
        Err(RelayError::Store(StoreError::Refused(reason))) => {
            let reason = reason.to_string();
            assert!(reason.contains("SET CACHE 1"), "{reason}");
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn h_a_million_rows_that_are_rolled_back_are_one_range() {
    let Some((database, recorder, running)) = begin("relay_schedule_h").await else {
        return;
    };
    let store = database.store();
    // The rows alone take long enough.
    database
        .run("ALTER TABLE outbox DROP CONSTRAINT outbox_id_key")
        .await;
    let session = database.session().await;
    session
        .batch_execute(
            "BEGIN;
             INSERT INTO outbox (id, aggregatetype, aggregateid, type, payload, partitionkey, topic, source,
                 specversion, time, subject, datacontenttype, dataversion)
             SELECT '00000000-0000-0000-0000-000000000001', 'a', 'a', 'com.example.a', '{}', 'k', 't', '/s', '1.0',
                 now(), 'a', 'application/json', '1.0'
             FROM generate_series(1, 1000000)",
        )
        .await
        .expect("a bulk insert");
    let last = insert(&database.client, "k", "{}").await;
    recorder.expect(&[last]).await;
    sleep(A_WHILE).await;
    let saved = "SELECT done FROM outbox_relay";
    assert_eq!(
        database.value::<String>(saved).await,
        format!("{{[{last},{last}]}}")
    );
    assert_eq!(store.status("main").await.expect("a status").open_holes, 1);
    session.batch_execute("ROLLBACK").await.expect("back");
    expect_low(&store, last).await;
    assert_eq!(database.value::<String>(saved).await, "{}");
    running.stop().await;
}
