//! The shelves: the rows of a key that are in the database, since they are parked, or since memory was short.

use std::cmp::Reverse;
use std::time::Duration;

use super::key::Shelf;
use super::{Entry, KeyId, Keys};
use crate::store::{Park, Unpark, Why};

impl<E> Keys<E> {
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
            self.held.stuck -= self.slots[id].stuck();
            let queue = std::mem::take(&mut self.slots[id].queue);
            if self.slots[id].shelf.is_none() {
                for entry in &queue {
                    self.park(id, entry.seq);
                }
            }
            for (place, entry) in queue.into_iter().enumerate() {
                if place == 0 {
                    self.slots[id].queue.push_back(entry);
                } else {
                    self.forget(entry.bytes);
                }
            }
            self.held.stuck += self.slots[id].stuck();
        }
    }

    /// Returns a key whose shelf is to be read. The page goes to [`push_page`](Self::push_page).
    pub(crate) fn next_page(&mut self) -> Option<(KeyId, String)> {
        while let Some(id) = self.shelved.pop_front() {
            if let Some(key) = self.slots.get_mut(id)
                && key.is_readable()
                && let Some(shelf) = &mut key.shelf
            {
                shelf.begin_page();
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
        if let Some(shelf) = &mut self.slots[id].shelf {
            shelf.end_page(page.is_empty());
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
        if let Some(unsaved) = self.closed.remove(key) {
            self.shelve(
                key,
                Shelf {
                    unsaved,
                    ..Shelf::default()
                },
            );
        }
    }

    /// Returns `true` if some key is closed, so that an operator can open it.
    pub(crate) fn has_closed(&self) -> bool {
        self.closed.len() > 0
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
            if let Some(count) = self.closed.unsaved(key) {
                *count = count.saturating_sub(1);
            } else if let Some(&id) = self.ids.get(key) {
                if let Some(shelf) = &mut self.slots[id].shelf {
                    shelf.unsaved = shelf.unsaved.saturating_sub(1);
                }
                self.settle(id);
            }
        }
    }

    /// Puts an open shelf at a key of which nothing is in memory.
    pub(super) fn shelve(&mut self, key: &str, rows: Shelf) {
        let id = self.id(key);
        self.slots[id].shelf = Some(rows);
        self.settle(id);
    }

    /// Parks the event at the head of a key as rejected, and the rest behind it.
    pub(super) fn close(&mut self, id: usize) {
        let key = &mut self.slots[id];
        self.held.stuck -= key.stuck();
        let was_shelved = key.shelf.is_some();
        key.shelf.get_or_insert_default().is_closed = true;
        let trouble = key.trouble.take();
        for (place, entry) in std::mem::take(&mut key.queue).into_iter().enumerate() {
            self.forget(entry.bytes);
            if place == 0 || !was_shelved {
                self.park(id, entry.seq);
            }
            if place == 0
                && let Some(rejected) = self.parked.last_mut()
                && let Some(trouble) = &trouble
            {
                rejected.why = Why::Rejected;
                rejected.attempts = trouble.attempts;
                rejected.error = Some(trouble.error.clone());
            }
        }
    }

    /// Parks a row: puts it on the shelf of its key, behind an earlier one.
    pub(super) fn park(&mut self, id: usize, seq: i64) {
        let key = &mut self.slots[id];
        key.shelf.get_or_insert_default().add();
        self.parked.push(Park::behind(seq, &key.name));
    }
}
