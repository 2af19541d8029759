//! The rules of `#[validate(...)]` as keywords of a JSON Schema. schemars writes some of them; this adds what
//! schemars does not know: exclusive bounds, the length of a map, and rules on what is behind a reference. schemars
//! writes its own wherever a type appears; where nobody validates the type, this removes them.

mod absent;
mod by_type;
mod fields;
mod rule_words;
mod unchecked;
mod walk;

use std::fmt;

use serde_json::{Map, Number, Value};

use super::references::{definition_name, pointer_token};
use crate::field_rules::{Length, Primitive, Range};
use rule_words::{length_in_words, range_in_words};
use walk::Walk;

pub use by_type::{DescribeRules, NoRules, RulesOf};
pub use fields::Marked;
pub(super) use walk::{Described, described_schema};

/// The pattern of a valid e-mail address, as the HTML living standard writes it.
const EMAIL: &str = "^[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$";

/// The most steps between a field and its type.
const MOST_STEPS: usize = 16;

/// The keywords of a size: the type of JSON, and what is counted of it.
const SIZES: [(&str, &str); 3] = [
    ("string", "Length"),
    ("array", "Items"),
    ("object", "Properties"),
];

/// A place in a schema.
pub struct SchemaRules<'a> {
    walk: &'a mut Walk,
    /// RFC 6901; `None` if the schema has no such place.
    pointer: Option<String>,
    /// The path for people, such as `items[].sku`.
    path: String,
    /// True if `Envelope::new` checks the rules of the schemas at this place.
    is_checked: bool,
    /// True if the members of this value are members of the object around it.
    is_flattened: bool,
}

impl fmt::Debug for SchemaRules<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SchemaRules")
            .field("pointer", &self.pointer)
            .finish_non_exhaustive()
    }
}

impl SchemaRules<'_> {
    fn schema(&self) -> Option<&Value> {
        self.walk.root.pointer(self.pointer.as_deref()?)
    }

    fn keywords(&mut self) -> Option<&mut Map<String, Value>> {
        let pointer = self.pointer.as_deref()?;
        self.walk.root.pointer_mut(pointer)?.as_object_mut()
    }

    /// Describes another place.
    fn describe_at(
        &mut self,
        pointer: Option<String>,
        path: String,
        describe: impl FnOnce(&mut SchemaRules<'_>),
    ) {
        describe(&mut SchemaRules {
            walk: self.walk,
            pointer,
            path,
            is_checked: self.is_checked,
            is_flattened: false,
        });
    }

    /// Describes a member of an object, by its name in the payload, if there is one.
    pub(super) fn member(&mut self, name: &str, describe: impl FnOnce(&mut SchemaRules<'_>)) {
        let Some(pointer) = &self.pointer else { return };
        let member = format!("{pointer}/properties/{}", pointer_token(name));
        if self.walk.root.pointer(&member).is_some() {
            self.describe_at(Some(member), name.to_owned(), describe);
        }
    }

    /// Describes the type of a field without the rule `nested`: nobody checks the type's rules.
    pub(super) fn unchecked(&mut self, describe: impl FnOnce(&mut SchemaRules<'_>)) {
        let was_checked = std::mem::replace(&mut self.is_checked, false);
        describe(self);
        self.is_checked = was_checked;
    }

    /// Describes what is flattened into the object here.
    pub fn flattened(&mut self, describe: impl FnOnce(&mut SchemaRules<'_>)) {
        self.is_flattened = true;
        describe(self);
        self.is_flattened = false;
    }

    /// Returns the types of JSON that the schema here names, with references followed.
    fn has_type(&self, kind: &str) -> bool {
        let mut schema = self.schema();
        // A reference to itself ends somewhere all the same.
        for _ in 0..MOST_STEPS {
            let Some(keywords) = schema else { return false };
            if let Some(kinds) = keywords.get("type") {
                return kinds == kind
                    || kinds
                        .as_array()
                        .is_some_and(|kinds| kinds.iter().any(|one| one == kind));
            }
            schema = if let Some(reference) = keywords.get("$ref").and_then(Value::as_str) {
                definition_name(reference)
                    .and_then(|name| self.walk.root.get("$defs")?.get(name.as_str()))
            } else if let Some(choices) = keywords.get("anyOf") {
                position_beside_null(choices).and_then(|one| choices.get(one))
            } else {
                None
            };
        }
        false
    }

    /// Returns whether the schema here allows the null of an `Option`.
    fn admits_null(&self) -> bool {
        let Some(schema) = self.schema() else {
            return false;
        };
        schema.get("anyOf").and_then(position_beside_null).is_some()
            || schema.get("type").is_some_and(|kinds| {
                let kinds = kinds
                    .as_array()
                    .map_or(std::slice::from_ref(kinds), Vec::as_slice);
                kinds.iter().any(|kind| kind == "null")
            })
    }

    fn set_keyword(&mut self, keyword: &str, value: impl Into<Value>) {
        if let Some(schema) = self.keywords() {
            schema.insert(keyword.to_owned(), value.into());
        }
    }

    /// Reports a rule that the schema has no place for.
    fn report_unplaced(&mut self, rule: &str) {
        let path = match self.path.as_str() {
            "" => "the value",
            path => path,
        };
        self.walk.unplaced.insert(format!("{path}: {rule}"));
    }

    /// Adds the rule `length`.
    pub fn length(&mut self, rule: &Length) {
        if !self.is_checked {
            return self.remove_length(rule);
        }
        let mut is_placed = false;
        for (kind, counted) in SIZES {
            if !self.has_type(kind) {
                continue;
            }
            is_placed = true;
            if let Some(min) = rule.min.or(rule.equal) {
                self.set_keyword(&format!("min{counted}"), min);
            }
            if let Some(max) = rule.max.or(rule.equal) {
                self.set_keyword(&format!("max{counted}"), max);
            }
        }
        if !is_placed {
            self.report_unplaced(&length_in_words(rule));
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
    pub(super) fn range<N: Primitive>(&mut self, rule: &Range<N>) {
        if !self.is_checked {
            return self.remove_range(rule);
        }
        let mut is_placed = self.has_type("integer") || self.has_type("number");
        for (keyword, replaced, bound) in [
            ("minimum", "", rule.min),
            ("maximum", "", rule.max),
            // The exclusive bound replaces the bound of the number's type, which is wider.
            ("exclusiveMinimum", "minimum", rule.exclusive_min),
            ("exclusiveMaximum", "maximum", rule.exclusive_max),
        ] {
            let Some(bound) = bound.filter(|bound| !excludes_nothing(keyword, *bound)) else {
                continue;
            };
            match number(bound) {
                Some(number) => {
                    if let Some(schema) = self.keywords() {
                        schema.remove(replaced);
                    }
                    self.set_keyword(keyword, number);
                }
                // JSON has no bound of more than 64 bits.
                None => is_placed = false,
            }
        }
        if !is_placed {
            self.report_unplaced(&range_in_words(rule));
        }
    }

    /// Adds the rule `email`.
    pub fn email(&mut self) {
        if self.has_format("email") {
            self.set_keyword("pattern", EMAIL);
        }
    }

    /// Adds the rule `url`.
    pub fn url(&mut self) {
        self.has_format("uri");
    }

    /// Sets the format of a text; returns whether the text has it now.
    fn has_format(&mut self, format: &str) -> bool {
        if !self.is_checked {
            self.remove_equal("format", &[format.into()]);
            return false;
        }
        let is_text = self.has_type("string");
        if is_text {
            self.set_keyword("format", format);
        } else {
            self.report_unplaced(if format == "uri" { "url" } else { format });
        }
        is_text
    }

    /// Checks the rule `required`, which schemars writes.
    pub fn required(&mut self) {
        if !self.is_checked {
            self.allow_absent();
        } else if self.admits_null() || self.schema().is_none() {
            self.report_unplaced("required");
        }
    }

    /// Adds a comment on a rule that is a function, which no keyword expresses.
    pub fn custom(&mut self, function: &str) {
        if self.is_checked {
            self.add_comment(&format!("also checked by `{function}`"));
        }
    }

    fn add_comment(&mut self, text: &str) {
        let Some(schema) = self.keywords() else {
            return;
        };
        let comment = match schema.get("$comment").and_then(Value::as_str) {
            Some(first) if first.split("; ").any(|one| one == text) => return,
            Some(first) => format!("{first}; {text}"),
            None => text.to_owned(),
        };
        schema.insert("$comment".to_owned(), comment.into());
    }
}

/// Returns a bound as it is written; `None` if JSON has no such number of 64 bits.
fn number<N: Primitive>(bound: N) -> Option<Number> {
    let text = bound.to_string();
    // An `f32` is not what its bits are as an `f64`, but what is written.
    if serde_json::to_value(bound).is_ok_and(|value| value.is_f64()) {
        return Number::from_f64(text.parse().ok()?);
    }
    let signed = text.parse::<i64>().map(Number::from);
    signed
        .or_else(|_| text.parse::<u64>().map(Number::from))
        .ok()
}

/// Returns whether a bound is infinite, so that every number of JSON obeys.
fn excludes_nothing<N: Primitive>(keyword: &str, bound: N) -> bool {
    let infinity = if keyword.ends_with("aximum") {
        "inf"
    } else {
        "-inf"
    };
    bound.to_string() == infinity
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
