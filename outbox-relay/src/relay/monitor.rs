//! What a relay has done so far.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// A handle that shows what a relay in this process does, by [`Relay::monitor`](super::Relay::monitor).
#[derive(Debug, Clone, Default)]
pub struct Monitor(Arc<State>);

#[derive(Debug, Default)]
struct State {
    is_owner: AtomicBool,
    is_unavailable: AtomicBool,
    delivered: AtomicU64,
    rejected: AtomicU64,
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

    pub(super) fn set_owner(&self, is_owner: bool) {
        self.0.is_owner.store(is_owner, Ordering::Relaxed);
    }

    /// Sets whether the sink is available, and returns `true` if that is a change.
    pub(super) fn set_available(&self, is_available: bool) -> bool {
        let unavailable = &self.0.is_unavailable;
        unavailable.load(Ordering::Relaxed) == is_available
            && unavailable.swap(!is_available, Ordering::Relaxed) == is_available
    }

    pub(super) fn count_delivered(&self) {
        self.0.delivered.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn count_rejected(&self) {
        self.0.rejected.fetch_add(1, Ordering::Relaxed);
    }
}
