//! The payload's members beside the metadata of the flat message.

use quote::ToTokens;

use super::type_name;
use crate::error::{Errors, err};
use crate::model::{RawEvent, RawField};

/// The metadata of the flat message.
const METADATA: [&str; 8] = [
    "event_id",
    "event_type",
    "aggregate_id",
    "occurred_at",
    "source",
    "data_version",
    "correlation_id",
    "causation_id",
];

/// No member of the payload has the name of a metadatum, unless it is that metadatum. Gives the members
/// that are.
pub(super) fn shared_members(
    raw: &RawEvent,
    aggregate_id: Option<&RawField>,
    errors: &mut Errors,
) -> Vec<&'static str> {
    if let Some(tag) = &raw.serde.tag {
        not_metadata(&tag.value(), tag, errors);
    }
    let mut shared = Vec::new();
    for field in &raw.fields {
        let Some(member) = field.serde.member(&field.name(), &raw.serde) else {
            continue;
        };
        let is_aggregate_id = aggregate_id.is_some_and(|id| id.ident == field.ident);
        if member == "aggregate_id" && is_aggregate_id {
            shared.push("aggregate_id");
            serializes_as_a_string(field, errors);
        } else {
            match field.serde.rename() {
                Some(rename) => not_metadata(&member, rename, errors),
                None => not_metadata(&member, &field.ident, errors),
            }
        }
    }
    shared
}

fn not_metadata(member: &str, place: impl ToTokens, errors: &mut Errors) {
    if METADATA.contains(&member) {
        errors.push(err!(
            place,
            "the payload's member `{member}` would be confused with the event's own `{member}` in the flat message; give it another name"
        ));
    }
}

/// In the flat message the aggregate id is a string.
fn serializes_as_a_string(field: &RawField, errors: &mut Errors) {
    const NUMBERS: [&str; 13] = [
        "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128", "isize",
        "bool",
    ];
    let Some(name) = type_name(&field.ty).filter(|_| !field.serde.written_otherwise) else {
        return;
    };
    if NUMBERS.contains(&name.as_str()) {
        errors.push(err!(
            &field.ty,
            "the payload's member `aggregate_id` is the event's own in the flat message, which is a string and no `{name}`; give the field another name, or make it a `String`"
        ));
    }
}
