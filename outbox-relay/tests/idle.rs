//! The cost of a relay that has nothing to do.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use outbox_relay::store::{Change, Lease, Limit, SavedState, Snapshot, Status, Writer, Writers};
use outbox_relay::{Event, Relay, SendError, Sink, Store, StoreError};

/// A store without rows that counts its calls.
#[derive(Clone, Default)]
struct Empty {
    calls: Arc<AtomicUsize>,
    /// The number 1 belongs to a transaction that does not end.
    has_hole: bool,
}

impl Empty {
    fn count(&self) {
        self.calls.fetch_add(1, Ordering::Relaxed);
    }
}

impl Store for Empty {
    async fn check(&self) -> Result<(), StoreError> {
        self.count();
        Ok(())
    }

    async fn acquire(
        &self,
        name: &str,
        owner: &str,
        duration: Duration,
    ) -> Result<Option<(Lease, SavedState)>, StoreError> {
        let lease = Lease {
            name: name.to_owned(),
            owner: owner.to_owned(),
            epoch: 1,
            duration,
        };
        self.count();
        let mut state = SavedState::default();
        if self.has_hole {
            state.progress.finish(2..=2);
        }
        Ok(Some((lease, state)))
    }

    async fn renew(&self, _: &Lease) -> Result<(), StoreError> {
        self.count();
        Ok(())
    }

    async fn release(&self, _: &Lease) -> Result<(), StoreError> {
        self.count();
        Ok(())
    }

    async fn read(&self, _: &[RangeInclusive<i64>], _: Limit) -> Result<Snapshot, StoreError> {
        let snapshot = Snapshot {
            events: Vec::new(),
            is_complete: true,
        };
        self.count();
        Ok(snapshot)
    }

    async fn writers(&self) -> Result<Writers, StoreError> {
        self.count();
        let writer = self.has_hole.then(|| Writer::Session("1".to_owned()));
        Ok(writer.into_iter().collect())
    }

    async fn save(&self, _: &Lease, _: &Change) -> Result<(), StoreError> {
        self.count();
        Ok(())
    }

    async fn parked(&self, _: &str, _: &str, _: Limit) -> Result<Snapshot, StoreError> {
        unreachable!("nothing is parked")
    }

    async fn clean(&self, _: Duration, _: usize) -> Result<usize, StoreError> {
        self.count();
        Ok(0)
    }

    async fn status(&self, _: &str) -> Result<Status, StoreError> {
        unreachable!("a relay does not ask for its status")
    }
}

struct Nowhere;

impl Sink for Nowhere {
    async fn send(&self, _: &Event) -> Result<(), SendError> {
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn an_idle_relay_asks_less_than_three_times_in_two_seconds() {
    let store = Empty::default();
    let relay = Relay::new(store.clone(), Nowhere);
    let stop = tokio::time::sleep(Duration::from_secs(600));
    relay.run(stop).await.expect("it runs");
    let calls = store.calls.load(Ordering::Relaxed);
    // A read each second, a renewal in a third of the lease, and a look for old rows each minute.
    assert!((600..900).contains(&calls), "{calls} calls in 600 s");
}

#[tokio::test(start_paused = true)]
async fn a_relay_until_empty_asks_rarely_while_a_transaction_is_open() {
    let store = Empty {
        has_hole: true,
        ..Empty::default()
    };
    let relay = Relay::new(store.clone(), Nowhere);
    let stop = tokio::time::sleep(Duration::from_secs(600));
    relay.until_empty(stop).await.expect("it runs");
    let calls = store.calls.load(Ordering::Relaxed);
    // Each second a read, and a look at the writers.
    assert!((1_200..1_500).contains(&calls), "{calls} calls in 600 s");
}
