//! A database whose saves fail, or succeed without an answer, and relays that end at any moment.

use std::ops::RangeInclusive;
use std::sync::Mutex;
use std::time::Duration;

use fastrand::Rng;
use outbox_relay::sink::Delivered;
use outbox_relay::sink::kafka::KafkaSink;
use outbox_relay::store::{
    Change, Lease, Limit, Opened, SavedState, Snapshot, Sqlite, Status, Store, Writers,
};
use outbox_relay::{Event, Relay, SendError, Sink, StoreError};
use tokio::time::sleep;

use crate::broker::Broker;
use crate::outbox::Outbox;

struct Faulty {
    store: Sqlite,
    random: Mutex<Rng>,
}

impl Faulty {
    fn fails(&self) -> Result<(), StoreError> {
        match self.random.lock().unwrap().u8(..6) {
            0 => Err(StoreError::unavailable("the connection is broken")),
            _ => Ok(()),
        }
    }
}

impl Store for Faulty {
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
        self.fails()?;
        self.store.save(lease, change).await?;
        self.fails()
    }

    async fn parked(&self, name: &str, key: &str, limit: Limit) -> Result<Snapshot, StoreError> {
        self.store.parked(name, key, limit).await
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

/// A sink that does not tell what its record has.
struct Forgetful {
    sink: KafkaSink,
    is_forgetful: bool,
}

impl Sink for Forgetful {
    async fn send(&self, event: &Event) -> Result<(), SendError> {
        self.sink.send(event).await
    }

    async fn recover(&self, name: &str) -> Result<Option<Vec<Delivered>>, SendError> {
        let recovered = self.sink.recover(name).await?;
        Ok(recovered.map(|delivered| {
            if self.is_forgetful {
                Vec::new()
            } else {
                delivered
            }
        }))
    }

    fn saved(&self, seqs: &[i64]) {
        self.sink.saved(seqs);
    }
}

/// Delivers while saves fail and relays end. Returns what is wrong with the topic.
async fn deliver(broker: &Broker, is_forgetful: bool, seed: u64) -> Vec<String> {
    let mut random = Rng::with_seed(seed);
    let mut outbox = Outbox::new(&broker.topic).await;
    for _ in 0..20 {
        outbox.insert(random.usize(1..100), &mut random);
        let store = Faulty {
            store: outbox.store().await,
            random: Mutex::new(random.fork()),
        };
        let sink = broker.sink();
        let relay = Relay::new(store, Forgetful { sink, is_forgetful })
            .owner("relay") // The next one need not wait for the lease.
            .batch(20)
            .backoff(Duration::from_millis(1), Duration::from_millis(20))
            .lease(Duration::from_millis(300));
        tokio::select! {
            ended = relay.run(std::future::pending()) => panic!("{ended:?}"),
            () = sleep(Duration::from_millis(random.u64(200..1_000))) => {}
        }
    }
    let last = Relay::new(outbox.store().await, broker.sink());
    last.until_empty(std::future::pending()).await.unwrap();
    broker.judge(&outbox.inserted)
}

#[tokio::test(flavor = "multi_thread")]
async fn each_event_comes_once_while_saves_fail() {
    let Some(broker) = Broker::connect().await else {
        return;
    };
    let seed = fastrand::u64(..);
    let violations = deliver(&broker, false, seed).await;
    assert!(violations.is_empty(), "seed {seed}: {violations:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_nobody_reads_is_found() {
    let Some(broker) = Broker::connect().await else {
        return;
    };
    let violations = deliver(&broker, true, 7).await;
    assert!(
        violations.iter().any(|found| found.contains("times")),
        "{violations:#?}"
    );
}
