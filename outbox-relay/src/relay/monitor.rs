//! The work of a relay so far.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::histogram::{Counts, Histogram};

/// The bounds of the time from an insert to its acknowledgement, in seconds.
const SECONDS: [f64; 15] = [
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 600.0, 3600.0,
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
    /// The lowest number that is missing, and since when it is the lowest.
    hole: Mutex<Option<(i64, Instant)>>,
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
            hole: Mutex::default(),
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

    /// Returns `false` from an answer of the sink that it is [`Unavailable`](crate::SendError::Unavailable) until it
    /// has taken or rejected an event, or a sink that was unavailable at the start has passed its check.
    #[must_use]
    pub fn is_available(&self) -> bool {
        !self.0.is_unavailable.load(Ordering::Relaxed)
    }

    /// Returns how many events this relay has delivered since it was made, repetitions included. An event counts when
    /// the sink has flushed it.
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

    /// Returns for how long the lowest number that is missing in the table is missing, if one is. Long times come from
    /// a transaction that has inserted an event and has not ended.
    #[must_use]
    pub fn oldest_hole(&self) -> Option<Duration> {
        self.hole().map(|(_, since)| since.elapsed())
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
        *self.hole() = None;
    }

    /// Notes the lowest number that is missing.
    pub(super) fn note_hole(&self, lowest: Option<i64>) {
        let mut hole = self.hole();
        *hole = match (*hole, lowest) {
            (Some((seq, since)), Some(lowest)) if seq == lowest => Some((seq, since)),
            (_, lowest) => lowest.map(|lowest| (lowest, Instant::now())),
        };
    }

    fn hole(&self) -> MutexGuard<'_, Option<(i64, Instant)>> {
        self.0.hole.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets whether the sink is available, and returns `true` if that is a change.
    pub(super) fn set_available(&self, is_available: bool) -> bool {
        let unavailable = &self.0.is_unavailable;
        unavailable.load(Ordering::Relaxed) == is_available
            && unavailable.swap(!is_available, Ordering::Relaxed) == is_available
    }

    /// Counts the events that took these times from the insert to the acknowledgement, in seconds.
    pub(super) fn count_delivered(&self, delays: &[f64]) {
        self.0
            .delivered
            .fetch_add(delays.len() as u64, Ordering::Relaxed);
        for delay in delays {
            // The database's clock can be ahead.
            self.0.delays.count(delay.max(0.0));
        }
    }

    pub(super) fn count_rejected(&self) {
        self.0.rejected.fetch_add(1, Ordering::Relaxed);
    }
}
