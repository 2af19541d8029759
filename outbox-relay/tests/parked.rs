//! Parked events cost the others nothing.

#[path = "support/sqlite.rs"]
mod database;

use std::collections::BTreeMap;
use std::future::pending;
use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use outbox_core::{Envelope, OutboxEvent, OutboxRow};
use outbox_relay::store::{
    Change, Lease, Limit, Opened, SavedState, Snapshot, Sqlite, Status, Writers,
};
use outbox_relay::{Event, Relay, SendError, Sink, Store, StoreError};
use serde::{Deserialize, Serialize};
use tokio::time::timeout;

use database::Database;

/// An order was placed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, OutboxEvent)]
#[outbox(event_type = "com.example.order.placed", source = "/orders")]
struct OrderPlaced {
    #[aggregate_id]
    order: usize,
    #[partition_key]
    shop: String,
}

fn rows(shop: impl Fn(usize) -> String, count: usize) -> Vec<OutboxRow> {
    let row = |order| {
        let shop = shop(order);
        let event = Envelope::new(OrderPlaced { order, shop }).expect("a valid event");
        event.to_row().expect("a row")
    };
    (0..count).map(row).collect()
}

/// The number of statements of each kind that a relay runs.
type Counts = BTreeMap<&'static str, usize>;

/// A store that counts.
#[derive(Clone)]
struct Counting {
    store: Sqlite,
    counts: Arc<Mutex<Counts>>,
}

impl Counting {
    fn count(&self, statement: &'static str) -> &Sqlite {
        let mut counts = self.counts.lock().expect("no panic with the lock");
        *counts.entry(statement).or_default() += 1;
        &self.store
    }
}

impl Store for Counting {
    async fn check(&self) -> Result<(), StoreError> {
        self.count("check").check().await
    }

    async fn acquire(
        &self,
        name: &str,
        owner: &str,
        duration: Duration,
    ) -> Result<Option<(Lease, SavedState)>, StoreError> {
        self.count("acquire").acquire(name, owner, duration).await
    }

    async fn renew(&self, lease: &Lease) -> Result<(), StoreError> {
        self.store.renew(lease).await
    }

    async fn release(&self, lease: &Lease) -> Result<(), StoreError> {
        self.count("release").release(lease).await
    }

    async fn read(
        &self,
        ranges: &[RangeInclusive<i64>],
        limit: Limit,
    ) -> Result<Snapshot, StoreError> {
        let snapshot = self.store.read(ranges, limit).await?;
        // How often an idle relay looks depends on the machine.
        if !snapshot.events.is_empty() {
            self.count("read");
        }
        Ok(snapshot)
    }

    async fn writers(&self) -> Result<Writers, StoreError> {
        self.store.writers().await
    }

    async fn save(&self, lease: &Lease, change: &Change) -> Result<(), StoreError> {
        if !change.parked.is_empty() || !change.unparked.is_empty() {
            self.count("park");
        }
        self.store.save(lease, change).await
    }

    async fn parked(&self, name: &str, key: &str, limit: Limit) -> Result<Snapshot, StoreError> {
        self.count("parked").parked(name, key, limit).await
    }

    async fn opened(
        &self,
        name: &str,
        after: i64,
        limit: usize,
    ) -> Result<Vec<Opened>, StoreError> {
        self.store.opened(name, after, limit).await
    }

    async fn clean(&self, older_than: Duration, limit: usize) -> Result<usize, StoreError> {
        self.store.clean(older_than, limit).await
    }

    async fn status(&self, name: &str) -> Result<Status, StoreError> {
        self.store.status(name).await
    }
}

/// A sink that does not take the events of one key.
#[derive(Clone)]
struct Refusing {
    key: &'static str,
    refusal: fn() -> SendError,
    delivered: Arc<AtomicUsize>,
}

impl Refusing {
    fn new(key: &'static str, refusal: fn() -> SendError) -> Self {
        Self {
            key,
            refusal,
            delivered: Arc::default(),
        }
    }
}

impl Sink for Refusing {
    async fn send(&self, event: &Event) -> Result<(), SendError> {
        if event.key() == self.key {
            return Err((self.refusal)());
        }
        self.delivered.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

/// Parks so many events behind one. Then counts the statements that deliver 500 events of other keys.
async fn statements_beside(parked: usize) -> Counts {
    let database = Database::new().await;
    let sink = Refusing::new("closed", || SendError::rejected("too large"));
    let drain = async |store| {
        let relay = Relay::new(store, sink.clone()).attempts(1).batch(100);
        let drained = relay.until_empty(pending()).await;
        drained.expect("the relay runs");
    };
    database.insert(&rows(|_| "closed".to_owned(), parked));
    drain(Counting {
        store: database.store().await,
        counts: Arc::default(),
    })
    .await;
    database.insert(&rows(|order| (order % 7).to_string(), 500));
    let counting = Counting {
        store: database.store().await,
        counts: Arc::default(),
    };
    drain(counting.clone()).await;
    assert_eq!(sink.delivered.load(Ordering::Relaxed), 500);
    let store = database.store().await;
    let status = store.status("main").await.expect("a status");
    assert_eq!(
        status.parked_events,
        u64::try_from(parked).expect("a count")
    );
    counting
        .counts
        .lock()
        .expect("no panic with the lock")
        .clone()
}

#[tokio::test]
async fn ten_parked_events_or_many_are_the_same_work_for_the_others() {
    let (few, many) = (statements_beside(10).await, statements_beside(20_000).await);
    assert_eq!(few, many);
}

#[tokio::test]
async fn a_key_that_is_unavailable_does_not_use_up_the_memory() {
    let database = Database::new().await;
    let away = |order: usize| {
        if order.is_multiple_of(10) {
            order.to_string()
        } else {
            "away".to_owned()
        }
    };
    database.insert(&rows(away, 10_000));
    let sink = Refusing::new("away", || {
        SendError::unavailable("its partition has no leader")
    });
    let relay = Relay::new(database.store().await, sink.clone())
        .batch(500)
        .backoff(Duration::from_millis(1), Duration::from_millis(20));
    let is_delivered = async {
        while sink.delivered.load(Ordering::Relaxed) < 1_000 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let run = async {
        tokio::select! {
            stopped = relay.run(pending()) => panic!("{stopped:?}"),
            () = is_delivered => {}
        }
    };
    timeout(Duration::from_secs(60), run)
        .await
        .expect("the other keys are delivered");
}
