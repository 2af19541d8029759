//! Extension attributes, by which a gateway can route without parsing the payload.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

use serde::{Serialize, Serializer};
use uuid::Uuid;

use crate::names::ExtensionName;

/// The value of an extension attribute, of one of the CloudEvents types that JSON distinguishes
/// (1.0.2, "Type system").
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ExtensionValue {
    /// A String. A control character or a noncharacter is refused when the event is sent.
    String(String),
    /// An Integer.
    Integer(i32),
    /// A Boolean.
    Boolean(bool),
}

impl From<&str> for ExtensionValue {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

impl From<String> for ExtensionValue {
    fn from(text: String) -> Self {
        Self::String(text)
    }
}

impl From<i32> for ExtensionValue {
    fn from(number: i32) -> Self {
        Self::Integer(number)
    }
}

impl From<bool> for ExtensionValue {
    fn from(truth: bool) -> Self {
        Self::Boolean(truth)
    }
}

/// Writes the canonical string encoding of CloudEvents 1.0.2, "Type system".
impl fmt::Display for ExtensionValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::String(text) => f.write_str(text),
            Self::Integer(number) => number.fmt(f),
            Self::Boolean(truth) => truth.fmt(f),
        }
    }
}

impl Serialize for ExtensionValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::String(text) => serializer.serialize_str(text),
            Self::Integer(number) => serializer.serialize_i32(*number),
            Self::Boolean(truth) => serializer.serialize_bool(*truth),
        }
    }
}

/// A value that a field with `#[outbox(extension)]` can have.
///
/// CloudEvents has no attribute of more than 32 bits and no float (1.0.2, "Type system"): send such a
/// number as text.
///
/// [Derive](macro@crate::ToExtensionValue) it for a newtype of such a value, and implement it for another type:
///
/// ```
/// use outbox_core::{ExtensionValue, ToExtensionValue};
///
/// enum Plan {
///     Free,
///     Paid,
/// }
///
/// impl ToExtensionValue for Plan {
///     fn to_extension_value(&self) -> Option<ExtensionValue> {
///         let name = match self {
///             Self::Free => "free",
///             Self::Paid => "paid",
///         };
///         Some(name.into())
///     }
/// }
/// # assert_eq!(Plan::Free.to_extension_value(), Some("free".into()));
/// # assert_eq!(Plan::Paid.to_extension_value(), Some("paid".into()));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an extension attribute",
    label = "`#[outbox(extension)]` is text, a `bool`, an `i32` or a smaller integer, or a `Uuid`",
    note = "it may be an `Option` of them; derive `outbox_core::ToExtensionValue` for a newtype of one of them, implement it for another type of your own, or send a larger integer or a float as text, in a `String` field"
)]
pub trait ToExtensionValue {
    /// Returns the attribute's value; `None` if it is absent, and then no attribute is sent.
    fn to_extension_value(&self) -> Option<ExtensionValue>;
}

macro_rules! values {
    ($($type:ty, $self:ident => $value:expr;)*) => {$(
        impl ToExtensionValue for $type {
            fn to_extension_value(&$self) -> Option<ExtensionValue> {
                Some(ExtensionValue::from($value))
            }
        }
    )*};
}

values! {
    str, self => self;
    String, self => self.as_str();
    char, self => self.to_string();
    bool, self => *self;
    i8, self => i32::from(*self);
    i16, self => i32::from(*self);
    i32, self => *self;
    u8, self => i32::from(*self);
    u16, self => i32::from(*self);
    Uuid, self => self.to_string();
}

impl<T: ToExtensionValue> ToExtensionValue for Option<T> {
    fn to_extension_value(&self) -> Option<ExtensionValue> {
        self.as_ref().and_then(T::to_extension_value)
    }
}

#[diagnostic::do_not_recommend]
impl<T: ToExtensionValue + ToOwned + ?Sized> ToExtensionValue for Cow<'_, T> {
    fn to_extension_value(&self) -> Option<ExtensionValue> {
        T::to_extension_value(self)
    }
}

macro_rules! by_reference {
    ($($type:ty),*) => {$(
        #[diagnostic::do_not_recommend]
        impl<T: ToExtensionValue + ?Sized> ToExtensionValue for $type {
            fn to_extension_value(&self) -> Option<ExtensionValue> {
                T::to_extension_value(self)
            }
        }
    )*};
}

by_reference!(&T, Box<T>, Rc<T>, Arc<T>);

/// Inserts the value of a field with `#[outbox(extension)]`, whose name the compiler has checked.
pub fn insert_extension<T: ToExtensionValue + ?Sized>(
    value: &T,
    name: &'static str,
    extensions: &mut Extensions,
) {
    if let Some(value) = value.to_extension_value() {
        extensions.insert(ExtensionName::checked(name), value);
    }
}

/// The extension attributes of one event, in the order of their names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Extensions {
    values: BTreeMap<ExtensionName, ExtensionValue>,
}

impl Extensions {
    /// Returns an empty list of extensions.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            values: BTreeMap::new(),
        }
    }

    /// Sets an extension; the last value of a name counts.
    pub fn insert(&mut self, name: ExtensionName, value: impl Into<ExtensionValue>) {
        self.values.insert(name, value.into());
    }

    /// Returns the value of an extension.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&ExtensionValue> {
        self.values.get(name)
    }

    /// Returns the names and values, in the order of the names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &ExtensionValue)> {
        self.values
            .iter()
            .map(|(name, value)| (name.as_str(), value))
    }

    /// Removes an extension.
    pub(crate) fn remove(&mut self, name: &ExtensionName) {
        self.values.remove(name);
    }

    /// Returns the number of extensions.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Returns whether there is no extension.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Returns these extensions, with `others` in place of those of the same name.
    pub(crate) fn overridden_by(mut self, others: &Self) -> Self {
        if !others.is_empty() {
            self.values.extend(others.clone());
        }
        self
    }

    /// Returns the extensions that differ from `known`. A number or a boolean that arrived as text does
    /// not differ: headers have only text.
    pub(crate) fn different_from(mut self, known: &Self) -> Self {
        let is_alike = |value: &ExtensionValue, known: &ExtensionValue| match value {
            ExtensionValue::String(text) => *text == known.to_string(),
            value => value == known,
        };
        self.values.retain(|name, value| {
            let known = known.values.get(name);
            !known.is_some_and(|known| is_alike(value, known))
        });
        self
    }
}

impl Serialize for Extensions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl IntoIterator for Extensions {
    type Item = (ExtensionName, ExtensionValue);
    type IntoIter = std::collections::btree_map::IntoIter<ExtensionName, ExtensionValue>;

    fn into_iter(self) -> Self::IntoIter {
        self.values.into_iter()
    }
}

impl FromIterator<(ExtensionName, ExtensionValue)> for Extensions {
    fn from_iter<I: IntoIterator<Item = (ExtensionName, ExtensionValue)>>(values: I) -> Self {
        Self {
            values: values.into_iter().collect(),
        }
    }
}

impl Extend<(ExtensionName, ExtensionValue)> for Extensions {
    fn extend<I: IntoIterator<Item = (ExtensionName, ExtensionValue)>>(&mut self, values: I) {
        self.values.extend(values);
    }
}
