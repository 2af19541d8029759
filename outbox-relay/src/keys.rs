//! The order of delivery: which event is sent next, and what becomes of an event that is not accepted.
//!
//! Each partition key has a queue. An event is sent when those before it are delivered, or are in flight as the sink
//! allows. Then:
//!
//! - A *delivered* event is done.
//! - Where the sink is *unavailable*, the event is tried again after a wait that grows up to a bound. When several
//!   sends in a row have failed, nothing is sent but a few probes after each wait.
//! - A *rejected* event is tried again a few times. Then it is parked and its key is closed: the rest of the key is
//!   parked behind it.
//!
//! Parked rows are on the *shelf*: in the database, not in memory. A key is either open, and nothing of it is on the
//! shelf, or everything of it is on the shelf. The shelf of a key that is not closed is read again, page by page,
//! until a page is empty. [`Keys::spill`] makes such a shelf when memory is short. Of a [closed](Closed) key, only the
//! name is in memory.
//!
//! All of this is plain data. Time is passed in, as the time since the relay's start.

mod closed;
mod key;
mod outage;
mod shelves;

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use slab::Slab;

use crate::backoff::Backoff;
use crate::sink::SendError;
use crate::store::{Park, ParkedKey, Suspects, Unpark};

use closed::Closed;
use key::{Key, Place, Shelf, Trouble};
use outage::Outage;

/// The least number of processes that ended while they sent an event alone, before it is parked. A process can be
/// killed for other reasons.
const SUSPICIONS: u32 = 3;

/// The rules of trying again.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Policy {
    /// The number of times that a rejected event is sent before it is parked.
    pub(crate) attempts: u32,
    /// The waits between attempts.
    pub(crate) backoff: Backoff,
    /// The number of events of one key that are in flight together.
    pub(crate) in_flight_per_key: usize,
}

/// An event in memory. `E` is what is sent.
#[derive(Debug)]
pub(crate) struct Entry<E> {
    pub(crate) seq: i64,
    pub(crate) bytes: usize,
    pub(crate) event: E,
}

/// The number of a key in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct KeyId(usize);

/// An event that is to be sent now. Its answer comes back by [`Keys::delivered`] or [`Keys::failed`].
#[derive(Debug)]
pub(crate) struct Job<E> {
    pub(crate) key: KeyId,
    pub(crate) entry: Entry<E>,
}

impl<E> Job<E> {
    /// Takes the event out.
    pub(crate) fn take(self) -> (Job<()>, E) {
        let Self { key, entry } = self;
        let Entry { seq, bytes, event } = entry;
        let rest = Entry {
            seq,
            bytes,
            event: (),
        };
        (Job { key, entry: rest }, event)
    }

    /// Puts another event in.
    pub(crate) fn with<T>(self, event: T) -> Job<T> {
        let Entry { seq, bytes, .. } = self.entry;
        Job {
            key: self.key,
            entry: Entry { seq, bytes, event },
        }
    }
}

/// An attempt that is counted in the database before it is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Attempt {
    pub(crate) seq: i64,
    /// The number of attempts without an answer before this one.
    before: u32,
}

/// Why an event was not delivered.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The sink's answer.
    Send(SendError),
    /// The row is not an event, and trying again does not help.
    NotAnEvent(String),
}

/// The events in memory, in flight or not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) events: usize,
    pub(crate) bytes: usize,
    /// The number of events that wait for their next attempt after a failure, and of those behind them.
    pub(crate) stuck: usize,
}

/// The events in memory, by their keys.
#[derive(Debug)]
pub(crate) struct Keys<E> {
    policy: Policy,
    random: fastrand::Rng,
    slots: Slab<Key<E>>,
    ids: HashMap<Arc<str>, usize>,
    /// Keys that can be sent and whose first event has not failed, by its number. The oldest goes first.
    ready: BinaryHeap<Reverse<(i64, usize)>>,
    /// Keys whose first event has failed and can be sent again. The one that has waited longest goes first.
    again: VecDeque<usize>,
    /// The last event was one that is sent again.
    was_again: bool,
    /// Keys that wait for their next attempt, by its time.
    waiting: BinaryHeap<Reverse<(Duration, usize)>>,
    /// Keys whose shelf may be readable.
    shelved: VecDeque<usize>,
    closed: Closed,
    /// The number of open shelves that earlier owners left.
    inherited: usize,
    outage: Outage,
    /// The number of events that the sink has taken.
    taken: u64,
    /// The number of events that were sent again since they were last asked for.
    repeated: u64,
    suspects: Suspects,
    /// A key has begun to wait, or a key that waits has got an event, since the last spill.
    may_spill: bool,
    held: Held,
    in_flight: usize,
    /// Rows that were parked since they were last taken.
    parked: Vec<Park>,
}

impl<E> Keys<E> {
    /// Starts with what the owners before have parked, and the events that may have ended them.
    pub(crate) fn new(
        policy: Policy,
        random: fastrand::Rng,
        parked: Vec<ParkedKey>,
        suspects: Suspects,
    ) -> Self {
        let mut keys = Self {
            policy,
            random,
            slots: Slab::new(),
            ids: HashMap::new(),
            ready: BinaryHeap::new(),
            again: VecDeque::new(),
            was_again: false,
            waiting: BinaryHeap::new(),
            shelved: VecDeque::new(),
            closed: Closed::default(),
            inherited: 0,
            outage: Outage::default(),
            taken: 0,
            repeated: 0,
            suspects,
            may_spill: false,
            held: Held::default(),
            in_flight: 0,
            parked: Vec::new(),
        };
        for ParkedKey { key, is_closed } in parked {
            if is_closed {
                keys.closed.insert(key.into(), 0);
            } else {
                keys.inherited += 1;
                keys.shelve(
                    &key,
                    Shelf {
                        is_inherited: true,
                        ..Shelf::default()
                    },
                );
            }
        }
        keys
    }

    /// Takes in that a row was read. Rows come in the order of their snapshots, and of `seq` within one. Returns the key
    /// to which its event is to be [pushed](Self::push), or parks the row if its key has parked ones.
    pub(crate) fn read(&mut self, key: &str, seq: i64) -> Option<KeyId> {
        if let Some(unsaved) = self.closed.unsaved(key) {
            *unsaved += 1;
            self.parked.push(Park::behind(seq, key));
            return None;
        }
        let id = self.id(key);
        if self.slots[id].shelf.is_some() {
            self.park(id, seq);
            return None;
        }
        Some(KeyId(id))
    }

    /// Takes in the event of a row that was just [read](Self::read).
    pub(crate) fn push(&mut self, key: KeyId, entry: Entry<E>, now: Duration) {
        let KeyId(id) = key;
        self.enqueue(id, entry, now);
        self.settle(id);
    }

    /// Returns the next event to send, if one can be sent now.
    pub(crate) fn next(&mut self, now: Duration) -> Option<Job<E>> {
        self.end_waits(now);
        if !self.outage.allows(now, self.in_flight) {
            return None;
        }
        loop {
            let id = self.next_ready()?;
            let key = &mut self.slots[id];
            key.place = Place::Nowhere;
            // One of the key may have failed since.
            if key.can_send(&self.policy)
                && let Some(entry) = key.queue.pop_front()
            {
                let is_repeated = |trouble: &Trouble| trouble.seq == entry.seq;
                self.repeated += u64::from(key.trouble.as_ref().is_some_and(is_repeated));
                self.held.stuck -= usize::from(key.trouble.is_some());
                key.in_flight += 1;
                self.in_flight += 1;
                self.outage.send();
                self.schedule(id, now);
                return Some(Job {
                    key: KeyId(id),
                    entry,
                });
            }
            self.settle(id);
        }
    }

    /// Takes the key to send next. New events and those that are sent again take turns, so that neither hold up the others
    /// where the sink has room for few. In an outage the new ones go first: they may be of keys that the sink takes.
    fn next_ready(&mut self) -> Option<usize> {
        let is_turn = !self.was_again && self.outage.until().is_none();
        let again = if is_turn || self.ready.is_empty() {
            self.again.pop_front()
        } else {
            None
        };
        self.was_again = again.is_some();
        again.or_else(|| self.ready.pop().map(|Reverse((_, id))| id))
    }

    /// Takes in that an event is delivered. Returns the row if it is on the shelf and has to leave it.
    pub(crate) fn delivered<T>(&mut self, job: &Job<T>, now: Duration) -> Option<Unpark> {
        self.outage.end();
        self.taken += 1;
        self.answered(job);
        self.forget(job.entry.bytes);
        let key = &mut self.slots[job.key.0];
        self.held.stuck -= key.stuck();
        key.trouble = None;
        let unpark = key.shelf.as_mut().map(|shelf| {
            shelf.unsaved += 1;
            Unpark {
                seq: job.entry.seq,
                key: key.name.to_string(),
            }
        });
        self.go_on(job.key.0, now);
        unpark
    }

    /// Takes in that an event is not delivered.
    pub(crate) fn failed(&mut self, job: Job<E>, failure: Failure, now: Duration) {
        match &failure {
            Failure::Send(SendError::Unavailable { .. }) => {
                self.outage
                    .fail(now, &self.policy.backoff, &mut self.random);
            }
            Failure::Send(SendError::Rejected { .. }) => self.outage.end(),
            Failure::Send(
                SendError::Behind | SendError::Uncertain { .. } | SendError::Closed { .. },
            )
            | Failure::NotAnEvent(_) => self.outage.pass(),
        }
        self.answered(&job);
        let Job {
            key: KeyId(id),
            entry,
        } = job;
        self.slots[id].failed.push((entry, failure));
        self.go_on(id, now);
    }

    /// Returns when to call [`next`](Self::next) again, unless an answer comes before.
    pub(crate) fn wake_at(&self) -> Option<Duration> {
        let waiting = self.waiting.peek().map(|Reverse((until, _))| *until);
        let probe = self
            .outage
            .until()
            .filter(|_| self.has_ready() && self.in_flight == 0);
        waiting.into_iter().chain(probe).min()
    }

    /// Returns how many events were sent again since the last call.
    pub(crate) fn take_repeated(&mut self) -> u64 {
        std::mem::take(&mut self.repeated)
    }

    /// Returns how much is in memory.
    pub(crate) fn held(&self) -> Held {
        self.held
    }

    /// Returns the events that may end the process.
    pub(crate) fn suspects(&self) -> &Suspects {
        &self.suspects
    }

    /// Counts the attempt that is about to be made, until it has an answer.
    pub(crate) fn suspect(&mut self, job: &Job<E>) -> Attempt {
        let seq = job.entry.seq;
        let before = self.suspects.attempts(seq);
        self.suspects.count(seq);
        Attempt { seq, before }
    }

    /// Takes an attempt back that has not ended the process.
    pub(crate) fn take_back(&mut self, attempt: Attempt) {
        self.suspects.take_back(attempt.seq, attempt.before);
    }

    /// Returns `true` if every row that was read is delivered, or is parked and its key closed.
    pub(crate) fn are_settled(&self) -> bool {
        self.held.events == 0 && self.slots.iter().all(|(_, key)| key.shelf.is_none())
    }

    fn has_ready(&self) -> bool {
        !self.ready.is_empty() || !self.again.is_empty()
    }

    fn id(&mut self, name: &str) -> usize {
        if let Some(&id) = self.ids.get(name) {
            return id;
        }
        let name = Arc::from(name);
        let id = self.slots.insert(Key::new(Arc::clone(&name)));
        self.ids.insert(name, id);
        id
    }

    fn enqueue(&mut self, id: usize, entry: Entry<E>, now: Duration) {
        self.held.events += 1;
        self.held.bytes += entry.bytes;
        let key = &mut self.slots[id];
        self.may_spill |= key.place == Place::Waiting;
        key.queue.push_back(entry);
        self.held.stuck += usize::from(key.trouble.is_some());
        self.schedule(id, now);
    }

    fn answered<T>(&mut self, job: &Job<T>) {
        self.in_flight -= 1;
        self.slots[job.key.0].in_flight -= 1;
        self.suspects.clear(job.entry.seq);
    }

    fn forget(&mut self, bytes: usize) {
        self.held.events -= 1;
        self.held.bytes -= bytes;
    }

    /// Goes on with a key after an answer.
    fn go_on(&mut self, id: usize, now: Duration) {
        let key = &mut self.slots[id];
        let stuck = key.stuck();
        if let Some((seq, failure)) = key.take_back() {
            let trouble = key.note(seq, failure, &self.policy);
            trouble.compare(self.taken);
            trouble.until = now
                + self
                    .policy
                    .backoff
                    .after(trouble.failures, &mut self.random);
            let is_final = trouble.is_final(&self.policy);
            self.held.stuck = self.held.stuck - stuck + key.stuck();
            if is_final {
                self.close(id);
            }
        }
        self.schedule(id, now);
        self.settle(id);
    }

    /// Puts a key that can be sent on the list where it belongs.
    fn schedule(&mut self, id: usize, now: Duration) {
        if self.slots[id].in_flight == 0 {
            self.hold_back_suspect(id, now);
        }
        let key = &mut self.slots[id];
        if key.place != Place::Nowhere || !key.can_send(&self.policy) {
            return;
        }
        match key.trouble.as_ref().map(|trouble| trouble.until) {
            Some(until) if until > now => {
                key.place = Place::Waiting;
                self.may_spill = true;
                self.waiting.push(Reverse((until, id)));
            }
            _ => {
                key.place = Place::Ready;
                match key.queue.front() {
                    Some(head) if key.trouble.is_none() => self.ready.push(Reverse((head.seq, id))),
                    _ => self.again.push_back(id),
                }
            }
        }
    }

    /// Holds an event back whose attempts had no answer, when it comes to the head of its key.
    fn hold_back_suspect(&mut self, id: usize, now: Duration) {
        let key = &mut self.slots[id];
        let head = key.queue.front().filter(|_| !self.suspects.is_empty());
        let Some(seq) = head.map(|head| head.seq) else {
            return;
        };
        let attempts = self.suspects.attempts(seq);
        if attempts == 0 || key.trouble.is_some() {
            return;
        }
        let is_final = attempts >= self.policy.attempts.max(SUSPICIONS);
        key.trouble = Some(Trouble {
            attempts: if is_final { attempts } else { 0 },
            failures: attempts,
            is_own: true,
            error: format!("the relay ended {attempts} times while it sent the event"),
            until: now + self.policy.backoff.after(attempts, &mut self.random),
            ..Trouble::of(seq)
        });
        self.held.stuck += key.stuck();
        if is_final {
            self.suspects.clear(seq);
            self.close(id);
        }
    }

    fn end_waits(&mut self, now: Duration) {
        while let Some(&Reverse((until, id))) = self.waiting.peek()
            && until <= now
        {
            self.waiting.pop();
            self.slots[id].place = Place::Nowhere;
            self.schedule(id, now);
            self.settle(id);
        }
    }

    /// Opens a key whose shelf is empty, notes one whose shelf can be read, and forgets one of which nothing is in
    /// memory.
    fn settle(&mut self, id: usize) {
        let key = &mut self.slots[id];
        let is_drained = key.is_drained();
        let is_over = |shelf: &mut Shelf| is_drained && (shelf.is_closed || shelf.is_empty());
        let over = key.shelf.take_if(is_over);
        self.inherited -= usize::from(over.as_ref().is_some_and(|shelf| shelf.is_inherited));
        if let Some(shelf) = over.filter(|shelf| shelf.is_closed) {
            self.closed.insert(Box::from(&*key.name), shelf.unsaved);
        }
        if key.is_readable() {
            self.shelved.push_back(id);
        } else if key.is_over() {
            let key = self.slots.remove(id);
            self.ids.remove(&key.name);
        }
    }
}

#[cfg(test)]
mod tests;
