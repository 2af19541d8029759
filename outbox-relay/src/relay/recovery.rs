//! The way past an event that ends the process.
//!
//! When a process is killed, its successor sends again what was in flight. If that includes an event that ends the
//! process, such as one that makes a client library abort, the successor is killed too. So an owner that finds that
//! two owners in a row have ended on the way is *careful*: it sends one event at a time, and counts each attempt in
//! the database before it makes it. An event that has used up its attempts is parked.

use crate::ranges::Ranges;

/// The number of owners in a row that end before the next one is careful. A single kill is not unusual.
const TAKEOVERS: u32 = 2;

/// The rows that the owner before may have sent.
#[derive(Debug)]
pub(super) struct Recovery {
    takeovers: u32,
    /// The number of rows that the owner before can still have had in memory.
    more: usize,
    /// The rows among them that are read and not finished.
    unfinished: Ranges,
    /// Rows of the shelves that the owner before delivered are left.
    has_shelves: bool,
    has_suspects: bool,
}

impl Recovery {
    /// Starts the recovery from this many takeovers, of owners that had up to this many rows in memory.
    pub(super) fn new(takeovers: u32, has_suspects: bool, rows: usize) -> Self {
        Self {
            takeovers,
            more: if takeovers > 0 { rows } else { 0 },
            unfinished: Ranges::new(),
            has_shelves: takeovers > 0,
            has_suspects,
        }
    }

    /// Takes in that a row is read.
    pub(super) fn read(&mut self, seq: i64) {
        if self.more > 0 {
            self.more -= 1;
            self.unfinished.insert(seq..=seq);
        }
    }

    /// Takes in that everything visible is read.
    pub(super) fn read_all(&mut self) {
        self.more = 0;
    }

    /// Takes in that a row is delivered or parked.
    pub(super) fn finish(&mut self, seq: i64) {
        if !self.unfinished.is_empty() {
            self.unfinished.remove(seq..=seq);
        }
    }

    /// Takes in whether rows are left on the shelves that the owner before delivered.
    pub(super) fn inherit(&mut self, has_shelves: bool) {
        self.has_shelves = has_shelves;
    }

    /// Takes in whether events are left that were sent without an answer.
    pub(super) fn suspect(&mut self, has_suspects: bool) {
        self.has_suspects = has_suspects;
    }

    /// Returns `true` if one event is sent at a time, and is counted before.
    pub(super) fn is_careful(&self) -> bool {
        self.has_suspects || (self.takeovers >= TAKEOVERS && !self.is_past())
    }

    /// Returns the number of takeovers to save.
    pub(super) fn takeovers(&self) -> u32 {
        if self.is_past() && !self.has_suspects {
            0
        } else {
            self.takeovers
        }
    }

    /// Returns `true` if everything that the owner before may have sent is finished.
    fn is_past(&self) -> bool {
        self.more == 0 && self.unfinished.is_empty() && !self.has_shelves
    }
}
