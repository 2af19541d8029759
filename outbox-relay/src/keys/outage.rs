//! When the sink is unavailable for every key.

use std::time::Duration;

use crate::backoff::Backoff;

/// The number of sends in a row that fail before all keys wait. A single key that fails waits by itself.
const FAILURES: u32 = 8;

/// The most probes after one wait, as a power of two.
const MOST_DOUBLINGS: u32 = 9;

/// Notices that every send fails. Then nothing is sent but probes after each wait: one, then two, four, and so on. They
/// find the keys for which the sink is available, if it is not away for all.
#[derive(Debug, Default)]
pub(super) struct Outage {
    failures: u32,
    waits: u32,
    until: Option<Duration>,
    /// The number of events that were sent since the last wait.
    probes: u32,
}

impl Outage {
    /// Returns `true` if an event can be sent now, while this many are in flight.
    pub(super) fn allows(&self, now: Duration, in_flight: usize) -> bool {
        let has_probe = self.probes < self.most_probes() && (self.probes > 0 || in_flight == 0);
        self.until.is_none_or(|until| until <= now && has_probe)
    }

    fn most_probes(&self) -> u32 {
        1 << self.waits.saturating_sub(1).min(MOST_DOUBLINGS)
    }

    /// Returns when the next probe can be sent, if there is an outage.
    pub(super) fn until(&self) -> Option<Duration> {
        self.until
    }

    /// Takes in that an event is sent.
    pub(super) fn send(&mut self) {
        self.probes += u32::from(self.until.is_some());
    }

    /// Takes in that a send has failed since the sink is unavailable.
    pub(super) fn fail(&mut self, now: Duration, backoff: &Backoff, random: &mut fastrand::Rng) {
        self.failures = self.failures.saturating_add(1);
        let were_probes = self.probes >= self.most_probes();
        let is_over = self.until.is_some_and(|until| until <= now) && were_probes;
        if is_over || (self.until.is_none() && self.failures >= FAILURES) {
            self.waits = self.waits.saturating_add(1);
            self.until = Some(now + backoff.after(self.waits, random));
            self.probes = 0;
        }
    }

    /// Takes in that a send has said nothing about the sink. If it was a probe, another one takes its place.
    pub(super) fn pass(&mut self) {
        self.probes = self.probes.saturating_sub(1);
    }

    /// Takes in that a send has succeeded, or was answered for itself.
    pub(super) fn end(&mut self) {
        *self = Self::default();
    }
}
