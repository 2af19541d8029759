//! The rules of `#[validate(...)]` as keywords of a JSON Schema. schemars has made some of them already; this
//! adds what it does not know: bounds that are exclusive, the length of a map, and rules on what stands behind a
//! reference.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, LinkedList, VecDeque};
use std::fmt;
use std::marker::PhantomData;
use std::rc::Rc;
use std::sync::Arc;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::field_rules::{AsNumber, Length, Range};

/// What the HTML living standard takes for a valid e-mail address, in its own words.
const EMAIL: &str = "^[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$";

/// More than there are between a field and its type.
const MOST_STEPS: usize = 16;

/// A place in a schema.
pub struct SchemaRules<'a> {
    root: &'a mut Value,
    /// RFC 6901.
    pointer: String,
    /// The definitions on the way here: a type may hold itself.
    entered: &'a mut BTreeSet<String>,
}

impl fmt::Debug for SchemaRules<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SchemaRules")
            .field("pointer", &self.pointer)
            .finish_non_exhaustive()
    }
}

impl<'a> SchemaRules<'a> {
    pub(super) fn of_root(root: &'a mut Value, entered: &'a mut BTreeSet<String>) -> Self {
        Self {
            root,
            pointer: String::new(),
            entered,
        }
    }

    fn here(&mut self) -> Option<&mut Map<String, Value>> {
        self.root.pointer_mut(&self.pointer)?.as_object_mut()
    }

    /// Where the type itself stands: past a reference, and past the null of an `Option`.
    fn target(&self) -> String {
        let mut pointer = self.pointer.clone();
        // One that leads to itself ends somewhere all the same.
        for _ in 0..MOST_STEPS {
            let Some(schema) = self.root.pointer(&pointer) else {
                break;
            };
            if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
                reference.trim_start_matches('#').clone_into(&mut pointer);
            } else if let Some(one) = schema.get("anyOf").and_then(the_one_beside_null) {
                pointer = format!("{pointer}/anyOf/{one}");
            } else {
                break;
            }
        }
        pointer
    }

    fn within(&mut self, pointer: String, describe: impl FnOnce(&mut SchemaRules<'_>)) {
        if self.root.pointer(&pointer).is_some() {
            describe(&mut SchemaRules {
                root: self.root,
                pointer,
                entered: self.entered,
            });
        }
    }

    /// The rules of a member of an object, by its name in the payload.
    pub fn member(&mut self, name: &str, describe: impl FnOnce(&mut SchemaRules<'_>)) {
        let name = name.replace('~', "~0").replace('/', "~1");
        self.within(format!("{}/properties/{name}", self.target()), describe);
    }

    /// The rules of a type of its own, wherever it stands.
    pub fn nested(&mut self, describe: impl FnOnce(&mut SchemaRules<'_>)) {
        let target = self.target();
        if self.entered.insert(target.clone()) {
            self.within(target.clone(), describe);
            self.entered.remove(&target);
        }
    }

    fn elements(&mut self, keyword: &str, describe: impl FnOnce(&mut SchemaRules<'_>)) {
        self.within(format!("{}/{keyword}", self.target()), describe);
    }

    fn is(&self, kind: &str) -> bool {
        let schema = self.root.pointer(&self.target());
        match schema.and_then(|schema| schema.get("type")) {
            Some(Value::String(one)) => one == kind,
            Some(Value::Array(several)) => several.iter().any(|one| one == kind),
            _ => false,
        }
    }

    fn set(&mut self, keyword: &str, value: impl Into<Value>) {
        if let Some(schema) = self.here() {
            schema.insert(keyword.to_owned(), value.into());
        }
    }

    fn remove(&mut self, keyword: &str) {
        if let Some(schema) = self.here() {
            schema.remove(keyword);
        }
    }

    /// The rule `length`.
    pub fn length(&mut self, rule: &Length) {
        for (kind, counted) in [
            ("string", "Length"),
            ("array", "Items"),
            ("object", "Properties"),
        ] {
            if !self.is(kind) {
                continue;
            }
            if let Some(min) = rule.min.or(rule.equal) {
                self.set(&format!("min{counted}"), min);
            }
            if let Some(max) = rule.max.or(rule.equal) {
                self.set(&format!("max{counted}"), max);
            }
        }
    }

    /// Text that is a key.
    pub(super) fn not_empty(&mut self) {
        let is_known = self.here().is_some_and(|schema| {
            schema.contains_key("minLength") || schema.contains_key("format")
        });
        if self.is("string") && !is_known {
            self.set("minLength", 1);
        }
    }

    /// The rule `range`.
    fn range<N: Serialize>(&mut self, rule: &Range<N>) {
        // The bound of the number's type is less than the one that takes its place.
        if rule.exclusive_min.is_some() {
            self.remove("minimum");
        }
        if rule.exclusive_max.is_some() {
            self.remove("maximum");
        }
        for (keyword, bound) in [
            ("minimum", &rule.min),
            ("maximum", &rule.max),
            ("exclusiveMinimum", &rule.exclusive_min),
            ("exclusiveMaximum", &rule.exclusive_max),
        ] {
            // A bound of more than 64 bits is none in JSON.
            if let Some(Ok(bound)) = bound.as_ref().map(serde_json::to_value) {
                self.set(keyword, bound);
            }
        }
    }

    /// The rule `email`.
    pub fn email(&mut self) {
        self.set("format", "email");
        self.set("pattern", EMAIL);
    }

    /// The rule `url`.
    pub fn url(&mut self) {
        self.set("format", "uri");
    }

    /// A rule that is a function, which no keyword says.
    pub fn custom(&mut self, function: &str) {
        self.comment(&format!("also checked by `{function}`"));
    }

    fn comment(&mut self, text: &str) {
        let Some(schema) = self.here() else {
            return;
        };
        let comment = match schema.get("$comment").and_then(Value::as_str) {
            Some(first) => format!("{first}; {text}"),
            None => text.to_owned(),
        };
        schema.insert("$comment".to_owned(), comment.into());
    }
}

/// Of `[schema, null]`, in any order, the position of the schema.
fn the_one_beside_null(any_of: &Value) -> Option<usize> {
    let [one, other] = any_of.as_array()?.as_slice() else {
        return None;
    };
    let is_null = |schema: &Value| schema.get("type").is_some_and(|kind| kind == "null");
    match (is_null(one), is_null(other)) {
        (false, true) => Some(0),
        (true, false) => Some(1),
        _ => None,
    }
}

/// A type that says its rules to a schema: what derives `Validate`, and what holds such.
pub trait DescribeRules {
    /// Adds the rules to the schema of this type.
    fn describe_rules(schema: &mut SchemaRules<'_>);
}

macro_rules! same_place {
    ($($type:ty),*) => {$(
        impl<T: DescribeRules + ?Sized> DescribeRules for $type {
            fn describe_rules(schema: &mut SchemaRules<'_>) {
                T::describe_rules(schema);
            }
        }
    )*};
}

same_place!(&T, Box<T>, Rc<T>, Arc<T>);

impl<T: DescribeRules> DescribeRules for Option<T> {
    fn describe_rules(schema: &mut SchemaRules<'_>) {
        T::describe_rules(schema);
    }
}

impl<T: DescribeRules + ToOwned + ?Sized> DescribeRules for Cow<'_, T> {
    fn describe_rules(schema: &mut SchemaRules<'_>) {
        T::describe_rules(schema);
    }
}

macro_rules! elements {
    ($keyword:literal: $([$($generics:tt)*] $type:ty;)*) => {$(
        impl<$($generics)*> DescribeRules for $type {
            fn describe_rules(schema: &mut SchemaRules<'_>) {
                schema.elements($keyword, T::describe_rules);
            }
        }
    )*};
}

elements! { "items":
    [T: DescribeRules] [T];
    [T: DescribeRules, const N: usize] [T; N];
    [T: DescribeRules] Vec<T>;
    [T: DescribeRules] VecDeque<T>;
    [T: DescribeRules] LinkedList<T>;
    [T: DescribeRules] BTreeSet<T>;
}

elements! { "additionalProperties":
    [K, T: DescribeRules] BTreeMap<K, T>;
    [K, T: DescribeRules, S] HashMap<K, T, S>;
}

/// The rules of a field that go by its type. A method of the type itself comes before one of the trait, so where the
/// type has none, as one whose `Validate` is written by hand, or one that is told of elsewhere, nothing is said.
#[derive(Debug)]
pub struct RulesOf<T: ?Sized>(PhantomData<T>);

impl<T: ?Sized> RulesOf<T> {
    /// Of this type.
    pub const TYPE: Self = Self(PhantomData);
}

impl<T: DescribeRules + ?Sized> RulesOf<T> {
    /// The rule `nested`.
    pub fn nested(&self, schema: &mut SchemaRules<'_>) {
        T::describe_rules(schema);
    }
}

impl<T: AsNumber + ?Sized> RulesOf<T> {
    /// The rule `range`.
    pub fn range(&self, schema: &mut SchemaRules<'_>, rule: &Range<T::Number>) {
        schema.range(rule);
    }
}

/// What [`RulesOf`] falls back to.
pub trait NoRules {
    /// Nothing.
    fn nested(&self, _schema: &mut SchemaRules<'_>) {}

    /// Nothing.
    fn range<N>(&self, _schema: &mut SchemaRules<'_>, _rule: &Range<N>) {}
}

impl<T: ?Sized> NoRules for RulesOf<T> {}
