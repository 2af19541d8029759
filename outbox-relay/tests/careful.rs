//! An attempt counts against an event only if the process may have ended because of the event.

#[path = "support/sqlite.rs"]
mod database;
#[allow(unused_imports, reason = "other tests need the rest")]
mod support;

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use outbox_relay::store::{Change, Lease, Limit, SavedState, Snapshot, Sqlite, Status, Writers};
use outbox_relay::{Event, Relay, SendError, Sink, Store, StoreError};
use tokio::sync::Notify;
use tokio::time::timeout;

use database::Database;
use support::row;

const SOON: Duration = Duration::from_secs(20);

/// A sink that gives one answer, or none.
#[derive(Clone)]
struct Answering {
    answer: Option<SendError>,
    asked: Arc<Notify>,
}

impl Answering {
    fn new(answer: Option<SendError>) -> Self {
        let asked = Arc::default();
        Self { answer, asked }
    }
}

impl Sink for Answering {
    async fn send(&self, _: &Event) -> Result<(), SendError> {
        self.asked.notify_one();
        match &self.answer {
            Some(error) => Err(error.clone()),
            None => std::future::pending().await,
        }
    }
}

/// Returns a database with one event, on which two owners have ended.
async fn database() -> Database {
    let database = Database::new().await;
    database.insert(&[row("a", "{}")]);
    let insert = "INSERT INTO outbox_relay VALUES ('main', NULL, 1, '', 0, '{}', 0, '')";
    database.connection.execute(insert, []).expect("an insert");
    end_owner(&database);
    database
}

/// Makes the next owner careful: two owners have ended, and left their lease.
fn end_owner(database: &Database) {
    let end = "UPDATE outbox_relay SET owner = 'gone', leaseuntil = '', takeovers = 2";
    database.connection.execute(end, []).expect("an update");
}

fn suspects(database: &Database) -> String {
    let select = "SELECT suspects FROM outbox_relay";
    let row = database.connection.query_row(select, [], |row| row.get(0));
    row.expect("the relay's row")
}

fn parked(database: &Database) -> u32 {
    let select = "SELECT count(*) FROM outbox_parked";
    let row = database.connection.query_row(select, [], |row| row.get(0));
    row.expect("a number")
}

/// Waits until the database has these suspects.
async fn wait_for(database: &Database, expected: &str) {
    let arrives = async {
        while suspects(database) != expected {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let is_there = timeout(SOON, arrives).await.is_ok();
    assert!(is_there, "{:?} and not {expected:?}", suspects(database));
}

#[tokio::test]
async fn stops_do_not_count() {
    let database = database().await;
    for _ in 0..5 {
        let sink = Answering::new(None);
        let asked = Arc::clone(&sink.asked);
        let relay = Relay::new(database.store().await, sink).grace(Duration::from_millis(500));
        let stop = async { asked.notified().await };
        relay.run(stop).await.expect("it stops");
        assert_eq!((suspects(&database).as_str(), parked(&database)), ("", 0));
        end_owner(&database);
    }
}

#[tokio::test]
async fn a_kill_while_nothing_is_sent_does_not_count() {
    let database = database().await;
    let sink = Answering::new(Some(SendError::unavailable("no broker")));
    let asked = Arc::clone(&sink.asked);
    let relay = Relay::new(database.store().await, sink).backoff(SOON, SOON);
    tokio::select! {
        ended = relay.run(std::future::pending()) => panic!("it has ended: {ended:?}"),
        () = async {
            asked.notified().await;
            wait_for(&database, "").await;
        } => {}
    }
}

#[tokio::test]
async fn a_kill_during_an_attempt_counts() {
    let database = database().await;
    for attempts in 1..=2 {
        let sink = Answering::new(None);
        let asked = Arc::clone(&sink.asked);
        let relay = Relay::new(database.store().await, sink);
        tokio::select! {
            ended = relay.run(std::future::pending()) => panic!("it has ended: {ended:?}"),
            () = asked.notified() => {}
        }
        wait_for(&database, &format!("1:{attempts}")).await;
        end_owner(&database);
    }
}

#[tokio::test]
async fn a_sink_that_is_closed_does_not_count() {
    let database = database().await;
    for _ in 0..5 {
        let sink = Answering::new(Some(SendError::closed("nobody reads")));
        let relay = Relay::new(database.store().await, sink);
        let ended = timeout(SOON, relay.run(std::future::pending())).await;
        ended.expect("it ends").expect_err("the sink is closed");
        assert_eq!((suspects(&database).as_str(), parked(&database)), ("", 0));
        end_owner(&database);
    }
}

/// A store whose answer to a save is lost once, after it has counted an attempt.
struct Losing {
    store: Sqlite,
    has_lost: AtomicBool,
}

impl Store for Losing {
    async fn check(&self) -> Result<(), StoreError> {
        self.store.check().await
    }

    async fn acquire(
        &self,
        name: &str,
        owner: &str,
        duration: Duration,
    ) -> Result<Option<(Lease, SavedState)>, StoreError> {
        self.store.acquire(name, owner, duration).await
    }

    async fn renew(&self, lease: &Lease) -> Result<(), StoreError> {
        self.store.renew(lease).await
    }

    async fn release(&self, lease: &Lease) -> Result<(), StoreError> {
        self.store.release(lease).await
    }

    async fn read(
        &self,
        ranges: &[RangeInclusive<i64>],
        limit: Limit,
    ) -> Result<Snapshot, StoreError> {
        self.store.read(ranges, limit).await
    }

    async fn writers(&self) -> Result<Writers, StoreError> {
        self.store.writers().await
    }

    async fn save(&self, lease: &Lease, change: &Change) -> Result<(), StoreError> {
        self.store.save(lease, change).await?;
        let has_counted = !change.unanswered.suspects.is_empty();
        if has_counted && !self.has_lost.swap(true, Ordering::Relaxed) {
            return Err(StoreError::unavailable("the answer is lost"));
        }
        Ok(())
    }

    async fn parked(&self, name: &str, key: &str, limit: Limit) -> Result<Snapshot, StoreError> {
        self.store.parked(name, key, limit).await
    }

    async fn clean(&self, older_than: Duration, limit: usize) -> Result<usize, StoreError> {
        self.store.clean(older_than, limit).await
    }

    async fn status(&self, name: &str) -> Result<Status, StoreError> {
        self.store.status(name).await
    }
}

#[tokio::test]
async fn an_outage_of_the_database_does_not_count() {
    let database = database().await;
    let sink = Answering::new(None);
    let asked = Arc::clone(&sink.asked);
    let store = Losing {
        store: database.store().await,
        has_lost: AtomicBool::new(false),
    };
    let relay = Relay::new(store, sink).backoff(Duration::ZERO, Duration::ZERO);
    tokio::select! {
        ended = relay.run(std::future::pending()) => panic!("it has ended: {ended:?}"),
        () = asked.notified() => {}
    }
    // The attempt before the outage was not made.
    assert_eq!(suspects(&database), "1:1");
}
