//! A set of sequence numbers, as ranges.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

/// A set of sequence numbers, stored as disjoint ranges in ascending order. A million neighbours are one range.
///
/// As text it is the literal of PostgreSQL's `int8multirange`, with both bounds included:
///
/// ```
/// use outbox_relay::Ranges;
///
/// let mut ranges = Ranges::new();
/// ranges.insert(7..=9);
/// ranges.insert(1..=3);
/// ranges.insert(4..=4); // joins its neighbour
/// assert_eq!(ranges.to_string(), "{[1,4],[7,9]}");
/// assert_eq!("{[1,4],[7,9]}".parse(), Ok(ranges));
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Ranges {
    /// The last number of each range, by its first. No two ranges touch.
    last_by_first: BTreeMap<i64, i64>,
}

impl Ranges {
    /// Returns the empty set.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns `true` if the set has no number.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.last_by_first.is_empty()
    }

    /// Returns how many ranges the set has, not how many numbers.
    #[must_use]
    pub fn len(&self) -> usize {
        self.last_by_first.len()
    }

    /// Returns `true` if the number is in the set.
    #[must_use]
    pub fn contains(&self, number: i64) -> bool {
        let range = self.last_by_first.range(..=number).next_back();
        range.is_some_and(|(_, &last)| number <= last)
    }

    /// Returns the range with the lowest numbers.
    #[must_use]
    pub fn first(&self) -> Option<RangeInclusive<i64>> {
        let range = self.last_by_first.first_key_value();
        range.map(|(&first, &last)| first..=last)
    }

    /// Returns the range with the highest numbers.
    #[must_use]
    pub fn last(&self) -> Option<RangeInclusive<i64>> {
        let range = self.last_by_first.last_key_value();
        range.map(|(&first, &last)| first..=last)
    }

    /// Returns the ranges in ascending order. Between two of them at least one number is missing.
    pub fn iter(&self) -> impl Iterator<Item = RangeInclusive<i64>> + '_ {
        self.last_by_first
            .iter()
            .map(|(&first, &last)| first..=last)
    }

    /// Adds the numbers of a range. An empty range adds nothing.
    pub fn insert(&mut self, range: RangeInclusive<i64>) {
        let (mut first, mut last) = range.into_inner();
        if first > last {
            return;
        }
        let before = self.last_by_first.range(..=first).next_back();
        if let Some((&before_first, &before_last)) = before
            && before_last >= first.saturating_sub(1)
        {
            first = before_first;
            last = last.max(before_last);
        }
        while let Some((&next_first, &next_last)) = self
            .last_by_first
            .range(first..=last.saturating_add(1))
            .next()
        {
            last = last.max(next_last);
            self.last_by_first.remove(&next_first);
        }
        self.last_by_first.insert(first, last);
    }

    /// Removes the numbers of a range. A range that has more numbers on both sides is split.
    pub fn remove(&mut self, range: RangeInclusive<i64>) {
        let (first, last) = range.into_inner();
        if first > last {
            return;
        }
        while let Some((&old_first, &old_last)) = self.last_by_first.range(..=last).next_back() {
            if old_last < first {
                return;
            }
            self.last_by_first.remove(&old_first);
            if old_last > last {
                self.last_by_first.insert(last + 1, old_last);
            }
            if old_first < first {
                self.last_by_first.insert(old_first, first - 1);
                return;
            }
        }
    }

    /// Adds the numbers of another set.
    pub fn insert_all(&mut self, other: &Self) {
        for range in other.iter() {
            self.insert(range);
        }
    }

    /// Returns the numbers of a range that are in the set.
    pub(crate) fn intersection(&self, range: RangeInclusive<i64>) -> Self {
        let (first, last) = range.into_inner();
        let before = self.last_by_first.range(..first).next_back();
        before
            .into_iter()
            .chain(self.last_by_first.range(first..))
            .take_while(|&(&start, _)| start <= last)
            .map(|(&start, &end)| start.max(first)..=end.min(last))
            .collect()
    }

    /// Removes and returns the numbers up to and including this one.
    pub(crate) fn take_up_to(&mut self, number: i64) -> Self {
        let mut rest = Self {
            last_by_first: number
                .checked_add(1)
                .map(|next| self.last_by_first.split_off(&next))
                .unwrap_or_default(),
        };
        if let Some(range) = self.last()
            && *range.end() > number
        {
            self.remove(number + 1..=*range.end());
            rest.insert(number + 1..=*range.end());
        }
        std::mem::replace(self, rest)
    }
}

impl FromIterator<RangeInclusive<i64>> for Ranges {
    fn from_iter<I: IntoIterator<Item = RangeInclusive<i64>>>(ranges: I) -> Self {
        let mut set = Self::new();
        set.extend(ranges);
        set
    }
}

impl Extend<RangeInclusive<i64>> for Ranges {
    fn extend<I: IntoIterator<Item = RangeInclusive<i64>>>(&mut self, ranges: I) {
        for range in ranges {
            self.insert(range);
        }
    }
}

impl fmt::Display for Ranges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("{")?;
        for (number, range) in self.iter().enumerate() {
            let comma = if number == 0 { "" } else { "," };
            write!(f, "{comma}[{},{}]", range.start(), range.end())?;
        }
        f.write_str("}")
    }
}

impl fmt::Debug for Ranges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Ranges {
    type Err = RangesError;

    /// Reads the text that `Display` writes, and the canonical text of an `int8multirange`, whose ranges end before
    /// their upper bound: `{[1,5),[7,10)}`.
    fn from_str(text: &str) -> Result<Self, RangesError> {
        let error = || RangesError { text: text.into() };
        let inner = text
            .strip_prefix('{')
            .and_then(|text| text.strip_suffix('}'));
        let mut rest = inner.ok_or_else(error)?;
        let mut ranges = Self::new();
        while !rest.is_empty() {
            let end = rest.find([')', ']']).ok_or_else(error)?;
            let (first, last) = rest[..end]
                .strip_prefix('[')
                .and_then(|range| range.split_once(','))
                .ok_or_else(error)?;
            let first: i64 = first.parse().map_err(|_| error())?;
            let mut last: i64 = last.parse().map_err(|_| error())?;
            if rest[end..].starts_with(')') {
                last = last.checked_sub(1).ok_or_else(error)?;
            }
            ranges.insert(first..=last);
            rest = &rest[end + 1..];
            if let Some(next) = rest.strip_prefix(',').filter(|next| !next.is_empty()) {
                rest = next;
            } else if !rest.is_empty() {
                return Err(error());
            }
        }
        Ok(ranges)
    }
}

/// The error for a text that is not a set of ranges.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RangesError {
    text: String,
}

impl fmt::Display for RangesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let start: String = self.text.chars().take(40).collect();
        write!(f, "`{start}` is not a set of ranges like `{{[1,4],[7,9]}}`")
    }
}

impl std::error::Error for RangesError {}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Whatever is inserted and removed, the ranges are those of a set of numbers.
    #[test]
    fn ranges_are_a_set() {
        let mut random = fastrand::Rng::with_seed(7);
        for _ in 0..300 {
            let (mut ranges, mut set) = (Ranges::new(), BTreeSet::new());
            for _ in 0..40 {
                let first = random.i64(0..60);
                let last = first + random.i64(-1..12);
                match random.u8(0..5) {
                    0 | 1 => {
                        ranges.insert(first..=last);
                        set.extend(first..=last);
                    }
                    2 => {
                        ranges.remove(first..=last);
                        set.retain(|number| !(first..=last).contains(number));
                    }
                    3 => {
                        let taken = numbers(&ranges.take_up_to(last));
                        let rest = set.split_off(&(last + 1));
                        assert_eq!(taken, std::mem::replace(&mut set, rest));
                    }
                    _ => {
                        let expected = (first..=last).filter(|number| set.contains(number));
                        let found = numbers(&ranges.intersection(first..=last));
                        assert_eq!(found, expected.collect());
                    }
                }
                assert_eq!(numbers(&ranges), set);
                assert_eq!(ranges.to_string().parse(), Ok(ranges.clone()));
                assert!((0..80).all(|number| ranges.contains(number) == set.contains(&number)));
                let ends: Vec<_> = ranges.iter().map(RangeInclusive::into_inner).collect();
                assert!(ends.windows(2).all(|pair| pair[0].1 + 1 < pair[1].0));
            }
        }
    }

    fn numbers(ranges: &Ranges) -> BTreeSet<i64> {
        ranges.iter().flatten().collect()
    }

    #[test]
    fn the_ends_of_the_numbers_are_no_trap() {
        let mut ranges = Ranges::new();
        ranges.insert(i64::MIN..=i64::MIN);
        ranges.insert(i64::MAX..=i64::MAX);
        ranges.insert(i64::MIN..=i64::MAX);
        assert_eq!(ranges.len(), 1);
        ranges.remove(0..=i64::MAX);
        assert_eq!(ranges.take_up_to(i64::MAX).last(), Some(i64::MIN..=-1));
    }

    #[test]
    fn text_is_read_in_both_forms_and_nothing_else_is() {
        for (text, expected) in [
            ("{}", "{}"),
            ("{[1,4]}", "{[1,4]}"),
            ("{[1,5),[7,10)}", "{[1,4],[7,9]}"),
            ("{[7,9],[1,4],[5,6]}", "{[1,9]}"),
        ] {
            assert_eq!(text.parse::<Ranges>().unwrap().to_string(), expected);
        }
        for text in [
            "",
            "{",
            "}",
            "{[1,2]",
            "[1,2]",
            "{[1,2],}",
            "{,[1,2]}",
            "{(1,2]}",
            "{[1;2]}",
            "{[1,2][3,4]}",
            "{[a,2]}",
            "{[1,99999999999999999999]}",
            "{[1,-9223372036854775808)}",
            "null",
        ] {
            assert!(text.parse::<Ranges>().is_err(), "{text}");
        }
    }
}
