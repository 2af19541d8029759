//! One partition key: the events that wait for one another.

use std::cmp::Reverse;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use super::{Entry, Failure, Policy};
use crate::sink::SendError;

/// The events of one key in memory, and how it goes on with them.
#[derive(Debug)]
pub(super) struct Key<E> {
    pub(super) name: Arc<str>,
    pub(super) queue: VecDeque<Entry<E>>,
    pub(super) in_flight: usize,
    /// Events that came back while others of the key are in flight.
    pub(super) failed: Vec<(Entry<E>, Failure)>,
    pub(super) trouble: Option<Trouble>,
    pub(super) shelf: Option<Shelf>,
    pub(super) place: Place,
}

/// The list of the scheduler that has the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Nowhere,
    Ready,
    Waiting,
}

/// The failure of the event at the head of a key.
#[derive(Debug)]
pub(super) struct Trouble {
    pub(super) seq: i64,
    /// The number of times that the event was rejected.
    pub(super) attempts: u32,
    /// The number of times that the event has failed, for any reason.
    pub(super) failures: u32,
    /// The last failure was the event's own, and not that of the sink.
    pub(super) is_own: bool,
    /// The sink has taken other events since the failure before. So an unavailable sink is not away for all keys.
    pub(super) is_alone: bool,
    /// The number of events that the sink had taken at the last failure.
    pub(super) taken: Option<u64>,
    pub(super) error: String,
    /// When the event can be sent again.
    pub(super) until: Duration,
}

/// The rows of a key that are parked.
#[expect(
    clippy::struct_excessive_bools,
    reason = "facts that do not depend on one another"
)]
#[derive(Debug)]
pub(super) struct Shelf {
    /// One of the rows was rejected.
    pub(super) is_closed: bool,
    /// It was open when this owner began, and has not been empty or closed since.
    pub(super) is_inherited: bool,
    /// The number of changes of the rows that are not saved yet.
    pub(super) unsaved: u32,
    /// A page is being read.
    pub(super) is_reading: bool,
    /// The database may have a row of the key. Only an empty page says that it has none.
    pub(super) may_have_rows: bool,
}

impl Default for Shelf {
    fn default() -> Self {
        Self {
            is_closed: false,
            is_inherited: false,
            unsaved: 0,
            is_reading: false,
            may_have_rows: true,
        }
    }
}

impl<E> Key<E> {
    pub(super) fn new(name: Arc<str>) -> Self {
        Self {
            name,
            queue: VecDeque::new(),
            in_flight: 0,
            failed: Vec::new(),
            trouble: None,
            shelf: None,
            place: Place::Nowhere,
        }
    }

    /// Returns `true` if the event at the head can be sent, now or after a wait.
    pub(super) fn can_send(&self, policy: &Policy) -> bool {
        let limit = if self.trouble.is_some() {
            1
        } else {
            policy.in_flight_per_key.max(1)
        };
        !self.queue.is_empty() && self.failed.is_empty() && self.in_flight < limit
    }

    /// Returns `true` if the key holds nothing, so that it can be forgotten.
    pub(super) fn is_over(&self) -> bool {
        self.is_drained() && self.shelf.is_none() && self.place == Place::Nowhere
    }

    /// Returns `true` if no event of the key is in memory.
    pub(super) fn is_drained(&self) -> bool {
        self.queue.is_empty() && self.in_flight == 0
    }

    /// Returns `true` unless one of the key's rows was rejected for good.
    pub(super) fn is_open(&self) -> bool {
        self.shelf.as_ref().is_none_or(|shelf| !shelf.is_closed)
    }

    /// Returns `true` if a page of the shelf can be read.
    pub(super) fn is_readable(&self) -> bool {
        let is_readable = |shelf: &Shelf| {
            shelf.may_have_rows && !shelf.is_closed && shelf.unsaved == 0 && !shelf.is_reading
        };
        self.is_drained() && self.shelf.as_ref().is_some_and(is_readable)
    }

    /// Returns `true` if the key waits for a failure of its own, or is on the shelf already, and others wait behind it
    /// in memory. What is on the shelf is read again later.
    pub(super) fn can_spill(&self) -> bool {
        let is_own = |trouble: &Trouble| trouble.is_own || trouble.is_alone || self.shelf.is_some();
        self.trouble.as_ref().is_some_and(is_own) && self.in_flight == 0 && self.queue.len() > 1
    }

    /// Returns how many events wait for the next attempt after a failure, or behind that event.
    pub(super) fn stuck(&self) -> usize {
        self.trouble.as_ref().map_or(0, |_| self.queue.len())
    }

    /// Puts the events that have failed back to the head of the queue, when nothing is in flight any more. Returns
    /// the first one's number and failure.
    pub(super) fn take_back(&mut self) -> Option<(i64, Failure)> {
        if self.in_flight > 0 {
            return None;
        }
        self.failed.sort_by_key(|(entry, _)| Reverse(entry.seq));
        let mut first = None;
        for (entry, failure) in self.failed.drain(..) {
            first = Some((entry.seq, failure));
            self.queue.push_front(entry);
        }
        first
    }

    /// Notes the failure of the event at the head.
    pub(super) fn note(&mut self, seq: i64, failure: Failure, policy: &Policy) -> &mut Trouble {
        if self
            .trouble
            .as_ref()
            .is_none_or(|trouble| trouble.seq != seq)
        {
            self.trouble = None;
        }
        let trouble = self.trouble.get_or_insert_with(|| Trouble::of(seq));
        trouble.failures = trouble.failures.saturating_add(1);
        trouble.is_own = true;
        trouble.error = match failure {
            Failure::NotAnEvent(reason) => {
                trouble.attempts = policy.attempts;
                reason
            }
            Failure::Send(SendError::Rejected { reason }) => {
                trouble.attempts = trouble.attempts.saturating_add(1);
                reason
            }
            Failure::Send(error) => {
                trouble.is_own = false;
                error.reason().to_owned()
            }
        };
        trouble
    }
}

impl Shelf {
    /// Takes in that a row is put on it.
    pub(super) fn add(&mut self) {
        self.may_have_rows = true;
        self.unsaved += 1;
    }

    /// Takes in that the read of a page begins.
    pub(super) fn begin_page(&mut self) {
        self.is_reading = true;
        self.may_have_rows = false;
    }

    /// Takes in that a page is read. Rows may have been added since it began.
    pub(super) fn end_page(&mut self, is_empty: bool) {
        self.is_reading = false;
        self.may_have_rows |= !is_empty;
    }

    /// Returns `true` if the database has no row of the key any more.
    pub(super) fn is_empty(&self) -> bool {
        !self.may_have_rows && self.unsaved == 0 && !self.is_reading
    }
}

impl Trouble {
    /// Returns `true` if the event is not to be sent again.
    pub(super) fn is_final(&self, policy: &Policy) -> bool {
        self.is_own && self.attempts >= policy.attempts
    }

    /// Takes in how many events the sink has taken by the time of this failure.
    pub(super) fn compare(&mut self, taken: u64) {
        self.is_alone = self
            .taken
            .replace(taken)
            .is_some_and(|before| before < taken);
    }

    /// Begins with an event that has not failed yet.
    pub(super) fn of(seq: i64) -> Self {
        Self {
            seq,
            attempts: 0,
            failures: 0,
            is_own: false,
            is_alone: false,
            taken: None,
            error: String::new(),
            until: Duration::ZERO,
        }
    }
}
