//! Equivalent schemas in one form.

use serde_json::{Map, Value};

use crate::contract::references::resolve_reference;

/// Returns whether two schemas differ in words only, such as the names of types within them.
pub(super) fn say_the_same(one: &Value, other: &Value) -> bool {
    one == other || Canonical::definitions_of(one) == Canonical::definitions_of(other)
}

/// A schema with its definitions in the order in which they are met, without their names, and its choices sorted.
struct Canonical<'a> {
    names: Vec<&'a str>,
    definitions: Vec<Value>,
}

impl<'a> Canonical<'a> {
    /// Returns the definitions; the root schema is the last.
    fn definitions_of(root: &'a Value) -> Vec<Value> {
        let mut canonical = Self {
            names: Vec::new(),
            definitions: Vec::new(),
        };
        let mut met = 0;
        let schema = canonical.canonical_schema(root);
        while let Some(name) = canonical.names.get(met).copied() {
            met += 1;
            let definition = match resolve_reference(name, root) {
                Some(schema) => canonical.canonical_schema(schema),
                None => name.into(),
            };
            canonical.definitions.push(definition);
        }
        canonical.definitions.push(schema);
        canonical.definitions
    }

    fn canonical_schema(&mut self, schema: &'a Value) -> Value {
        match schema {
            Value::Object(keywords) => keywords
                .iter()
                .filter(|(keyword, _)| *keyword != "$defs")
                .map(|(keyword, value)| (keyword.clone(), self.keyword_value(keyword, value)))
                .collect::<Map<_, _>>()
                .into(),
            Value::Array(schemas) => schemas
                .iter()
                .map(|schema| self.canonical_schema(schema))
                .collect(),
            other => other.clone(),
        }
    }

    fn keyword_value(&mut self, keyword: &str, value: &'a Value) -> Value {
        match (keyword, value) {
            ("$ref", Value::String(name)) => self.definition_number(name).into(),
            ("properties" | "patternProperties", Value::Object(members)) => members
                .iter()
                .map(|(name, schema)| (name.clone(), self.canonical_schema(schema)))
                .collect::<Map<_, _>>()
                .into(),
            ("oneOf" | "anyOf", Value::Array(choices)) => {
                let choices = choices.iter().map(|choice| self.canonical_schema(choice));
                sorted(choices.collect())
            }
            ("enum", Value::Array(values)) => sorted(values.clone()),
            ("const", value) => value.clone(),
            (_, value) => self.canonical_schema(value),
        }
    }

    fn definition_number(&mut self, name: &'a str) -> usize {
        let known = self.names.iter().position(|other| *other == name);
        known.unwrap_or_else(|| {
            self.names.push(name);
            self.names.len() - 1
        })
    }
}

fn sorted(mut values: Vec<Value>) -> Value {
    values.sort_by_cached_key(Value::to_string);
    values.into()
}
