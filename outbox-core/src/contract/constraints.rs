//! The rules of `#[validate(...)]` as keywords of a JSON Schema. schemars writes some of them; this adds what
//! schemars does not know: exclusive bounds, the length of a map, and rules on what is behind a reference.

mod by_type;

use std::collections::BTreeSet;
use std::fmt;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::field_rules::{Length, Range};

pub use by_type::{DescribeRules, NoRules, RulesOf};

/// The pattern of a valid e-mail address, as the HTML living standard writes it.
const EMAIL: &str = "^[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$";

/// The most steps between a field and its type.
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

    fn keywords(&mut self) -> Option<&mut Map<String, Value>> {
        self.root.pointer_mut(&self.pointer)?.as_object_mut()
    }

    /// Follows references, and steps past the null of an `Option`, to where the type itself is.
    fn type_pointer(&self) -> String {
        let mut pointer = self.pointer.clone();
        // A reference to itself ends somewhere all the same.
        for _ in 0..MOST_STEPS {
            let Some(schema) = self.root.pointer(&pointer) else {
                break;
            };
            if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
                reference.trim_start_matches('#').clone_into(&mut pointer);
            } else if let Some(one) = schema.get("anyOf").and_then(position_beside_null) {
                pointer = format!("{pointer}/anyOf/{one}");
            } else {
                break;
            }
        }
        pointer
    }

    fn describe_at(&mut self, pointer: String, describe: impl FnOnce(&mut SchemaRules<'_>)) {
        if self.root.pointer(&pointer).is_some() {
            describe(&mut SchemaRules {
                root: self.root,
                pointer,
                entered: self.entered,
            });
        }
    }

    /// Describes a member of an object, by its name in the payload.
    pub fn member(&mut self, name: &str, describe: impl FnOnce(&mut SchemaRules<'_>)) {
        let name = name.replace('~', "~0").replace('/', "~1");
        self.describe_at(
            format!("{}/properties/{name}", self.type_pointer()),
            describe,
        );
    }

    /// Describes a type of its own, wherever it is.
    pub fn nested(&mut self, describe: impl FnOnce(&mut SchemaRules<'_>)) {
        let target = self.type_pointer();
        if self.entered.insert(target.clone()) {
            self.describe_at(target.clone(), describe);
            self.entered.remove(&target);
        }
    }

    pub(super) fn elements(&mut self, keyword: &str, describe: impl FnOnce(&mut SchemaRules<'_>)) {
        self.describe_at(format!("{}/{keyword}", self.type_pointer()), describe);
    }

    fn has_type(&self, kind: &str) -> bool {
        let schema = self.root.pointer(&self.type_pointer());
        match schema.and_then(|schema| schema.get("type")) {
            Some(Value::String(one)) => one == kind,
            Some(Value::Array(several)) => several.iter().any(|one| one == kind),
            _ => false,
        }
    }

    fn set_keyword(&mut self, keyword: &str, value: impl Into<Value>) {
        if let Some(schema) = self.keywords() {
            schema.insert(keyword.to_owned(), value.into());
        }
    }

    fn remove_keyword(&mut self, keyword: &str) {
        if let Some(schema) = self.keywords() {
            schema.remove(keyword);
        }
    }

    /// Adds the rule `length`.
    pub fn length(&mut self, rule: &Length) {
        for (kind, counted) in [
            ("string", "Length"),
            ("array", "Items"),
            ("object", "Properties"),
        ] {
            if !self.has_type(kind) {
                continue;
            }
            if let Some(min) = rule.min.or(rule.equal) {
                self.set_keyword(&format!("min{counted}"), min);
            }
            if let Some(max) = rule.max.or(rule.equal) {
                self.set_keyword(&format!("max{counted}"), max);
            }
        }
    }

    /// Adds that a text, which is a key, is not empty.
    pub(super) fn not_empty(&mut self) {
        let is_known = self.keywords().is_some_and(|schema| {
            schema.contains_key("minLength") || schema.contains_key("format")
        });
        if self.has_type("string") && !is_known {
            self.set_keyword("minLength", 1);
        }
    }

    /// Adds the rule `range`.
    pub(super) fn range<N: Serialize>(&mut self, rule: &Range<N>) {
        // The exclusive bound replaces the bound of the number's type, which is wider.
        if rule.exclusive_min.is_some() {
            self.remove_keyword("minimum");
        }
        if rule.exclusive_max.is_some() {
            self.remove_keyword("maximum");
        }
        for (keyword, bound) in [
            ("minimum", &rule.min),
            ("maximum", &rule.max),
            ("exclusiveMinimum", &rule.exclusive_min),
            ("exclusiveMaximum", &rule.exclusive_max),
        ] {
            // JSON has no bound of more than 64 bits.
            if let Some(Ok(bound)) = bound.as_ref().map(serde_json::to_value) {
                self.set_keyword(keyword, bound);
            }
        }
    }

    /// Adds the rule `email`.
    pub fn email(&mut self) {
        self.set_keyword("format", "email");
        self.set_keyword("pattern", EMAIL);
    }

    /// Adds the rule `url`.
    pub fn url(&mut self) {
        self.set_keyword("format", "uri");
    }

    /// Adds a comment on a rule that is a function, which no keyword expresses.
    pub fn custom(&mut self, function: &str) {
        self.add_comment(&format!("also checked by `{function}`"));
    }

    fn add_comment(&mut self, text: &str) {
        let Some(schema) = self.keywords() else {
            return;
        };
        let comment = match schema.get("$comment").and_then(Value::as_str) {
            Some(first) => format!("{first}; {text}"),
            None => text.to_owned(),
        };
        schema.insert("$comment".to_owned(), comment.into());
    }
}

/// Returns the position of the schema in `[schema, null]`, in any order.
fn position_beside_null(any_of: &Value) -> Option<usize> {
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
