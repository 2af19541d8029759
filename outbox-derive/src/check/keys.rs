//! The aggregate id and the partition key.

use quote::ToTokens;
use syn::{Attribute, Ident, Meta};

use super::entries::is_mistyped;
use super::type_name;
use crate::error::{Errors, err};
use crate::model::{RawEvent, RawField};

/// Exactly one field is the aggregate id: the one with the attribute, or the one of that name.
pub(super) fn aggregate_id<'a>(raw: &'a RawEvent, errors: &mut Errors) -> Option<&'a RawField> {
    let mut marked = raw
        .fields
        .iter()
        .filter(|field| !field.aggregate_id.is_empty());
    let named = || {
        raw.fields
            .iter()
            .find(|field| field.name() == "aggregate_id")
    };
    for field in &raw.fields {
        plain_marker("aggregate_id", &field.aggregate_id, errors);
    }
    let Some(field) = marked.next().or_else(named) else {
        errors.push(raw.fields.iter().find_map(mistyped_aggregate_id).map_or_else(
            || err!(&raw.ident, "the event has no aggregate id; put `#[aggregate_id]` on the field that identifies the aggregate"),
            |name| err!(name, "the event has no aggregate id; did you mean `#[aggregate_id]`?"),
        ));
        return None;
    };
    for other in marked {
        errors.push_both(
            &field.aggregate_id[0],
            &other.aggregate_id[0],
            "two fields are the aggregate id; keep `#[aggregate_id]` on one of them",
        );
    }
    key_field(field, "the aggregate id", errors);
    Some(field)
}

fn mistyped_aggregate_id(field: &RawField) -> Option<&Ident> {
    field
        .attributes
        .iter()
        .find(|name| is_mistyped(&name.to_string(), "aggregate_id"))
}

/// The fields of the partition key, in the order of their declaration.
pub(super) fn partition_key<'a>(raw: &'a RawEvent, errors: &mut Errors) -> Vec<&'a RawField> {
    let fields: Vec<_> = raw
        .fields
        .iter()
        .filter(|field| !field.partition_key.is_empty())
        .collect();
    for field in &fields {
        plain_marker("partition_key", &field.partition_key, errors);
        // A field that is the aggregate id too has been told so already.
        if field.aggregate_id.is_empty() {
            key_field(field, "a partition key", errors);
        }
    }
    fields
}

/// The attribute stands once, and takes no arguments.
fn plain_marker(name: &str, attributes: &[Attribute], errors: &mut Errors) {
    for attribute in attributes {
        if !matches!(attribute.meta, Meta::Path(_)) {
            errors.push(err!(
                attribute,
                "`#[{name}]` takes no arguments; write `#[{name}]`"
            ));
        }
    }
    if let [first, second, ..] = attributes {
        errors.push_both(
            first,
            second,
            &format!("`#[{name}]` stands twice on this field; remove one"),
        );
    }
}

fn key_field(field: &RawField, role: &str, errors: &mut Errors) {
    if let Some(skip) = field.serde.skip() {
        errors.push(err!(
            skip,
            "{role} must be written and read with the payload, or it is lost on the way; remove `{}`",
            skip.to_token_stream()
        ));
    }
    key_type(field, role, errors);
}

/// What cannot be a key, as far as the type's name tells; the compiler tells the rest.
fn key_type(field: &RawField, role: &str, errors: &mut Errors) {
    let ty = &field.ty;
    let Some(name) = type_name(ty) else { return };
    let reason = match name.as_str() {
        "Option" => {
            "cannot be an `Option`: all events without it would share one key; make the field required, or use another field"
        }
        "f32" | "f64" => {
            "cannot be a float: one number has more than one text (`1`, `1.0`, `1e0`); use an integer or a `String`"
        }
        "Vec" | "HashMap" | "HashSet" | "BTreeMap" | "BTreeSet" | "VecDeque" => {
            "cannot be a collection; use the one value that the events are to be ordered by"
        }
        _ => return,
    };
    errors.push(err!(ty, "{role} {reason}"));
}
