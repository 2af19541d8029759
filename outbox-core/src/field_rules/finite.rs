//! Floats that JSON can write: neither NaN nor infinite.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, LinkedList, VecDeque};
use std::rc::Rc;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeZone};
use uuid::Uuid;

use crate::validate::{ValidationErrors, Violation};

/// A value whose floats can be checked: a float, or a container of the standard library that may hold some.
pub trait Floats {
    /// Checks that each float is finite.
    fn check_floats(&self) -> Result<(), ValidationErrors>;
}

/// The value of a field whose type mentions a float. The derive cannot know whether a name in the type is that of
/// the standard library, so a type without `Floats` is not checked.
#[derive(Debug)]
pub struct FloatsIn<'a, T: ?Sized>(pub &'a T);

impl<T: Floats + ?Sized> FloatsIn<'_, T> {
    /// Checks that each float in the field is finite. NaN and infinity are written as `null`, which cannot be read
    /// back as a float. A float out of its range has been reported.
    pub fn check_finite(&self, path: &'static str, errors: &mut ValidationErrors) {
        let Err(found) = self.0.check_floats() else {
            return;
        };
        let is_reported = |one: &Violation| one.path() == path && one.code() == "range";
        if !errors.iter().any(is_reported) {
            errors.merge_at(path, found);
        }
    }
}

/// The fallback of the derive for a type without `Floats`.
pub trait UnknownFloats {
    /// Checks nothing.
    fn check_finite(&self, _: &'static str, _: &mut ValidationErrors) {}
}

impl<T: ?Sized> UnknownFloats for FloatsIn<'_, T> {}

macro_rules! floats {
    ($($float:ty),*) => {$(
        impl Floats for $float {
            fn check_floats(&self) -> Result<(), ValidationErrors> {
                if self.is_finite() {
                    return Ok(());
                }
                let message = format!("must be a finite number, and is {self}");
                Err(Violation::new("", "finite", message).into())
            }
        }
    )*};
}

floats!(f32, f64);

macro_rules! without_floats {
    ($($type:ty),*) => {$(
        impl Floats for $type {
            fn check_floats(&self) -> Result<(), ValidationErrors> {
                Ok(())
            }
        }
    )*};
}

// These types may be beside a float in a tuple.
without_floats!(
    u8, u16, u32, u64, u128, usize, i8, i16, i32, i64, i128, isize
);
without_floats!(bool, char, str, String, (), Uuid);
without_floats!(NaiveDate, NaiveDateTime, NaiveTime);

impl<Z: TimeZone> Floats for DateTime<Z> {
    fn check_floats(&self) -> Result<(), ValidationErrors> {
        Ok(())
    }
}

impl<T: Floats> Floats for Option<T> {
    fn check_floats(&self) -> Result<(), ValidationErrors> {
        self.as_ref().map_or(Ok(()), T::check_floats)
    }
}

macro_rules! pointers {
    ($($type:ty),*) => {$(
        impl<T: Floats + ?Sized> Floats for $type {
            fn check_floats(&self) -> Result<(), ValidationErrors> {
                T::check_floats(self)
            }
        }
    )*};
}

pointers!(&T, Box<T>, Rc<T>, Arc<T>);

impl<T: Floats + ToOwned + ?Sized> Floats for Cow<'_, T> {
    fn check_floats(&self) -> Result<(), ValidationErrors> {
        T::check_floats(self)
    }
}

macro_rules! sequences {
    ($([$($generics:tt)*] $type:ty;)*) => {$(
        impl<$($generics)*> Floats for $type {
            fn check_floats(&self) -> Result<(), ValidationErrors> {
                let mut errors = ValidationErrors::new();
                for (position, element) in self.iter().enumerate() {
                    if let Err(found) = element.check_floats() {
                        errors.merge_at(&format!("[{position}]"), found);
                    }
                }
                errors.into_result()
            }
        }
    )*};
}

sequences! {
    [T: Floats] [T];
    [T: Floats, const N: usize] [T; N];
    [T: Floats] Vec<T>;
    [T: Floats] VecDeque<T>;
    [T: Floats] LinkedList<T>;
}

macro_rules! maps {
    ($([$($generics:tt)*] $type:ty;)*) => {$(
        impl<$($generics)*> Floats for $type {
            /// Checks the values. A key need not have a text, so a violation has the path of the map.
            fn check_floats(&self) -> Result<(), ValidationErrors> {
                let mut errors = ValidationErrors::new();
                for value in self.values() {
                    if let Err(found) = value.check_floats() {
                        errors.merge(found);
                    }
                }
                errors.into_result()
            }
        }
    )*};
}

maps! {
    [K, V: Floats] BTreeMap<K, V>;
    [K, V: Floats, S] HashMap<K, V, S>;
}

macro_rules! tuples {
    ($(($($parameter:ident $position:tt),+))*) => {$(
        impl<$($parameter: Floats),+> Floats for ($($parameter,)+) {
            fn check_floats(&self) -> Result<(), ValidationErrors> {
                let mut errors = ValidationErrors::new();
                $(
                    if let Err(found) = self.$position.check_floats() {
                        errors.merge_at(stringify!($position), found);
                    }
                )+
                errors.into_result()
            }
        }
    )*};
}

tuples! {
    (A 0)
    (A 0, B 1)
    (A 0, B 1, C 2)
    (A 0, B 1, C 2, D 3)
    (A 0, B 1, C 2, D 3, E 4)
    (A 0, B 1, C 2, D 3, E 4, F 5)
}
