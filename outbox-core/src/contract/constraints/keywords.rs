//! The keywords of each rule.

use serde_json::{Number, Value};

use super::SchemaRules;
use super::rule_words::{length_in_words, range_in_words};
use crate::field_rules::{Length, Primitive, Range};

/// The pattern of a valid e-mail address, as the HTML living standard writes it.
const EMAIL: &str = "^[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$";

/// The keywords of a size: the type of JSON, and its counted unit.
pub(super) const SIZES: [(&str, &str); 3] = [
    ("string", "Length"),
    ("array", "Items"),
    ("object", "Properties"),
];

impl SchemaRules<'_> {
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

    /// Requires that a text, which is a key, is not empty.
    pub(in crate::contract) fn not_empty(&mut self) {
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

    fn set_keyword(&mut self, keyword: &str, value: impl Into<Value>) {
        if let Some(schema) = self.keywords() {
            schema.insert(keyword.to_owned(), value.into());
        }
    }
}

/// Returns a bound as it is written; `None` if JSON has no such 64-bit number.
pub(super) fn number<N: Primitive>(bound: N) -> Option<Number> {
    let text = bound.to_string();
    // An `f32` counts as its decimal text, not as its bits in an `f64`.
    if serde_json::to_value(bound).is_ok_and(|value| value.is_f64()) {
        return Number::from_f64(text.parse().ok()?);
    }
    let signed = text.parse::<i64>().map(Number::from);
    signed
        .or_else(|_| text.parse::<u64>().map(Number::from))
        .ok()
}

/// Returns whether a bound is infinite, so that every number of JSON satisfies it.
fn excludes_nothing<N: Primitive>(keyword: &str, bound: N) -> bool {
    let infinity = if keyword.ends_with("aximum") {
        "inf"
    } else {
        "-inf"
    };
    bound.to_string() == infinity
}
