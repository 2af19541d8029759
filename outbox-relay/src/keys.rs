//! The order of delivery: which event is sent next, and what becomes of an event that is not accepted.
//!
//! Each partition key has a queue. An event is sent when those before it are delivered, or are in flight as the sink
//! allows. Then:
//!
//! - A *delivered* event is done.
//! - Where the sink is *unavailable*, the event is tried again after a wait that grows up to a bound. When several
//!   sends in a row have failed, nothing is sent but one probe after each wait.
//! - A *rejected* event is tried again a few times. Then it is parked and its key is closed: the rest of the key is
//!   parked behind it.
//!
//! Parked rows are on the *shelf*: in the database, not in memory. A key is either open, and nothing of it is on the
//! shelf, or everything of it is on the shelf. The shelf of a key that is not closed is read again, page by page,
//! until it is empty. [`Keys::spill`] makes such a shelf when memory is short.
//!
//! All of this is plain data. Time is passed in, as the time since the relay's start.

mod key;
mod outage;

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, VecDeque};
use std::time::Duration;

use slab::Slab;

use crate::backoff::Backoff;
use crate::sink::SendError;
use crate::store::{Park, ParkedKey, Suspects, Unpark, Why};

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
}

/// The events in memory, by their keys.
#[derive(Debug)]
pub(crate) struct Keys<E> {
    policy: Policy,
    random: fastrand::Rng,
    slots: Slab<Key<E>>,
    ids: HashMap<Box<str>, usize>,
    /// Keys that can be sent, by the number of their first event: the oldest event goes first.
    ready: BinaryHeap<Reverse<(i64, usize)>>,
    /// Keys that wait for their next attempt, by its time.
    waiting: BinaryHeap<Reverse<(Duration, usize)>>,
    /// Keys whose shelf may be readable.
    shelved: VecDeque<usize>,
    /// The number of closed keys.
    closed: usize,
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
            waiting: BinaryHeap::new(),
            shelved: VecDeque::new(),
            closed: 0,
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
        for parked in parked {
            let id = keys.id(&parked.key);
            keys.slots[id].shelf = Some(Shelf {
                rows: parked.rows,
                is_closed: parked.is_closed,
                is_inherited: !parked.is_closed,
                ..Shelf::default()
            });
            keys.closed += usize::from(parked.is_closed);
            keys.inherited += usize::from(!parked.is_closed);
            keys.settle(id);
        }
        keys
    }

    /// Takes in a row that was read. Rows come in the order of their snapshots, and of `seq` within one.
    pub(crate) fn push(&mut self, key: &str, entry: Entry<E>, now: Duration) {
        let id = self.id(key);
        if self.slots[id].shelf.is_some() {
            self.park(id, entry.seq, Why::Behind, None);
        } else {
            self.enqueue(id, entry, now);
        }
    }

    /// Returns the next event to send, if one can be sent now.
    pub(crate) fn next(&mut self, now: Duration) -> Option<Job<E>> {
        self.end_waits(now);
        if !self.outage.allows(now, self.in_flight) {
            return None;
        }
        loop {
            let Reverse((_, id)) = self.ready.pop()?;
            let key = &mut self.slots[id];
            key.place = Place::Nowhere;
            // One of the key may have failed since.
            if key.can_send(&self.policy)
                && let Some(entry) = key.queue.pop_front()
            {
                let is_repeated = |trouble: &Trouble| trouble.seq == entry.seq;
                self.repeated += u64::from(key.trouble.as_ref().is_some_and(is_repeated));
                key.in_flight += 1;
                self.in_flight += 1;
                self.schedule(id, now);
                return Some(Job {
                    key: KeyId(id),
                    entry,
                });
            }
            self.settle(id);
        }
    }

    /// Takes in that an event is delivered. Returns the row if it is on the shelf and has to leave it.
    pub(crate) fn delivered(&mut self, job: &Job<E>, now: Duration) -> Option<Unpark> {
        self.outage.end();
        self.taken += 1;
        self.answered(job);
        self.forget(job.entry.bytes);
        let key = &mut self.slots[job.key.0];
        key.trouble = None;
        let unpark = key.shelf.as_mut().map(|shelf| {
            shelf.rows = shelf.rows.saturating_sub(1);
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
            | Failure::NotAnEvent(_) => {}
        }
        self.answered(&job);
        let Job {
            key: KeyId(id),
            entry,
        } = job;
        self.slots[id].failed.push((entry, failure));
        self.go_on(id, now);
    }

    /// Makes room: moves the events behind one that fails to the shelf, for each key that waits for its next attempt
    /// while the sink takes others.
    pub(crate) fn spill(&mut self) {
        if !std::mem::take(&mut self.may_spill) {
            return;
        }
        let waiting: Vec<_> = self.waiting.iter().map(|Reverse((_, id))| *id).collect();
        for id in waiting {
            if !self.slots[id].can_spill() {
                continue;
            }
            let queue = std::mem::take(&mut self.slots[id].queue);
            if self.slots[id].shelf.is_none() {
                for entry in &queue {
                    self.park(id, entry.seq, Why::Behind, None);
                }
            }
            for (place, entry) in queue.into_iter().enumerate() {
                if place == 0 {
                    self.slots[id].queue.push_back(entry);
                } else {
                    self.forget(entry.bytes);
                }
            }
        }
    }

    /// Returns a key whose shelf is to be read. The page goes to [`push_page`](Self::push_page).
    pub(crate) fn next_page(&mut self) -> Option<(KeyId, String)> {
        while let Some(id) = self.shelved.pop_front() {
            if let Some(key) = self.slots.get_mut(id)
                && key.is_readable()
                && let Some(shelf) = &mut key.shelf
            {
                shelf.reading = Some(shelf.rows);
                return Some((KeyId(id), key.name.to_string()));
            }
        }
        None
    }

    /// Returns `true` if the shelf of some key may be readable.
    pub(crate) fn has_pages(&self) -> bool {
        !self.shelved.is_empty()
    }

    /// Takes in a page of a key's shelf, in the order of `seq`.
    pub(crate) fn push_page(&mut self, key: KeyId, page: Vec<Entry<E>>, now: Duration) {
        let KeyId(id) = key;
        if let Some(shelf) = &mut self.slots[id].shelf
            && let Some(rows) = shelf.reading.take()
            && page.is_empty()
        {
            // Somebody has deleted the rows.
            shelf.rows = shelf.rows.saturating_sub(rows);
        }
        for entry in page {
            if self.slots[id].is_open() {
                self.enqueue(id, entry, now);
            }
        }
        self.settle(id);
    }

    /// Takes in that an operator has opened a key. Its shelf is read when its rows are saved.
    pub(crate) fn reopen(&mut self, key: &str) {
        if let Some(&id) = self.ids.get(key)
            && let Some(shelf) = &mut self.slots[id].shelf
            && std::mem::take(&mut shelf.is_closed)
        {
            self.closed -= 1;
            self.settle(id);
        }
    }

    /// Returns `true` if some key is closed, so that an operator can open it.
    pub(crate) fn has_closed(&self) -> bool {
        self.closed > 0
    }

    /// Returns `true` if rows are left on a shelf that was open when this owner began. The owner before may have sent
    /// them.
    pub(crate) fn has_inherited(&self) -> bool {
        self.inherited > 0
    }

    /// Takes the rows that were parked. [`saved`](Self::saved) is told when the database has them.
    pub(crate) fn take_parked(&mut self) -> Vec<Park> {
        std::mem::take(&mut self.parked)
    }

    /// Takes in that the database has these changes.
    pub(crate) fn saved(&mut self, parked: &[Park], unparked: &[Unpark]) {
        let parked = parked.iter().map(|park| park.key.as_str());
        let unparked = unparked.iter().map(|unpark| unpark.key.as_str());
        for key in parked.chain(unparked) {
            if let Some(&id) = self.ids.get(key) {
                if let Some(shelf) = &mut self.slots[id].shelf {
                    shelf.unsaved = shelf.unsaved.saturating_sub(1);
                }
                self.settle(id);
            }
        }
    }

    /// Returns when to call [`next`](Self::next) again, unless an answer comes before.
    pub(crate) fn wake_at(&self) -> Option<Duration> {
        let waiting = self.waiting.peek().map(|Reverse((until, _))| *until);
        let probe = self
            .outage
            .until()
            .filter(|_| !self.ready.is_empty() && self.in_flight == 0);
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
    pub(crate) fn suspect(&mut self, job: &Job<E>) {
        self.suspects.count(job.entry.seq);
    }

    /// Returns `true` if every row that was read is delivered, or is parked and its key closed.
    pub(crate) fn are_settled(&self) -> bool {
        let is_settled = |key: &Key<E>| key.shelf.as_ref().is_none_or(|shelf| shelf.is_closed);
        self.held.events == 0 && self.slots.iter().all(|(_, key)| is_settled(key))
    }

    fn id(&mut self, name: &str) -> usize {
        if let Some(&id) = self.ids.get(name) {
            return id;
        }
        let id = self.slots.insert(Key::new(name));
        self.ids.insert(name.into(), id);
        id
    }

    fn enqueue(&mut self, id: usize, entry: Entry<E>, now: Duration) {
        self.held.events += 1;
        self.held.bytes += entry.bytes;
        let key = &mut self.slots[id];
        self.may_spill |= key.place == Place::Waiting;
        key.queue.push_back(entry);
        self.schedule(id, now);
    }

    fn answered(&mut self, job: &Job<E>) {
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
        if let Some((seq, failure)) = key.take_back() {
            let trouble = key.note(seq, failure, &self.policy);
            trouble.compare(self.taken);
            trouble.until = now
                + self
                    .policy
                    .backoff
                    .after(trouble.failures, &mut self.random);
            if trouble.is_final(&self.policy) {
                self.close(id);
            }
        }
        self.schedule(id, now);
        self.settle(id);
    }

    /// Parks the event at the head of a key as rejected, and the rest behind it.
    fn close(&mut self, id: usize) {
        let key = &mut self.slots[id];
        let was_shelved = key.shelf.is_some();
        let was_inherited = key.shelf.get_or_insert_default().close();
        self.closed += 1;
        self.inherited -= usize::from(was_inherited);
        for (place, entry) in std::mem::take(&mut key.queue).into_iter().enumerate() {
            self.forget(entry.bytes);
            if place == 0 {
                let trouble = self.slots[id].trouble.take();
                self.park(id, entry.seq, Why::Rejected, trouble);
            } else if !was_shelved {
                self.park(id, entry.seq, Why::Behind, None);
            }
        }
        if was_shelved && let Some(shelf) = &mut self.slots[id].shelf {
            // The rejected row was on the shelf already.
            shelf.rows -= 1;
        }
    }

    /// Parks a row: puts it on the shelf of its key.
    fn park(&mut self, id: usize, seq: i64, why: Why, trouble: Option<Trouble>) {
        let key = &mut self.slots[id];
        key.shelf.get_or_insert_default().add();
        let (attempts, error) =
            trouble.map_or((0, None), |trouble| (trouble.attempts, Some(trouble.error)));
        self.parked.push(Park {
            seq,
            key: key.name.to_string(),
            why,
            attempts,
            error,
        });
    }

    /// Puts a key that can be sent on the list where it belongs.
    fn schedule(&mut self, id: usize, now: Duration) {
        self.hold_back_suspect(id, now);
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
                let seq = key.queue.front().map_or(i64::MAX, |head| head.seq);
                self.ready.push(Reverse((seq, id)));
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

    /// Opens a key whose shelf is empty, notes one whose shelf can be read, and forgets one that holds nothing.
    fn settle(&mut self, id: usize) {
        let key = &mut self.slots[id];
        if key.is_drained()
            && let Some(shelf) = key.shelf.take_if(|shelf| shelf.is_empty())
        {
            self.closed -= usize::from(shelf.is_closed);
            self.inherited -= usize::from(shelf.is_inherited);
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
