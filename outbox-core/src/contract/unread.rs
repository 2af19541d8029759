//! Values that serde writes and cannot read from its buffer.
//!
//! serde keeps the members of a flattened type, and an internally tagged or untagged enum, in a buffer until it
//! knows their type. From the buffer it cannot read a member name as an integer, or an integer of 128 bits.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::places::member_path;
use super::references::resolve_reference;
use super::variants::constant;

/// The patterns that schemars writes for the keys of a map that are integers.
const INTEGERS: [&str; 2] = [r"^\d+$", r"^-?\d+$"];

/// The place of each such value, such as `counts[*]`, and what the value is.
pub(super) type Unread = BTreeMap<String, &'static str>;

/// Finds such values in a root schema at `path`. `is_buffered` says that serde buffers all of it.
pub(super) fn unread_values(root: &Value, path: &str, is_buffered: bool) -> Unread {
    let mut search = Search {
        root,
        followed: BTreeSet::new(),
        found: Unread::new(),
    };
    search.visit(root, path, is_buffered);
    search.found
}

struct Search<'a> {
    root: &'a Value,
    /// The references that were followed, and whether serde buffers there: a type may hold itself.
    followed: BTreeSet<(&'a str, bool)>,
    found: Unread,
}

impl<'a> Search<'a> {
    fn visit(&mut self, schema: &'a Value, path: &str, is_buffered: bool) {
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str)
            && self.followed.insert((reference, is_buffered))
            && let Some(target) = resolve_reference(reference, self.root)
        {
            self.visit(target, path, is_buffered);
        }
        let format = schema.get("format").and_then(Value::as_str);
        if is_buffered && matches!(format, Some("int128" | "uint128")) {
            self.found.insert(path.to_owned(), "an integer of 128 bits");
        }
        for (name, member) in members(schema, "properties") {
            self.visit(member, &member_path(path, name), is_buffered);
        }
        for element in ["items", "prefixItems"]
            .into_iter()
            .flat_map(|keyword| schemas(schema, keyword))
        {
            self.visit(element, &format!("{path}[]"), is_buffered);
        }
        // A map beside the members of an object was flattened into it.
        let is_buffered = is_buffered || members(schema, "properties").next().is_some();
        let any_name = format!("{path}[*]");
        for (pattern, value) in members(schema, "patternProperties") {
            if is_buffered && INTEGERS.contains(&pattern.as_str()) {
                self.found
                    .insert(any_name.clone(), "a name that is an integer");
            }
            self.visit(value, &any_name, is_buffered);
        }
        for keyword in ["additionalProperties", "unevaluatedProperties"] {
            for value in schemas(schema, keyword) {
                self.visit(value, &any_name, is_buffered);
            }
        }
        for keyword in ["oneOf", "anyOf", "allOf"] {
            let choices = schemas(schema, keyword);
            let is_buffered = is_buffered
                || match keyword {
                    "oneOf" => have_inner_tag(choices),
                    "anyOf" => choices.iter().filter(|choice| !is_null(choice)).count() > 1,
                    _ => false,
                };
            for choice in choices {
                self.visit(choice, path, is_buffered);
            }
        }
    }
}

/// Returns whether the variants have a member beside the tag and the content.
fn have_inner_tag(variants: &[Value]) -> bool {
    let members = || {
        variants
            .iter()
            .flat_map(|variant| members(variant, "properties"))
    };
    let has_tag = members().any(|(_, member)| constant(member).is_some());
    let others = members().filter(|(_, member)| constant(member).is_none());
    let others: BTreeSet<&String> = others.map(|(name, _)| name).collect();
    let has_more = |variant: &Value| {
        variant.get("$ref").is_some() || variant.get("patternProperties").is_some()
    };
    has_tag && (others.len() > 1 || variants.iter().any(has_more))
}

fn is_null(schema: &Value) -> bool {
    schema.get("type").is_some_and(|kind| kind == "null")
}

fn members<'a>(
    schema: &'a Value,
    keyword: &str,
) -> impl Iterator<Item = (&'a String, &'a Value)> + use<'a> {
    let members = schema.get(keyword).and_then(Value::as_object);
    members.into_iter().flat_map(Map::iter)
}

/// Returns the schemas of a keyword that has one or several.
fn schemas<'a>(schema: &'a Value, keyword: &str) -> &'a [Value] {
    match schema.get(keyword) {
        Some(Value::Array(several)) => several,
        Some(one) => std::slice::from_ref(one),
        None => &[],
    }
}
