//! The work of a relay so far.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use chrono::{DateTime, Utc};

use super::histogram::{Counts, Histogram};

/// The bounds of the time from an insert to its acknowledgement, in seconds.
const SECONDS: [f64; 14] = [
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0, 600.0, 3600.0,
];

/// The bounds of the rows that one read returns.
const ROWS: [f64; 9] = [
    1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1_000.0, 3_000.0, 10_000.0,
];

/// A handle that shows what a relay in this process does, by [`Relay::monitor`](super::Relay::monitor).
#[derive(Debug, Clone, Default)]
pub struct Monitor(Arc<State>);

#[derive(Debug)]
struct State {
    is_owner: AtomicBool,
    is_unavailable: AtomicBool,
    delivered: AtomicU64,
    rejected: AtomicU64,
    attempts: AtomicU64,
    repeated: AtomicU64,
    batches: Counts<{ ROWS.len() }>,
    delays: Counts<{ SECONDS.len() }>,
}

impl Default for State {
    fn default() -> Self {
        Self {
            is_owner: AtomicBool::default(),
            is_unavailable: AtomicBool::default(),
            delivered: AtomicU64::default(),
            rejected: AtomicU64::default(),
            attempts: AtomicU64::default(),
            repeated: AtomicU64::default(),
            batches: Counts::new(ROWS),
            delays: Counts::new(SECONDS),
        }
    }
}

impl Monitor {
    /// Returns `true` while this relay has the lease, `false` while it stands by.
    #[must_use]
    pub fn is_owner(&self) -> bool {
        self.0.is_owner.load(Ordering::Relaxed)
    }

    /// Returns `true` if the last answer of the sink was not [`Unavailable`](crate::SendError::Unavailable).
    #[must_use]
    pub fn is_available(&self) -> bool {
        !self.0.is_unavailable.load(Ordering::Relaxed)
    }

    /// Returns how many events this relay has delivered since it was made, repetitions included.
    #[must_use]
    pub fn delivered(&self) -> u64 {
        self.0.delivered.load(Ordering::Relaxed)
    }

    /// Returns how many events this relay has parked as rejected since it was made.
    #[must_use]
    pub fn rejected(&self) -> u64 {
        self.0.rejected.load(Ordering::Relaxed)
    }

    /// Returns how many times this relay has begun to send an event.
    #[must_use]
    pub fn attempts(&self) -> u64 {
        self.0.attempts.load(Ordering::Relaxed)
    }

    /// Returns how many of the attempts have sent an event again, after an attempt of this relay that had failed.
    #[must_use]
    pub fn repeated(&self) -> u64 {
        self.0.repeated.load(Ordering::Relaxed)
    }

    /// Returns how many rows each read has found. Reads that found none are not counted.
    #[must_use]
    pub fn batches(&self) -> Histogram {
        self.0.batches.read()
    }

    /// Returns how long it took from the insert of each event to its acknowledgement, in seconds. The insert is timed
    /// by the database's clock, the acknowledgement by that of this process.
    #[must_use]
    pub fn delays(&self) -> Histogram {
        self.0.delays.read()
    }

    pub(super) fn count_attempt(&self) {
        self.0.attempts.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn count_repeated(&self, count: u64) {
        self.0.repeated.fetch_add(count, Ordering::Relaxed);
    }

    #[expect(clippy::cast_precision_loss, reason = "a batch is in memory")]
    pub(super) fn count_batch(&self, rows: usize) {
        if rows > 0 {
            self.0.batches.count(rows as f64);
        }
    }

    pub(super) fn set_owner(&self, is_owner: bool) {
        self.0.is_owner.store(is_owner, Ordering::Relaxed);
    }

    /// Sets whether the sink is available, and returns `true` if that is a change.
    pub(super) fn set_available(&self, is_available: bool) -> bool {
        let unavailable = &self.0.is_unavailable;
        unavailable.load(Ordering::Relaxed) == is_available
            && unavailable.swap(!is_available, Ordering::Relaxed) == is_available
    }

    /// Counts an event that was inserted at this time.
    pub(super) fn count_delivered(&self, inserted_at: DateTime<Utc>) {
        self.0.delivered.fetch_add(1, Ordering::Relaxed);
        let delay = (Utc::now() - inserted_at).as_seconds_f64();
        self.0.delays.count(delay.max(0.0));
    }

    pub(super) fn count_rejected(&self) {
        self.0.rejected.fetch_add(1, Ordering::Relaxed);
    }
}
