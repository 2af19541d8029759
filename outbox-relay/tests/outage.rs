//! A sink that is unavailable for some keys alone does not hold up the others.

#[path = "support/sqlite.rs"]
mod database;
#[allow(unused_imports, reason = "other tests need the rest")]
mod support;

use std::future::pending;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use outbox_core::OutboxRow;
use outbox_relay::{Event, Relay, SendError, Sink};
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};

use database::Database;
use support::row;

const BATCH: usize = 50;

/// A sink that takes the keys that begin with `up`.
#[derive(Clone, Default)]
struct HalfAway {
    taken: Arc<Mutex<Vec<String>>>,
    changed: Arc<Notify>,
}

impl HalfAway {
    /// Waits until the sink has taken this many events.
    async fn takes(&self, count: usize) {
        while self.taken.lock().expect("no panic with the lock").len() < count {
            self.changed.notified().await;
        }
    }
}

impl Sink for HalfAway {
    async fn send(&self, event: &Event) -> Result<(), SendError> {
        if event.key().starts_with("down") {
            return Err(SendError::unavailable("the topic has no leader"));
        }
        let mut taken = self.taken.lock().expect("no panic with the lock");
        taken.push(event.row().payload.clone());
        self.changed.notify_one();
        Ok(())
    }
}

fn rows(key: &str, keys: usize, count: usize) -> Vec<OutboxRow> {
    let row = |number: usize| row(&format!("{key}-{}", number % keys), &number.to_string());
    (0..count).map(row).collect()
}

/// Delivers until the sink has taken this many events, and kills the relay then.
async fn deliver(database: &Database, count: usize) {
    let sink = HalfAway::default();
    let relay = Relay::new(database.store().await, sink.clone())
        .batch(BATCH)
        .lease(Duration::from_millis(100))
        .backoff(Duration::from_millis(1), Duration::from_millis(20));
    let taken = async {
        tokio::select! {
            ended = relay.run(pending()) => panic!("it has ended: {ended:?}"),
            () = sink.takes(count) => {}
        }
    };
    let is_taken = timeout(Duration::from_secs(30), taken).await.is_ok();
    let taken = sink.taken.lock().expect("no panic with the lock");
    assert!(is_taken, "{} of {count} are delivered", taken.len());
}

#[tokio::test]
async fn keys_behind_a_backlog_of_unavailable_keys_are_delivered() {
    let database = Database::new().await;
    // Sixteen batches can wait.
    database.insert(&rows("down", 12 * BATCH, 12 * BATCH));
    database.insert(&rows("up", 10, 100));
    deliver(&database, 100).await;
    database.insert(&rows("up", 10, 100));
    deliver(&database, 100).await;
}

#[tokio::test]
async fn a_backlog_of_a_few_unavailable_keys_has_no_bound() {
    let database = Database::new().await;
    for _ in 0..10 {
        database.insert(&rows("down", 10, 5 * BATCH));
        database.insert(&rows("up", 10, 10));
    }
    deliver(&database, 100).await;
    database.insert(&rows("up", 10, 100));
    deliver(&database, 100).await;
}

/// A sink that can be reached or not.
#[derive(Clone, Default)]
struct Reachable(Arc<AtomicBool>);

impl Sink for Reachable {
    async fn send(&self, _: &Event) -> Result<(), SendError> {
        self.check().await
    }

    async fn check(&self) -> Result<(), SendError> {
        let is_reachable = self.0.load(Ordering::Relaxed);
        is_reachable
            .then_some(())
            .ok_or_else(|| SendError::unavailable("it is away"))
    }
}

#[tokio::test]
async fn a_sink_that_is_away_at_the_start_is_available_again_without_an_event() {
    let database = Database::new().await;
    let sink = Reachable::default();
    let relay = Relay::new(database.store().await, sink.clone())
        .backoff(Duration::from_millis(1), Duration::from_millis(20));
    let monitor = relay.monitor();
    let seen = async {
        while monitor.is_available() {
            sleep(Duration::from_millis(1)).await;
        }
        sleep(Duration::from_millis(50)).await;
        assert!(!monitor.is_available());
        sink.0.store(true, Ordering::Relaxed);
        while !monitor.is_available() {
            sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::select! {
        ended = relay.run(pending()) => panic!("it has ended: {ended:?}"),
        seen = timeout(Duration::from_secs(30), seen) => seen.expect("it is available again"),
    }
}

/// A sink that takes one event at once, and does not take the first send of the key `late`.
#[derive(Clone)]
struct OneByOne {
    failure: SendError,
    has_failed: Arc<AtomicBool>,
    sent: Arc<Mutex<Vec<String>>>,
}

impl Sink for OneByOne {
    async fn send(&self, event: &Event) -> Result<(), SendError> {
        sleep(Duration::from_millis(1)).await;
        let mut sent = self.sent.lock().expect("no panic with the lock");
        sent.push(event.key().to_owned());
        if event.key() == "late" && !self.has_failed.swap(true, Ordering::SeqCst) {
            return Err(self.failure.clone());
        }
        Ok(())
    }

    fn in_flight(&self) -> usize {
        1
    }
}

#[tokio::test]
async fn an_event_that_failed_once_does_not_wait_for_the_backlog() {
    for failure in [
        SendError::unavailable("a broken connection"),
        SendError::rejected("no such topic yet"),
    ] {
        let database = Database::new().await;
        database.insert(&[row("late", "0")]);
        database.insert(&rows("other", 1_000, 1_000));
        let sink = OneByOne {
            failure,
            has_failed: Arc::default(),
            sent: Arc::default(),
        };
        let relay = Relay::new(database.store().await, sink.clone())
            .batch(BATCH)
            .backoff(Duration::from_millis(1), Duration::from_millis(20));
        relay.until_empty(pending()).await.expect("the relay runs");
        let sent = sink.sent.lock().expect("no panic with the lock");
        let again = sent.iter().rposition(|key| key == "late");
        let again = again.expect("it is sent");
        assert!(
            (1..200).contains(&again),
            "it is sent again after {again} others"
        );
    }
}
