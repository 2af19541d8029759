//! The rules that depend on the type of a field.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, LinkedList, VecDeque};
use std::marker::PhantomData;
use std::rc::Rc;
use std::sync::Arc;

use schemars::JsonSchema;

use super::SchemaRules;
use crate::field_rules::{AsNumber, Range};

/// A type that describes its rules in a schema: it derives `Validate`, or holds such a type.
#[diagnostic::on_unimplemented(
    message = "the rules of `{Self}` are not known to the contract",
    label = "`{Self}` does not derive `Validate`",
    note = "derive `outbox_core::Validate` for it; a generic type needs to know the rules of its parameters"
)]
pub trait DescribeRules {
    /// Adds the rules to the schema of this type.
    fn describe_rules(schema: &mut SchemaRules<'_>);
}

macro_rules! describe_rules {
    (|$schema:ident| $describe:expr; $([$($generics:tt)*] $type:ty;)*) => {$(
        impl<$($generics)*> DescribeRules for $type {
            fn describe_rules($schema: &mut SchemaRules<'_>) {
                $describe;
            }
        }
    )*};
}

describe_rules! { |schema| T::describe_rules(schema);
    [T: DescribeRules + ?Sized] &T;
    [T: DescribeRules + ?Sized] Box<T>;
    [T: DescribeRules + ?Sized] Rc<T>;
    [T: DescribeRules + ?Sized] Arc<T>;
    [T: DescribeRules + ToOwned + ?Sized] Cow<'_, T>;
    [T: DescribeRules] Option<T>;
}

describe_rules! { |schema| schema.items(T::describe_rules);
    [T: DescribeRules] [T];
    [T: DescribeRules, const N: usize] [T; N];
    [T: DescribeRules] Vec<T>;
    [T: DescribeRules] VecDeque<T>;
    [T: DescribeRules] LinkedList<T>;
    [T: DescribeRules] BTreeSet<T>;
}

describe_rules! { |schema| schema.values(T::describe_rules);
    [K, T: DescribeRules] BTreeMap<K, T>;
    [K, T: DescribeRules, S] HashMap<K, T, S>;
}

/// The rules of a field that depend on its type. Rust prefers an inherent method to a trait's. So a type that does
/// not describe its rules, such as one with a hand-written `Validate`, gets the methods of [`NoRules`].
#[derive(Debug)]
pub struct RulesOf<T: ?Sized>(PhantomData<T>);

impl<T: ?Sized> RulesOf<T> {
    /// The rules of this type.
    pub const TYPE: Self = Self(PhantomData);
}

impl<T: DescribeRules + ?Sized> RulesOf<T> {
    /// Adds the rules of the type.
    pub fn nested(&self, schema: &mut SchemaRules<'_>) {
        T::describe_rules(schema);
    }

    /// Removes the rules of the type, which nobody checks here.
    pub fn unchecked(&self, schema: &mut SchemaRules<'_>) {
        schema.unchecked(T::describe_rules);
    }
}

impl<T: JsonSchema> RulesOf<T> {
    /// Finds the values of the type that serde cannot read where the type is flattened.
    pub fn buffered(&self, schema: &mut SchemaRules<'_>) {
        schema.buffered::<T>();
    }
}

impl<T: AsNumber + ?Sized> RulesOf<T> {
    /// Adds the rule `range`.
    pub fn range(&self, schema: &mut SchemaRules<'_>, rule: &Range<T::Number>) {
        schema.range(rule);
    }
}

/// The methods that [`RulesOf`] falls back to.
pub trait NoRules {
    /// Adds a comment: the rules of a hand-written `Validate` are functions.
    fn nested(&self, schema: &mut SchemaRules<'_>) {
        schema.custom("Validate");
    }

    /// Does nothing.
    fn unchecked(&self, _schema: &mut SchemaRules<'_>) {}

    /// Does nothing.
    fn buffered(&self, _schema: &mut SchemaRules<'_>) {}
}

impl<T: ?Sized> NoRules for RulesOf<T> {}
