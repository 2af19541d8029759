//! The rows that are done.

use std::ops::RangeInclusive;

use crate::ranges::Ranges;

/// The numbers that need no more delivery: the row is delivered or parked, or there is no such row and never will be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Progress {
    /// The low-water mark. Every number up to and including this one is done.
    pub low: i64,
    /// The numbers above the low-water mark that are done. The number right above the mark is not among them.
    pub done: Ranges,
}

impl Progress {
    /// Returns the highest number that is done.
    #[must_use]
    pub fn high(&self) -> i64 {
        self.done.last().map_or(self.low, |range| *range.end())
    }

    /// Returns the numbers between the low-water mark and the highest number that are not done.
    #[must_use]
    pub fn gaps(&self) -> Ranges {
        let mut gaps = Ranges::new();
        let mut previous = self.low;
        for range in self.done.iter() {
            gaps.insert(previous.saturating_add(1)..=range.start().saturating_sub(1));
            previous = *range.end();
        }
        gaps
    }

    /// Puts in order what a database may have.
    pub(crate) fn tidy(&mut self) {
        self.done.remove(i64::MIN..=self.low);
        self.finish(self.low..=self.low);
    }

    /// Adds numbers that are done, and moves the low-water mark.
    pub fn finish(&mut self, range: RangeInclusive<i64>) {
        let (first, last) = range.into_inner();
        let next = self.low.saturating_add(1);
        self.done.insert(first.max(next)..=last);
        if let Some(range) = self.done.first()
            && *range.start() <= next
        {
            self.low = self.low.max(*range.end());
            self.done.remove(range);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn progress(low: i64, done: &str) -> Progress {
        let done = done.parse().unwrap();
        Progress { low, done }
    }

    #[test]
    fn the_mark_moves_over_what_is_done() {
        for (low, done, finished, expected) in [
            (0, "{}", 1..=1, progress(1, "{}")),
            (0, "{}", 2..=2, progress(0, "{[2,2]}")),
            (0, "{[2,3],[5,5]}", 1..=1, progress(3, "{[5,5]}")),
            (3, "{[5,5]}", 1..=4, progress(5, "{}")),
            (3, "{[5,5]}", 1..=2, progress(3, "{[5,5]}")),
            (3, "{}", 5..=1_000_000, progress(3, "{[5,1000000]}")),
        ] {
            let mut found = progress(low, done);
            found.finish(finished.clone());
            assert_eq!(found, expected, "{low} {done} and {finished:?}");
        }
    }

    #[test]
    fn gaps_lie_between_the_mark_and_the_highest_number() {
        assert_eq!(progress(7, "{}").gaps().to_string(), "{}");
        assert_eq!(progress(7, "{}").high(), 7);
        let progress = progress(0, "{[3,4],[6,6]}");
        assert_eq!(progress.gaps().to_string(), "{[1,2],[5,5]}");
        assert_eq!(progress.high(), 6);
    }
}
