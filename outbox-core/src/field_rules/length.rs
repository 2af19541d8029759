//! The rule `length`.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, LinkedList, VecDeque};
use std::rc::Rc;
use std::sync::Arc;

use super::violation;
use crate::validate::ValidationErrors;

/// A value that `#[validate(length(...))]` can measure. Implement it for a type of your own that wraps
/// text or a collection.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no length",
    label = "`length` counts the characters of text or the elements of a collection",
    note = "it applies to text, `Vec`, slices, arrays, maps, sets and to an `Option` of them; for a type of your own implement `outbox_core::HasLength`, for a type of another crate write `custom(function = path)`"
)]
pub trait HasLength {
    /// The counted unit, in the singular and in the plural: `["element", "elements"]`.
    const UNIT: [&'static str; 2];

    /// Counts the Unicode scalar values of text, the elements of a collection; `None` if the value is absent, and then
    /// nothing is checked.
    fn length(&self) -> Option<usize>;
}

impl HasLength for str {
    const UNIT: [&'static str; 2] = ["character", "characters"];

    fn length(&self) -> Option<usize> {
        Some(self.chars().count())
    }
}

impl HasLength for String {
    const UNIT: [&'static str; 2] = ["character", "characters"];

    fn length(&self) -> Option<usize> {
        self.as_str().length()
    }
}

impl<T: HasLength> HasLength for Option<T> {
    const UNIT: [&'static str; 2] = T::UNIT;

    fn length(&self) -> Option<usize> {
        self.as_ref().and_then(T::length)
    }
}

impl<T: HasLength + ToOwned + ?Sized> HasLength for Cow<'_, T> {
    const UNIT: [&'static str; 2] = T::UNIT;

    fn length(&self) -> Option<usize> {
        T::length(self)
    }
}

macro_rules! by_reference {
    ($($type:ty),*) => {$(
        #[diagnostic::do_not_recommend]
        impl<T: HasLength + ?Sized> HasLength for $type {
            const UNIT: [&'static str; 2] = T::UNIT;

            fn length(&self) -> Option<usize> {
                T::length(self)
            }
        }
    )*};
}

by_reference!(&T, Box<T>, Rc<T>, Arc<T>);

macro_rules! collections {
    ($([$($generics:tt)*] $type:ty;)*) => {$(
        impl<$($generics)*> HasLength for $type {
            const UNIT: [&'static str; 2] = ["element", "elements"];

            fn length(&self) -> Option<usize> {
                Some(self.len())
            }
        }
    )*};
}

collections! {
    [T] [T];
    [T, const N: usize] [T; N];
    [T] Vec<T>;
    [T] VecDeque<T>;
    [T] LinkedList<T>;
    [T] BTreeSet<T>;
    [T, S] HashSet<T, S>;
    [K, V] BTreeMap<K, V>;
    [K, V, S] HashMap<K, V, S>;
}

/// The bounds of a `length` rule, both included.
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs, reason = "each is the bound of that name")]
pub struct Length {
    pub min: Option<usize>,
    pub max: Option<usize>,
    pub equal: Option<usize>,
}

impl Length {
    /// A rule without bounds.
    pub const ANY: Self = Self {
        min: None,
        max: None,
        equal: None,
    };

    fn contains(&self, length: usize) -> bool {
        self.min.is_none_or(|min| length >= min)
            && self.max.is_none_or(|max| length <= max)
            && self.equal.is_none_or(|equal| length == equal)
    }

    fn message(&self, [one, many]: [&str; 2], length: usize) -> String {
        let allowed = match (self.min, self.max, self.equal) {
            (.., Some(equal)) => format!("{equal}"),
            (Some(min), Some(max), _) => format!("{min} to {max}"),
            (Some(min), None, _) => format!("at least {min}"),
            (None, Some(max), _) => format!("at most {max}"),
            (None, None, None) => "any number of".to_owned(),
        };
        let unit = match self.equal.or(self.max).or(self.min) {
            Some(1) => one,
            _ => many,
        };
        format!("must have {allowed} {unit}, and has {length}")
    }
}

/// Checks the rule `length`.
pub fn length<T: HasLength + ?Sized>(
    value: &T,
    rule: &Length,
    path: &'static str,
    message: Option<&'static str>,
    errors: &mut ValidationErrors,
) {
    if let Some(length) = value.length()
        && !rule.contains(length)
    {
        let told = || rule.message(T::UNIT, length);
        errors.push(violation(path, "length", message, told));
    }
}
