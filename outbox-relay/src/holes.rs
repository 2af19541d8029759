//! The numbers that no read has shown yet, and the proof that some of them never will be.
//!
//! A database numbers rows before it commits them, so a lower number can appear after a higher one. A number that is
//! missing in a snapshot is a *hole*. A hole is closed by proof:
//!
//! 1. A snapshot shows a higher number, and the hole. The number of the hole was given before that snapshot.
//! 2. Whoever was given it holds a writer's lock on the table from before that moment to the end of their
//!    transaction. The writers are observed *after* the snapshot, so they are among them, or have ended.
//! 3. When all of these writers are gone, the row is committed or will never be. A *new* snapshot shows which.
//!
//! Transactions that did not write to the table play no part, and a hole that stays open delays nothing.

use std::ops::RangeInclusive;

use crate::progress::Progress;
use crate::ranges::Ranges;
use crate::store::{Writer, Writers};

/// The open holes, and the number above which nothing was read.
#[derive(Debug, Default)]
pub(crate) struct Holes {
    /// The highest number that was read.
    high: i64,
    /// All numbers up to the highest one that are not known. Each is in one of the sets below.
    open: Ranges,
    /// Numbers that an earlier owner has not finished, and that no snapshot of this owner has covered.
    unread: Ranges,
    /// Numbers that were missing in a snapshot, while no writers have been observed since.
    missing: Ranges,
    /// Numbers that were missing before the writers were observed, with those that still live. Oldest first.
    watches: Vec<Watch>,
    /// Numbers whose writers are all gone: the next snapshot decides.
    ripe: Ranges,
}

#[derive(Debug)]
struct Watch {
    holes: Ranges,
    writers: Writers,
}

/// The ranges that the next read has to look at.
#[derive(Debug)]
pub(crate) struct Question {
    /// The open holes and all numbers above the highest one. All of them belong into one snapshot: a row that a later
    /// one has seen can be in any of the holes.
    pub(crate) ranges: Vec<RangeInclusive<i64>>,
    /// The holes that were ripe before the read began.
    ripe: Ranges,
}

impl Holes {
    /// Starts with what an earlier owner has left unfinished.
    pub(crate) fn resume(progress: &Progress) -> Self {
        Self {
            high: progress.high(),
            open: progress.gaps(),
            unread: progress.gaps(),
            ..Self::default()
        }
    }

    /// Returns what the next read has to look at.
    pub(crate) fn question(&self) -> Question {
        let mut ranges: Vec<_> = self.open.iter().collect();
        if self.high < i64::MAX {
            ranges.push(self.high + 1..=i64::MAX);
        }
        Question {
            ranges,
            ripe: self.ripe.clone(),
        }
    }

    /// Returns `true` if a row of this number is new.
    pub(crate) fn is_new(&self, seq: i64) -> bool {
        seq > self.high || self.open.contains(seq)
    }

    /// Takes in the numbers that a read has found, in ascending order, and returns the holes that are closed.
    pub(crate) fn answer(
        &mut self,
        question: &Question,
        found: &[i64],
        is_complete: bool,
    ) -> Ranges {
        let covered = match found.last() {
            _ if is_complete => i64::MAX,
            Some(&last) => last,
            None => return Ranges::new(),
        };
        for &seq in found {
            if seq > self.high {
                self.open.insert(self.high + 1..=seq - 1);
                self.missing.insert(self.high + 1..=seq - 1);
                self.high = seq;
            } else {
                self.appear(seq);
            }
        }
        self.missing.insert_all(&self.unread.take_up_to(covered));

        let mut closed = Ranges::new();
        for range in question.ripe.clone().take_up_to(covered).iter() {
            closed.insert_all(&self.ripe.intersection(range));
        }
        for range in closed.iter() {
            self.ripe.remove(range.clone());
            self.open.remove(range);
        }
        closed
    }

    /// Takes in the writers, which were observed after the last snapshot that was answered.
    pub(crate) fn observe(&mut self, writers: &Writers) {
        for watch in &mut self.watches {
            watch.outlive(writers);
        }
        if !self.missing.is_empty() {
            self.watches.push(Watch {
                holes: std::mem::take(&mut self.missing),
                writers: writers.clone(),
            });
        }
        for watch in std::mem::take(&mut self.watches) {
            if watch.writers.is_empty() {
                self.ripe.insert_all(&watch.holes);
            } else {
                self.watch(watch);
            }
        }
    }

    /// Returns `true` if the writers have to be observed.
    pub(crate) fn needs_writers(&self) -> bool {
        !self.missing.is_empty() || !self.watches.is_empty()
    }

    /// Returns `true` if some holes are closed by the next read, unless their rows appear.
    pub(crate) fn are_ripe(&self) -> bool {
        !self.ripe.is_empty()
    }

    /// Returns `true` if every number up to the highest one is known.
    pub(crate) fn are_closed(&self) -> bool {
        self.open.is_empty()
    }

    /// Returns the lowest number that is not known.
    pub(crate) fn lowest(&self) -> Option<i64> {
        self.open.iter().next().map(|range| *range.start())
    }

    fn appear(&mut self, seq: i64) {
        self.open.remove(seq..=seq);
        let watched = self.watches.iter_mut().map(|watch| &mut watch.holes);
        for set in [&mut self.unread, &mut self.missing, &mut self.ripe]
            .into_iter()
            .chain(watched)
        {
            set.remove(seq..=seq);
        }
        self.watches.retain(|watch| !watch.holes.is_empty());
    }

    /// Adds a watch. An older one that waits for the same writers takes in its holes: a slow writer makes one long
    /// watch, not one for each poll.
    fn watch(&mut self, watch: Watch) {
        match self.watches.last_mut() {
            Some(last) if last.writers == watch.writers => last.holes.insert_all(&watch.holes),
            _ => self.watches.push(watch),
        }
    }
}

impl Watch {
    /// Forgets the writers that are gone. A session that prepared its transaction has changed its name, so any
    /// prepared transaction can be one that seems to be gone.
    fn outlive(&mut self, now: &Writers) {
        let (alive, gone): (Writers, Writers) = std::mem::take(&mut self.writers)
            .into_iter()
            .partition(|writer| now.contains(writer));
        self.writers = alive;
        if gone.iter().any(is_session) {
            let prepared = now.iter().filter(|writer| !is_session(writer));
            self.writers.extend(prepared.cloned());
        }
    }
}

fn is_session(writer: &Writer) -> bool {
    matches!(writer, Writer::Session(_))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holes(low: i64, done: &str) -> Holes {
        let done = done.parse().unwrap();
        Holes::resume(&Progress { low, done })
    }

    /// Reads everything, finds these numbers, and returns the holes that are closed.
    fn read(holes: &mut Holes, found: &[i64]) -> String {
        let question = holes.question();
        holes.answer(&question, found, true).to_string()
    }

    fn session(name: &str) -> Writer {
        Writer::Session(name.to_owned())
    }

    fn prepared(name: &str) -> Writer {
        Writer::Prepared(name.to_owned())
    }

    fn observe(holes: &mut Holes, writers: &[Writer]) {
        holes.observe(&writers.iter().cloned().collect());
    }

    fn asks(holes: &Holes) -> Vec<RangeInclusive<i64>> {
        holes.question().ranges
    }

    #[test]
    fn a_number_that_is_missing_is_asked_for_until_it_appears() {
        let mut holes = holes(0, "{}");
        assert_eq!(asks(&holes), [1..=i64::MAX]);
        read(&mut holes, &[1, 2, 5]);
        assert_eq!(asks(&holes), [3..=4, 6..=i64::MAX]);
        read(&mut holes, &[4, 6]);
        assert_eq!(asks(&holes), [3..=3, 7..=i64::MAX]);
        assert!(holes.is_new(3) && holes.is_new(7) && !holes.is_new(4));
        read(&mut holes, &[3]);
        assert!(holes.are_closed());
    }

    #[test]
    fn a_hole_is_closed_by_a_snapshot_after_its_writers_are_gone() {
        let mut holes = holes(0, "{}");
        read(&mut holes, &[1, 3]);
        assert_eq!(read(&mut holes, &[]), "{}", "no writers were observed");
        observe(&mut holes, &[session("a"), session("b")]);
        observe(&mut holes, &[session("b"), session("c")]);
        assert_eq!(read(&mut holes, &[]), "{}", "b still writes");
        observe(&mut holes, &[session("c")]);
        assert!(holes.are_ripe());
        assert_eq!(read(&mut holes, &[]), "{[2,2]}");
        assert!(holes.are_closed());
    }

    #[test]
    fn a_row_that_was_committed_before_the_writers_were_observed_is_not_lost() {
        let mut holes = holes(0, "{}");
        read(&mut holes, &[1, 3]);
        observe(&mut holes, &[]);
        assert_eq!(read(&mut holes, &[2]), "{}");
        assert!(holes.are_closed());
    }

    #[test]
    fn a_snapshot_that_began_before_a_hole_was_ripe_does_not_close_it() {
        let mut holes = holes(0, "{}");
        read(&mut holes, &[1, 3]);
        observe(&mut holes, &[session("a")]);
        let early = holes.question();
        observe(&mut holes, &[]);
        assert_eq!(holes.answer(&early, &[], true).to_string(), "{}");
        assert_eq!(read(&mut holes, &[]), "{[2,2]}");
    }

    #[test]
    fn a_read_that_was_cut_closes_only_what_it_covers() {
        let mut holes = holes(0, "{}");
        read(&mut holes, &[1, 3, 5, 7]);
        observe(&mut holes, &[]);
        let question = holes.question();
        assert_eq!(holes.answer(&question, &[4], false).to_string(), "{[2,2]}");
        assert_eq!(asks(&holes), [6..=6, 8..=i64::MAX]);
        assert_eq!(read(&mut holes, &[]), "{[6,6]}");
    }

    #[test]
    fn a_session_that_prepares_is_followed() {
        let mut holes = holes(0, "{}");
        read(&mut holes, &[1, 3]);
        observe(&mut holes, &[session("a"), prepared("old")]);
        observe(&mut holes, &[prepared("new"), prepared("old")]);
        observe(&mut holes, &[prepared("new")]);
        assert_eq!(read(&mut holes, &[]), "{}", "`new` can be what `a` was");
        observe(&mut holes, &[prepared("another")]);
        assert_eq!(read(&mut holes, &[]), "{[2,2]}");
    }

    #[test]
    fn a_prepared_transaction_that_ends_brings_in_no_other() {
        let mut holes = holes(0, "{}");
        read(&mut holes, &[1, 3]);
        observe(&mut holes, &[prepared("a")]);
        observe(&mut holes, &[prepared("b")]);
        assert_eq!(read(&mut holes, &[]), "{[2,2]}");
    }

    #[test]
    fn a_row_in_the_middle_splits_a_hole_that_keeps_its_proof() {
        let mut holes = holes(0, "{}");
        read(&mut holes, &[1, 1_000_000]);
        observe(&mut holes, &[session("a")]);
        read(&mut holes, &[500]);
        assert_eq!(asks(&holes), [2..=499, 501..=999_999, 1_000_001..=i64::MAX]);
        observe(&mut holes, &[]);
        assert_eq!(read(&mut holes, &[]), "{[2,499],[501,999999]}");
    }

    #[test]
    fn a_slow_writer_makes_one_watch() {
        let mut holes = holes(0, "{}");
        let mut found = 0;
        for _ in 0..1_000 {
            found += 2;
            read(&mut holes, &[found]);
            observe(&mut holes, &[session("slow")]);
        }
        assert_eq!(holes.watches.len(), 1);
        observe(&mut holes, &[]);
        assert_eq!(holes.ripe.len(), 1_000);
    }

    #[test]
    fn an_owner_that_takes_over_reads_the_gaps_first() {
        let mut holes = holes(10, "{[13,14],[20,20]}");
        assert_eq!(asks(&holes), [11..=12, 15..=19, 21..=i64::MAX]);
        let question = holes.question();
        let closed = holes.answer(&question, &[12, 15], false);
        assert!(closed.is_empty());
        assert_eq!(asks(&holes), [11..=11, 16..=19, 21..=i64::MAX]);
        observe(&mut holes, &[]);
        assert_eq!(
            read(&mut holes, &[]),
            "{[11,11]}",
            "16 to 19 were not covered before"
        );
        observe(&mut holes, &[]);
        assert_eq!(read(&mut holes, &[]), "{[16,19]}");
    }
}
