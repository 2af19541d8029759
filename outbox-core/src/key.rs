//! Aggregate ids and partition keys, and the key that several parts make.

use std::borrow::Cow;
use std::fmt::Display;
use std::num::NonZero;
use std::rc::Rc;
use std::sync::Arc;

use uuid::Uuid;

use crate::validate::{ValidationErrors, Violation};
use outbox_rules as rules;

/// A value that can be an aggregate id, a partition key, or a part of a composite key: it has one text,
/// the same for everybody who computes it.
///
/// Text, characters, booleans, integers and UUIDs are such values. A float is not (it has several texts:
/// `1`, `1.0`, `1e0`), nor is an `Option` (all absent values would share a partition).
///
/// [Derive](macro@crate::KeyPart) it for a newtype of such a value:
///
/// ```
/// use outbox_core::KeyPart;
///
/// #[derive(KeyPart)]
/// struct TenantId(u32);
///
/// assert_eq!(TenantId(7).key_part(), "7");
/// ```
///
/// Implement it for another type:
///
/// ```
/// use std::borrow::Cow;
///
/// use outbox_core::KeyPart;
///
/// enum Region {
///     Eu,
///     Us,
/// }
///
/// impl KeyPart for Region {
///     fn key_part(&self) -> Cow<'_, str> {
///         match self {
///             Self::Eu => "eu".into(),
///             Self::Us => "us".into(),
///         }
///     }
/// }
///
/// assert_eq!([Region::Eu.key_part(), Region::Us.key_part()], ["eu", "us"]);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a key",
    label = "cannot be an aggregate id or a partition key",
    note = "a key is text, a character, a `bool`, an integer or a `Uuid`; derive `outbox_core::KeyPart` for a newtype of one of them, write `#[partition_key(display)]` or `#[aggregate_id(display)]` for a type with `Display`, or implement `KeyPart` for another type of your own",
    note = "an `Option` has no key when it is `None`, and one float can be written in several ways"
)]
pub trait KeyPart {
    /// Returns the text of this value. Equal values have equal texts, and different values different texts.
    fn key_part(&self) -> Cow<'_, str>;

    /// Returns whether the text is known to be non-empty and without characters that CloudEvents
    /// forbids, so that it need not be checked.
    #[doc(hidden)]
    fn __is_always_sendable(&self) -> bool {
        false
    }
}

impl KeyPart for str {
    fn key_part(&self) -> Cow<'_, str> {
        Cow::Borrowed(self)
    }
}

impl KeyPart for String {
    fn key_part(&self) -> Cow<'_, str> {
        Cow::Borrowed(self)
    }
}

impl KeyPart for char {
    fn key_part(&self) -> Cow<'_, str> {
        Cow::Owned(self.to_string())
    }
}

impl KeyPart for bool {
    fn key_part(&self) -> Cow<'_, str> {
        Cow::Borrowed(if *self { "true" } else { "false" })
    }

    fn __is_always_sendable(&self) -> bool {
        true
    }
}

macro_rules! by_display {
    ($($(#[$attribute:meta])? $type:ty),*) => {$(
        $(#[$attribute])?
        impl KeyPart for $type {
            fn key_part(&self) -> Cow<'_, str> {
                Cow::Owned(self.to_string())
            }

            fn __is_always_sendable(&self) -> bool {
                true
            }
        }
    )*};
}

by_display!(
    u8, u16, u32, u64, u128, usize, i8, i16, i32, i64, i128, isize
);

impl KeyPart for Uuid {
    fn key_part(&self) -> Cow<'_, str> {
        let mut buffer = Self::encode_buffer();
        let text: &str = self.as_hyphenated().encode_lower(&mut buffer);
        Cow::Owned(text.to_owned())
    }

    fn __is_always_sendable(&self) -> bool {
        true
    }
}

macro_rules! non_zero {
    ($($integer:ty)*) => {
        by_display!($(#[diagnostic::do_not_recommend] NonZero<$integer>),*);
    };
}

non_zero!(u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize);

macro_rules! by_reference {
    ($($type:ty),*) => {$(
        #[diagnostic::do_not_recommend]
        impl<T: KeyPart + ?Sized> KeyPart for $type {
            fn key_part(&self) -> Cow<'_, str> {
                T::key_part(self)
            }

            fn __is_always_sendable(&self) -> bool {
                T::__is_always_sendable(self)
            }
        }
    )*};
}

by_reference!(&T, Box<T>, Rc<T>, Arc<T>);

#[diagnostic::do_not_recommend]
impl<T: KeyPart + ToOwned + ?Sized> KeyPart for Cow<'_, T> {
    fn key_part(&self) -> Cow<'_, str> {
        T::key_part(self)
    }

    fn __is_always_sendable(&self) -> bool {
        T::__is_always_sendable(self)
    }
}

/// Joins several parts to one key by `:`, with `%` in a part written as `%25` and `:` as `%3A`. Two different lists
/// of the same length never make one key.
///
/// A single part is written as it is, so `["a:b"]` and `["a", "b"]` make one key: give all events of one topic keys of
/// the same number of parts.
///
/// `#[partition_key]` on several fields makes the same key.
///
/// ```
/// use outbox_core::composite_key;
///
/// assert_eq!(composite_key(&[&"acme", &7_u64]), "acme:7");
/// assert_eq!(composite_key(&[&"a:b", &"100%"]), "a%3Ab:100%25");
/// assert_eq!(composite_key(&[&"a:b"]), "a:b");
/// ```
#[must_use]
pub fn composite_key<'a>(parts: &[&'a (dyn KeyPart + 'a)]) -> Cow<'a, str> {
    composed(parts.iter().map(|&part| part.key_part()))
}

fn composed<'a>(mut parts: impl ExactSizeIterator<Item = Cow<'a, str>>) -> Cow<'a, str> {
    if parts.len() == 1 {
        return parts.next().unwrap_or_default();
    }
    let mut key = String::new();
    for (position, part) in parts.enumerate() {
        if position > 0 {
            key.push(':');
        }
        for character in part.chars() {
            match character {
                '%' => key.push_str("%25"),
                ':' => key.push_str("%3A"),
                other => key.push(other),
            }
        }
    }
    Cow::Owned(key)
}

/// The role of a key, which names its violations.
#[derive(Clone, Copy)]
pub(crate) enum Role {
    AggregateId,
    PartitionKey,
}

impl Role {
    fn code(self) -> &'static str {
        match self {
            Self::AggregateId => "aggregate_id",
            Self::PartitionKey => "partition_key",
        }
    }

    fn noun(self) -> &'static str {
        match self {
            Self::AggregateId => "the aggregate id",
            Self::PartitionKey => "the partition key",
        }
    }
}

/// Checks that a key is not empty and that CloudEvents allows it in an attribute.
pub(crate) fn check(key: &str, path: &str, role: Role, errors: &mut ValidationErrors) {
    let noun = role.noun();
    let message = match rules::sendable(key) {
        Ok(()) if !key.is_empty() => return,
        Ok(()) => format!("must not be empty, since {noun} is made from it"),
        Err(reason) => format!("cannot be in {noun}: {reason}"),
    };
    errors.push(Violation::new(path, role.code(), message));
}

/// A part of a derived event's key.
#[expect(
    missing_debug_implementations,
    reason = "it lives only while a derived method runs"
)]
#[derive(Clone, Copy)]
pub enum Part<'a> {
    /// A field.
    Key(&'a dyn KeyPart),
    /// A field with `#[aggregate_id(display)]` or `#[partition_key(display)]`.
    Display(&'a dyn Display),
}

impl<'a> Part<'a> {
    /// Returns the part's text.
    #[must_use]
    pub fn key_text(self) -> Cow<'a, str> {
        match self {
            Self::Key(part) => part.key_part(),
            Self::Display(part) => Cow::Owned(part.to_string()),
        }
    }

    /// Adds the violations of the field at this path as the aggregate id.
    pub fn validate_aggregate_id(self, path: &str, errors: &mut ValidationErrors) {
        self.check(path, Role::AggregateId, errors);
    }

    /// Adds the violations of the field at this path as a part of the partition key.
    pub fn validate_partition_key(self, path: &str, errors: &mut ValidationErrors) {
        self.check(path, Role::PartitionKey, errors);
    }

    /// Calls [`check`], without making the text if it is known to be good.
    fn check(self, path: &str, role: Role, errors: &mut ValidationErrors) {
        if !matches!(self, Self::Key(part) if part.__is_always_sendable()) {
            check(&self.key_text(), path, role, errors);
        }
    }
}

/// Returns the key that the fields with `#[partition_key]` make.
#[must_use]
pub fn composed_key<const PARTS: usize>(parts: [Part<'_>; PARTS]) -> Cow<'_, str> {
    composed(parts.into_iter().map(Part::key_text))
}

/// Returns the key that `#[partition_key(with = ...)]` computed.
pub fn computed<'a, K: KeyPart>(key: &K) -> Cow<'a, str> {
    Cow::Owned(key.key_part().into_owned())
}

/// Adds the violations of a computed key.
pub fn validate_computed(key: &str, errors: &mut ValidationErrors) {
    check(key, "partition_key", Role::PartitionKey, errors);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_part_has_one_text() {
        let uuid = Uuid::from_u128(0x0192_0000_0000_7000_8000_0000_0000_0001);
        let text = "tenant".to_owned();
        let parts: [(&dyn KeyPart, &str); 13] = [
            (&"tenant", "tenant"),
            (&text, "tenant"),
            (&&text, "tenant"),
            (&Cow::Borrowed("tenant"), "tenant"),
            (&Box::<str>::from("tenant"), "tenant"),
            (&Rc::<str>::from("tenant"), "tenant"),
            (&Arc::<str>::from("tenant"), "tenant"),
            (&'t', "t"),
            (&true, "true"),
            (&-7_i64, "-7"),
            (&u128::MAX, "340282366920938463463374607431768211455"),
            (&NonZero::<u8>::MAX, "255"),
            (&uuid, "01920000-0000-7000-8000-000000000001"),
        ];
        for (part, expected) in parts {
            assert_eq!(part.key_part(), expected);
        }
    }

    #[test]
    fn what_is_always_sendable_really_is() {
        for part in [
            &true as &dyn KeyPart,
            &0_u8,
            &i128::MIN,
            &NonZero::<i8>::MIN,
            &Uuid::nil(),
        ] {
            assert!(part.__is_always_sendable());
            assert_eq!(rules::attribute_text(&part.key_part()), Ok(()));
            assert!(!part.key_part().is_empty());
        }
        assert!(!"".__is_always_sendable());
        assert!(!'\0'.__is_always_sendable());
    }
}
