//! Intervals of numbers and of sizes.

use serde_json::{Number, Value};

use crate::contract::alternatives::{Alternative, compare_numbers, size_bounds, text_keyword};

/// Returns whether a reader accepts every size that is written; `counted` is `Length`, `Items` or `Properties`.
pub(super) fn size_fits(written: &Alternative, read: &Alternative, counted: &str) -> bool {
    let (least, most) = size_bounds(written, counted);
    let (min, max) = size_bounds(read, counted);
    min.is_none_or(|min| least.unwrap_or(0) >= min)
        && max.is_none_or(|max| most.unwrap_or(u64::MAX) <= max)
}

/// Returns whether a reader accepts every number that is written, to the last digit.
pub(super) fn number_fits(written: &Alternative, read: &Alternative) -> bool {
    let format = |schema| text_keyword(schema, "format");
    let (one, other) = (Interval::of(written), Interval::of(read));
    if let Some(wide @ ("int128" | "uint128")) = format(read)
        && format(written) != Some(wide)
        && !one.is_bounded()
    {
        return false;
    }
    let is_exact = match (is_integer(written), format(written), format(read)) {
        _ if is_integer(read) => true,
        (true, _, Some("float")) => Interval::of_mantissa(24).contains(&one),
        (true, _, Some("double")) => Interval::of_mantissa(53).contains(&one),
        (false, Some("float"), _) | (_, _, None) => true,
        (false, one, other) => one == other,
        (true, _, Some(_)) => false,
    };
    let steps = read.get("multipleOf");
    is_exact
        && other.contains(&one)
        && steps.is_none_or(|steps| written.get("multipleOf") == Some(steps))
}

fn is_integer(schema: &Alternative) -> bool {
    text_keyword(schema, "type") == Some("integer")
}

/// The numbers between two bounds.
#[derive(Default)]
struct Interval {
    min: Option<Bound>,
    max: Option<Bound>,
}

impl Interval {
    fn of(schema: &Alternative) -> Self {
        let format = text_keyword(schema, "format");
        let mut interval = format.map(Self::of_format).unwrap_or_default();
        let number = |keyword: &str| schema.get(keyword).and_then(Value::as_number).cloned();
        // An exclusive bound of an integer equals the next inclusive one.
        let exclusive = |number: Number, step: i64| match number.as_i64() {
            Some(bound) if is_integer(schema) => bound
                .checked_add(step)
                .map_or(Bound::exclusive(number), Bound::inclusive),
            _ => Bound::exclusive(number),
        };
        let min = number("minimum").map(Bound::inclusive);
        let exclusive_min = number("exclusiveMinimum").map(|number| exclusive(number, 1));
        for bound in min.into_iter().chain(exclusive_min) {
            narrow(&mut interval.min, bound, Bound::is_within_min);
        }
        let max = number("maximum").map(Bound::inclusive);
        let exclusive_max = number("exclusiveMaximum").map(|number| exclusive(number, -1));
        for bound in max.into_iter().chain(exclusive_max) {
            narrow(&mut interval.max, bound, Bound::is_within_max);
        }
        interval
    }

    fn inclusive(min: impl Into<Number>, max: impl Into<Number>) -> Self {
        Self {
            min: Some(Bound::inclusive(min)),
            max: Some(Bound::inclusive(max)),
        }
    }

    /// Returns the numbers of 64 bits; the schemas of smaller types have keywords for their bounds.
    fn of_format(format: &str) -> Self {
        match format {
            "int64" | "int" => Self::inclusive(i64::MIN, i64::MAX),
            "uint64" | "uint" => Self::inclusive(0, u64::MAX),
            _ => Self::default(),
        }
    }

    /// Returns the integers that a float with a mantissa of so many bits can distinguish.
    fn of_mantissa(bits: u32) -> Self {
        let most = 1_i64 << bits;
        Self::inclusive(-most, most)
    }

    fn is_bounded(&self) -> bool {
        self.min.is_some() && self.max.is_some()
    }

    fn contains(&self, other: &Self) -> bool {
        let fits = |inner: &Option<Bound>, outer: &Option<Bound>, is_within: IsWithin| {
            outer
                .as_ref()
                .is_none_or(|outer| inner.as_ref().is_some_and(|inner| is_within(inner, outer)))
        };
        fits(&other.min, &self.min, Bound::is_within_min)
            && fits(&other.max, &self.max, Bound::is_within_max)
    }
}

type IsWithin = fn(&Bound, &Bound) -> bool;

fn narrow(bound: &mut Option<Bound>, new: Bound, is_within: IsWithin) {
    if bound.as_ref().is_none_or(|first| !is_within(first, &new)) {
        *bound = Some(new);
    }
}

/// An end of an interval.
struct Bound {
    number: Number,
    is_exclusive: bool,
}

impl Bound {
    fn inclusive(number: impl Into<Number>) -> Self {
        Self {
            number: number.into(),
            is_exclusive: false,
        }
    }

    fn exclusive(number: Number) -> Self {
        Self {
            number,
            is_exclusive: true,
        }
    }

    fn is_within_min(&self, outer: &Self) -> bool {
        let order = compare_numbers(&self.number, &outer.number);
        order.is_gt() || (order.is_eq() && (self.is_exclusive || !outer.is_exclusive))
    }

    fn is_within_max(&self, outer: &Self) -> bool {
        let order = compare_numbers(&self.number, &outer.number);
        order.is_lt() || (order.is_eq() && (self.is_exclusive || !outer.is_exclusive))
    }
}
