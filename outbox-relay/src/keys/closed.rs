//! Keys that are closed: one of their events was rejected, and everything of them is on the shelf.

use std::collections::HashMap;

/// The closed keys. There can be very many, so nothing but their names is in memory.
#[derive(Debug, Default)]
pub(super) struct Closed(HashMap<Box<str>, u32>);

impl Closed {
    /// Returns the number of closed keys.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Adds a key, with the number of changes of its shelf that are not saved.
    pub(super) fn insert(&mut self, key: Box<str>, unsaved: u32) {
        self.0.insert(key, unsaved);
    }

    /// Returns the number of changes that are not saved, if the key is closed.
    pub(super) fn unsaved(&mut self, key: &str) -> Option<&mut u32> {
        // Most relays have none, and look here for every row.
        if self.0.is_empty() {
            return None;
        }
        self.0.get_mut(key)
    }

    /// Removes a key, and returns the number of changes that are not saved.
    pub(super) fn remove(&mut self, key: &str) -> Option<u32> {
        self.0.remove(key)
    }
}
