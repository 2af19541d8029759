//! The cost of a relay that has nothing to do.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use outbox_relay::store::{Change, Lease, Limit, SavedState, Snapshot, Status, Writers};
use outbox_relay::{Event, Relay, SendError, Sink, Store, StoreError};

/// A store without rows that counts its calls.
#[derive(Clone, Default)]
struct Empty(Arc<AtomicUsize>);

impl Empty {
    fn count(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
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
        Ok(Some((lease, SavedState::default())))
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
        Ok(Writers::new())
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
    let calls = store.0.load(Ordering::Relaxed);
    // A read each second, a renewal in a third of the lease, and a look for old rows each minute.
    assert!((600..900).contains(&calls), "{calls} calls in 600 s");
}
