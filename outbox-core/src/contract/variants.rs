//! The variants of enums, and how one differs from another.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::alternatives::{Alternative, text_keyword};

/// Our own keyword, in an alternative: the name of the variant whose only member is its content.
pub(super) const VARIANT: &str = "variant";

/// Marks a choice of `oneOf` that is written as `{"Variant": content}`. A struct that refuses unknown members and has
/// one member looks the same, but is not a choice.
pub(super) fn mark_variant(choice: &Value, alternatives: &mut [Alternative]) {
    if let Some(name) = only_member(choice) {
        for alternative in alternatives {
            alternative.insert(VARIANT.to_owned(), name.into());
        }
    }
}

fn only_member(choice: &Value) -> Option<&str> {
    let members = choice.get("properties")?.as_object()?;
    let is_closed = choice.get("additionalProperties") == Some(&Value::Bool(false));
    match members.iter().next() {
        Some((name, member)) if is_closed && members.len() == 1 && constant(member).is_none() => {
            Some(name)
        }
        _ => None,
    }
}

/// Returns whether two alternatives cannot be one variant: they differ in a tag of both. A tag that only one of
/// them has does not count.
pub(super) fn are_different_variants(one: &Alternative, other: &Alternative) -> bool {
    let others = tags(other);
    let is_other =
        |(name, tag): (&str, &Value)| others.get(name).is_some_and(|other| *other != tag);
    let names = [one, other].map(|alternative| text_keyword(alternative, VARIANT));
    let is_other_name = names[0].is_some() && names[1].is_some() && names[0] != names[1];
    is_other_name || tags(one).into_iter().any(is_other)
}

/// Returns whether both are variants, or neither is.
pub(super) fn are_both_variants(one: &Alternative, other: &Alternative) -> bool {
    let is_variant = |alternative| !tags(alternative).is_empty();
    is_variant(one) == is_variant(other) && one.contains_key(VARIANT) == other.contains_key(VARIANT)
}

/// Returns the tags of the variant, or the name of its only member.
pub(super) fn variant_in_words(schema: &Alternative) -> Option<String> {
    let tags = tags(schema);
    if tags.is_empty() {
        return text_keyword(schema, VARIANT).map(str::to_owned);
    }
    let words = tags.into_iter().map(|(name, tag)| match tag {
        Value::String(tag) => format!("{name}: {tag}"),
        tag => format!("{name}: {tag}"),
    });
    Some(words.collect::<Vec<_>>().join(", "))
}

/// Returns the members that have one value.
fn tags(schema: &Alternative) -> BTreeMap<&str, &Value> {
    let members = schema.get("properties").and_then(Value::as_object);
    let members = members.into_iter().flat_map(Map::iter);
    members
        .filter_map(|(name, member)| Some((name.as_str(), constant(member)?)))
        .collect()
}

/// Returns the only value of a member.
pub(super) fn constant(member: &Value) -> Option<&Value> {
    member
        .get("const")
        .or_else(|| match member.get("enum")?.as_array()?.as_slice() {
            [one] => Some(one),
            _ => None,
        })
}
