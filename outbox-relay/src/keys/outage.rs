//! When the sink is unavailable for every key.

use std::time::Duration;

use crate::backoff::Backoff;

/// The number of sends in a row that fail before all keys wait. A single key that fails waits by itself.
const FAILURES: u32 = 8;

/// Notices that every send fails. Then nothing is sent but one probe after each wait.
#[derive(Debug, Default)]
pub(super) struct Outage {
    failures: u32,
    waits: u32,
    until: Option<Duration>,
}

impl Outage {
    /// Returns `true` if an event can be sent now, while this many are in flight.
    pub(super) fn allows(&self, now: Duration, in_flight: usize) -> bool {
        self.until
            .is_none_or(|until| until <= now && in_flight == 0)
    }

    /// Returns when the next probe can be sent, if there is an outage.
    pub(super) fn until(&self) -> Option<Duration> {
        self.until
    }

    /// Takes in that a send has failed since the sink is unavailable.
    pub(super) fn fail(&mut self, now: Duration, backoff: &Backoff, random: &mut fastrand::Rng) {
        self.failures = self.failures.saturating_add(1);
        let is_probe = self.until.is_some_and(|until| until <= now);
        if is_probe || (self.until.is_none() && self.failures >= FAILURES) {
            self.waits = self.waits.saturating_add(1);
            self.until = Some(now + backoff.after(self.waits, random));
        }
    }

    /// Takes in that a send has succeeded, or was answered for itself.
    pub(super) fn end(&mut self) {
        *self = Self::default();
    }
}
