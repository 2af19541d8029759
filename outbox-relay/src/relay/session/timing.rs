//! When the session starts what.
//!
//! Each function returns the time of one task, or `None` if the task waits for something else. A time that is over
//! means now.

use std::time::Duration;

use super::Session;
use super::tasks::{Kind, Look};
use crate::keys::Held;
use crate::sink::Sink;
use crate::store::Store;

impl<S: Store, K: Sink> Session<'_, S, K> {
    /// Returns when the next thing can start, if nothing is done before.
    pub(super) fn wake_at(&self) -> Duration {
        let stop = self
            .stopped
            .map(|stopped| stopped + self.relay.settings.grace);
        let times = [
            self.send_at(),
            self.save_at(),
            self.renew_at(),
            self.look_at(),
            self.page_at(),
            self.listen_at(),
            self.clean_at(),
            stop,
        ];
        let first = times.into_iter().flatten().min();
        first.unwrap_or_else(|| self.now() + self.lease.duration)
    }

    fn send_at(&self) -> Option<Duration> {
        self.keys.wake_at().filter(|_| self.can_send())
    }

    /// Returns `true` if an event that is ready can be sent.
    pub(super) fn can_send(&self) -> bool {
        self.stopped.is_none()
            && self.announced.is_none()
            && self.has_lease()
            && self.sends.len() < self.relay.sink.in_flight().max(1)
            // A sink that buffers takes events faster than it gets rid of them.
            && self.ledger.unflushed_bytes() < self.relay.settings.memory / 2
            && (self.sends.is_empty() || !self.recovery.is_careful())
    }

    pub(super) fn save_at(&self) -> Option<Duration> {
        let is_urgent = (self.stopped.is_some() && self.sends.is_empty())
            || (self.until_empty && self.keys.held().events == 0);
        let due = match self.ledger.save_at(self.relay.settings.batch) {
            _ if self.announced.is_some() => Some(Duration::ZERO),
            Some(_) if is_urgent => Some(Duration::ZERO),
            due => due,
        };
        due.filter(|_| !self.is_running(Kind::Save))
    }

    pub(super) fn renew_at(&self) -> Option<Duration> {
        let is_renewed = self.is_running(Kind::Renewal) || self.is_running(Kind::Save);
        (!is_renewed).then(|| self.renewed + self.lease.duration / 3)
    }

    pub(super) fn look_at(&self) -> Option<Duration> {
        let due = match self.next_look {
            Look::Writers => Some(Duration::ZERO),
            Look::Rows => self.has_room().then(|| self.pace.due()),
        };
        due.filter(|_| !self.is_running(Kind::Look) && self.stopped.is_none())
    }

    pub(super) fn page_at(&self) -> Option<Duration> {
        // New rows can be of other keys, and parked ones are probably not.
        let can_read = self.has_room() && !self.is_stuck() && self.keys.has_pages();
        (can_read && !self.is_running(Kind::Page) && self.stopped.is_none())
            .then_some(Duration::ZERO)
    }

    pub(super) fn listen_at(&self) -> Option<Duration> {
        let is_wanted = self.keys.has_closed() && self.stopped.is_none();
        (is_wanted && !self.is_running(Kind::Listen)).then_some(self.listen_at)
    }

    pub(super) fn clean_at(&self) -> Option<Duration> {
        let is_wanted = self.relay.settings.retention < Duration::MAX && self.stopped.is_none();
        (is_wanted && !self.is_running(Kind::Clean)).then_some(self.clean_at)
    }

    fn is_running(&self, kind: Kind) -> bool {
        self.running.contains(&kind)
    }

    pub(super) fn now(&self) -> Duration {
        self.start.elapsed()
    }

    /// Returns `true` while no other owner can have the lease.
    pub(super) fn has_lease(&self) -> bool {
        self.now() < self.renewed + self.lease.duration
    }

    pub(super) fn has_room(&self) -> bool {
        let settings = &self.relay.settings;
        let Held {
            events,
            bytes,
            stuck,
        } = self.keys.held();
        events - stuck <= settings.rows() - settings.batch
            && stuck <= settings.stuck_rows()
            && bytes <= settings.memory / 2
    }

    /// Returns `true` if many events wait after a failure.
    pub(super) fn is_stuck(&self) -> bool {
        self.keys.held().stuck > self.relay.settings.rows()
    }

    /// Returns `true` if the session has nothing more to do.
    pub(super) fn is_done(&self, now: Duration) -> bool {
        let is_quiet = self.sends.is_empty()
            && self.announced.is_none()
            && self.ledger.is_clean()
            && !self.is_running(Kind::Flush)
            && !self.is_running(Kind::Save);
        match self.stopped {
            Some(stopped) => is_quiet || now >= stopped + self.relay.settings.grace,
            None => self.until_empty && self.is_empty && is_quiet,
        }
    }
}

/// Returns `true` if it is time.
pub(super) fn is_due(at: Option<Duration>, now: Duration) -> bool {
    at.is_some_and(|at| at <= now)
}
