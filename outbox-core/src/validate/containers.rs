//! The rules of the elements of containers: `nested` reaches through them.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, LinkedList, VecDeque};
use std::fmt::Display;
use std::rc::Rc;
use std::sync::Arc;

use super::{Validate, ValidationErrors};
use crate::excerpt::excerpt;

impl<T: Validate> Validate for Option<T> {
    fn validate(&self) -> Result<(), ValidationErrors> {
        self.as_ref().map_or(Ok(()), T::validate)
    }
}

macro_rules! pointers {
    ($($type:ty),*) => {$(
        #[diagnostic::do_not_recommend]
        impl<T: Validate + ?Sized> Validate for $type {
            fn validate(&self) -> Result<(), ValidationErrors> {
                T::validate(self)
            }
        }
    )*};
}

pointers!(&T, Box<T>, Rc<T>, Arc<T>);

#[diagnostic::do_not_recommend]
impl<T: Validate + ToOwned + ?Sized> Validate for Cow<'_, T> {
    fn validate(&self) -> Result<(), ValidationErrors> {
        T::validate(self)
    }
}

macro_rules! sequences {
    ($([$($generics:tt)*] $type:ty;)*) => {$(
        impl<$($generics)*> Validate for $type {
            fn validate(&self) -> Result<(), ValidationErrors> {
                each(self.iter().enumerate())
            }
        }
    )*};
}

sequences! {
    [T: Validate] [T];
    [T: Validate, const N: usize] [T; N];
    [T: Validate] Vec<T>;
    [T: Validate] VecDeque<T>;
    [T: Validate] LinkedList<T>;
    [T: Validate] BTreeSet<T>;
}

impl<K: Display, V: Validate> Validate for BTreeMap<K, V> {
    fn validate(&self) -> Result<(), ValidationErrors> {
        each(self.iter())
    }
}

/// Checks the values in the order of the keys' texts, so that the same value has the same errors.
impl<K: Display, V: Validate, S> Validate for HashMap<K, V, S> {
    fn validate(&self) -> Result<(), ValidationErrors> {
        let mut elements: Vec<(String, &V)> = self
            .iter()
            .map(|(key, value)| (key.to_string(), value))
            .collect();
        elements.sort_by(|(one, _), (other, _)| one.cmp(other));
        each(elements)
    }
}

/// Checks each element, under `[its position]` or `[its key]`.
fn each<K: Display, T: Validate>(
    elements: impl IntoIterator<Item = (K, T)>,
) -> Result<(), ValidationErrors> {
    let mut errors = ValidationErrors::new();
    for (key, element) in elements {
        let verdict = element.validate();
        if verdict.is_err() {
            // A key is foreign text.
            let key = key.to_string();
            errors.merge_result_at(&format!("[{}]", excerpt(&key)), verdict);
        }
    }
    errors.into_result()
}
