//! Counts of values by range.

use std::sync::atomic::{AtomicU64, Ordering};

/// The number of values up to each bound, by [`Monitor`](super::Monitor).
#[derive(Debug, Clone, PartialEq)]
pub struct Histogram {
    /// The bounds, ascending, each with the number of values up to and including it.
    pub buckets: Vec<(f64, u64)>,
    /// The number of values, those above the last bound included.
    pub count: u64,
    /// The sum of the values.
    pub sum: f64,
}

/// A histogram that is being counted.
#[derive(Debug)]
pub(super) struct Counts<const N: usize> {
    bounds: [f64; N],
    /// The number of values in each range, without those below it.
    ranges: [AtomicU64; N],
    above: AtomicU64,
    /// The sum in millionths.
    sum: AtomicU64,
}

impl<const N: usize> Counts<N> {
    pub(super) fn new(bounds: [f64; N]) -> Self {
        Self {
            bounds,
            ranges: [const { AtomicU64::new(0) }; N],
            above: AtomicU64::new(0),
            sum: AtomicU64::new(0),
        }
    }

    /// Counts a value, which is not negative.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is not negative, and a cast stops at the greatest number"
    )]
    pub(super) fn count(&self, value: f64) {
        let range = self.bounds.iter().position(|bound| value <= *bound);
        let range = range.map_or(&self.above, |place| &self.ranges[place]);
        range.fetch_add(1, Ordering::Relaxed);
        self.sum
            .fetch_add((value * 1_000_000.0) as u64, Ordering::Relaxed);
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "for people, who do not count that far"
    )]
    pub(super) fn read(&self) -> Histogram {
        let mut count = 0;
        let cumulated = |(bound, range): (&f64, &AtomicU64)| {
            count += range.load(Ordering::Relaxed);
            (*bound, count)
        };
        let buckets = self.bounds.iter().zip(&self.ranges).map(cumulated);
        Histogram {
            buckets: buckets.collect(),
            count: count + self.above.load(Ordering::Relaxed),
            sum: self.sum.load(Ordering::Relaxed) as f64 / 1_000_000.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_counts_in_each_range_that_has_it() {
        let counts = Counts::new([1.0, 5.0]);
        for value in [0.0, 1.0, 1.5, 5.0, 7.25] {
            counts.count(value);
        }
        let expected = Histogram {
            buckets: vec![(1.0, 2), (5.0, 4)],
            count: 5,
            sum: 14.75,
        };
        assert_eq!(counts.read(), expected);
    }
}
