//! The rule `range`.

use std::borrow::Cow;
use std::fmt::Display;
use std::num::NonZero;
use std::rc::Rc;
use std::sync::Arc;

use serde::Serialize;

use super::violation;
use crate::validate::ValidationErrors;

/// A number that `#[validate(range(...))]` can compare. Implement it for a type of your own that wraps a number.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a number",
    label = "`range` compares numbers",
    note = "it applies to integers, floats and to an `Option` of them; for the length of text or of a collection write `length`, for a type of your own implement `outbox_core::AsNumber`, for a type of another crate write `custom(function = path)`"
)]
pub trait AsNumber {
    /// The number's type, one of Rust's own, which is that of the rule's bounds.
    type Number: Primitive;

    /// Returns the number; `None` if it is absent, and then nothing is checked.
    fn as_number(&self) -> Option<Self::Number>;
}

/// One of Rust's own integers and floats, which a constant can compare: the bound of
/// [`AsNumber::Number`]. No other type can implement it.
pub trait Primitive: sealed::Sealed + PartialOrd + Display + Copy + Serialize {}

mod sealed {
    pub trait Sealed {}
}

macro_rules! numbers {
    ($($type:ty),*) => {$(
        impl sealed::Sealed for $type {}
        impl Primitive for $type {}

        impl AsNumber for $type {
            type Number = Self;

            fn as_number(&self) -> Option<Self> {
                Some(*self)
            }
        }
    )*};
}

numbers!(
    u8, u16, u32, u64, u128, usize, i8, i16, i32, i64, i128, isize, f32, f64
);

macro_rules! non_zero {
    ($($integer:ty)*) => {$(
        #[diagnostic::do_not_recommend]
        impl AsNumber for NonZero<$integer> {
            type Number = $integer;

            fn as_number(&self) -> Option<$integer> {
                Some(self.get())
            }
        }
    )*};
}

non_zero!(u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize);

impl<T: AsNumber> AsNumber for Option<T> {
    type Number = T::Number;

    fn as_number(&self) -> Option<T::Number> {
        self.as_ref().and_then(T::as_number)
    }
}

#[diagnostic::do_not_recommend]
impl<T: AsNumber + ToOwned + ?Sized> AsNumber for Cow<'_, T> {
    type Number = T::Number;

    fn as_number(&self) -> Option<T::Number> {
        T::as_number(self)
    }
}

macro_rules! by_reference {
    ($($type:ty),*) => {$(
        #[diagnostic::do_not_recommend]
        impl<T: AsNumber + ?Sized> AsNumber for $type {
            type Number = T::Number;

            fn as_number(&self) -> Option<T::Number> {
                T::as_number(self)
            }
        }
    )*};
}

by_reference!(&T, Box<T>, Rc<T>, Arc<T>);

/// The bounds of a `range` rule.
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs, reason = "each is the bound of that name")]
pub struct Range<N> {
    pub min: Option<N>,
    pub max: Option<N>,
    pub exclusive_min: Option<N>,
    pub exclusive_max: Option<N>,
}

impl<N> Range<N> {
    /// A rule without bounds.
    pub const ANY: Self = Self {
        min: None,
        max: None,
        exclusive_min: None,
        exclusive_max: None,
    };
}

impl<N: Primitive> Range<N> {
    /// Returns whether the number is in the range; NaN is in no range.
    fn contains(&self, number: N) -> bool {
        self.min.is_none_or(|min| number >= min)
            && self.max.is_none_or(|max| number <= max)
            && self.exclusive_min.is_none_or(|min| number > min)
            && self.exclusive_max.is_none_or(|max| number < max)
    }

    fn message(&self, number: N) -> String {
        let bounds = [
            ("at least", self.min),
            ("greater than", self.exclusive_min),
            ("at most", self.max),
            ("less than", self.exclusive_max),
        ];
        let told: Vec<String> = bounds
            .into_iter()
            .filter_map(|(word, bound)| Some(format!("{word} {}", bound?)))
            .collect();
        format!("must be {}, and is {number}", told.join(" and "))
    }
}

/// Checks the rule `range`.
pub fn range<T: AsNumber + ?Sized>(
    value: &T,
    rule: &Range<T::Number>,
    path: &'static str,
    message: Option<&'static str>,
    errors: &mut ValidationErrors,
) {
    if let Some(number) = value.as_number()
        && !rule.contains(number)
    {
        let told = || rule.message(number);
        errors.push(violation(path, "range", message, told));
    }
}
