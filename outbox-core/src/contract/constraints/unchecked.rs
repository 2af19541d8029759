//! Removes the keywords that schemars writes for a rule where nobody checks the rule.

use serde_json::{Map, Value, json};

use super::SchemaRules;
use super::keywords::{SIZES, number};
use crate::field_rules::{Length, Primitive, Range};

impl SchemaRules<'_> {
    pub(super) fn remove_length(&mut self, rule: &Length) {
        for (_, counted) in SIZES {
            for (end, bound) in [("min", rule.min), ("max", rule.max)] {
                if let Some(bound) = bound.or(rule.equal) {
                    self.remove_equal(&format!("{end}{counted}"), &[bound.into()]);
                }
            }
        }
    }

    pub(super) fn remove_range<N: Primitive>(&mut self, rule: &Range<N>) {
        for (keyword, bound) in [("minimum", rule.min), ("maximum", rule.max)] {
            if let Some(bound) = bound {
                let own = number(bound).map(Value::Number);
                let other = serde_json::to_value(bound).ok();
                let values: Vec<Value> = own.into_iter().chain(other).collect();
                self.remove_equal(keyword, &values);
            }
        }
    }

    /// Removes a keyword that has one of these values.
    pub(super) fn remove_equal(&mut self, keyword: &str, values: &[Value]) {
        if let Some(schema) = self.keywords()
            && schema
                .get(keyword)
                .is_some_and(|value| values.contains(value))
        {
            schema.remove(keyword);
        }
    }

    /// Undoes the rule `required`: the member may be absent or null.
    pub(super) fn allow_absent(&mut self) {
        let Some(pointer) = self.pointer.clone() else {
            return;
        };
        if let Some((object, name)) = pointer.rsplit_once("/properties/")
            && let Some(Value::Array(required)) = self
                .walk
                .root
                .pointer_mut(object)
                .and_then(|object| object.get_mut("required"))
        {
            let name = name.replace("~1", "/").replace("~0", "~");
            required.retain(|other| *other != name);
        }
        let is_nullable = self.admits_null();
        if let Some(schema) = self.keywords()
            && !is_nullable
        {
            let required = std::mem::take(schema);
            let any_of = json!([required, { "type": "null" }]);
            *schema = Map::from_iter([("anyOf".to_owned(), any_of)]);
        }
    }
}
