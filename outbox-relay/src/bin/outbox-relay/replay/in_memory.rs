//! A store that reads from the database, and keeps the progress of one replay in memory.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use outbox_relay::store::{
    Change, Lease, Limit, Park, Progress, SavedState, Snapshot, Status, Why, Writers,
};
use outbox_relay::{Store, StoreError};

use crate::Outcome;

use super::filter::Filter;

pub(crate) struct InMemory<S> {
    store: S,
    filter: Filter,
    unread: Mutex<RangeInclusive<i64>>,
    parked: Rejected,
}

/// The rows that are parked, by their numbers.
#[derive(Clone, Default)]
pub(crate) struct Rejected(Arc<Mutex<BTreeMap<i64, Park>>>);

impl<S> InMemory<S> {
    pub(crate) fn new(store: S, filter: Filter) -> Self {
        Self {
            store,
            unread: Mutex::new(filter.seqs()),
            filter,
            parked: Rejected::default(),
        }
    }

    /// Returns a handle to what the sink rejects.
    pub(crate) fn rejected(&self) -> Rejected {
        self.parked.clone()
    }

    fn unread(&self) -> MutexGuard<'_, RangeInclusive<i64>> {
        self.unread.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S: Store> InMemory<S> {
    /// Returns the numbers that are asked for, up to that of the last row that is there now. So a replay ends while
    /// others write, and sends no event whose transaction can have seen one that was not there yet.
    async fn seqs(&self) -> Result<RangeInclusive<i64>, StoreError> {
        let (first, end) = self.filter.seqs().into_inner();
        let one = Limit {
            rows: 1,
            bytes: usize::MAX,
        };
        let (mut last, mut bound) = (first - 1, end);
        while last < bound {
            let middle = bound - (bound - last) / 2;
            let found = self.store.read(&[middle..=end], one).await?;
            match found.events.first() {
                Some(event) => last = event.seq,
                None => bound = middle - 1,
            }
        }
        Ok(first..=last)
    }
}

impl Rejected {
    fn update<R>(&self, update: impl FnOnce(&mut BTreeMap<i64, Park>) -> R) -> R {
        update(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reports what was not sent.
    pub(crate) fn report(&self) -> Outcome {
        self.update(|parked| {
            let Some((seq, park)) = parked.iter().find(|(_, park)| park.why == Why::Rejected) else {
                return Ok(());
            };
            let reason = park.error.as_deref().unwrap_or("no reason is known");
            Err(format!(
                "events that were not sent, since they or earlier ones of their keys were rejected: {}; the first is {seq}: {reason}",
                parked.len()
            )
            .into())
        })
    }
}

impl<S: Store> Store for InMemory<S> {
    async fn check(&self) -> Result<(), StoreError> {
        self.store.check().await
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
        // A replay that is interrupted begins again.
        let seqs = self.seqs().await?;
        let progress = Progress {
            low: seqs.start() - 1,
            ..Progress::default()
        };
        *self.unread() = seqs;
        self.parked.update(BTreeMap::clear);
        let state = SavedState {
            progress,
            ..SavedState::default()
        };
        Ok(Some((lease, state)))
    }

    async fn renew(&self, _: &Lease) -> Result<(), StoreError> {
        Ok(())
    }

    async fn release(&self, _: &Lease) -> Result<(), StoreError> {
        Ok(())
    }

    /// Reads on. A number that was missing once is not asked for again.
    async fn read(&self, _: &[RangeInclusive<i64>], limit: Limit) -> Result<Snapshot, StoreError> {
        let (first, end) = self.unread().clone().into_inner();
        if first > end {
            return Ok(Snapshot {
                events: Vec::new(),
                is_complete: true,
            });
        }
        let mut snapshot = self.store.read(&[first..=end], limit).await?;
        let read = match snapshot.events.last() {
            Some(event) if !snapshot.is_complete => event.seq,
            _ => end,
        };
        *self.unread() = read.saturating_add(1)..=end.min(i64::MAX - 1);
        snapshot.events.retain(|event| self.filter.takes(event));
        Ok(snapshot)
    }

    /// A replay sends what is there, and waits for nobody.
    async fn writers(&self) -> Result<Writers, StoreError> {
        Ok(Writers::new())
    }

    async fn save(&self, _: &Lease, change: &Change) -> Result<(), StoreError> {
        self.parked.update(|parked| {
            for unpark in &change.unparked {
                parked.remove(&unpark.seq);
            }
            for park in &change.parked {
                parked.insert(park.seq, park.clone());
            }
        });
        Ok(())
    }

    async fn parked(&self, _: &str, key: &str, limit: Limit) -> Result<Snapshot, StoreError> {
        let ranges: Vec<_> = self.parked.update(|parked| {
            let of_key = parked.values().filter(|park| park.key == key);
            of_key
                .map(|park| park.seq..=park.seq)
                .take(limit.rows)
                .collect()
        });
        self.store.read(&ranges, limit).await
    }

    async fn clean(&self, _: Duration, _: usize) -> Result<usize, StoreError> {
        Ok(0)
    }

    async fn status(&self, name: &str) -> Result<Status, StoreError> {
        self.store.status(name).await
    }
}
