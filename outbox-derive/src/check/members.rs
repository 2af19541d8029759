//! The payload's members beside the metadata of the flat message.

use quote::ToTokens;

use crate::mistakes::{Errors, err};
use crate::model::{RawEvent, RawField};
use crate::types::std_name;
use outbox_rules as rules;

/// Refuses a member of the payload that has the name of a metadatum, unless it is that metadatum. Returns the
/// members that are.
pub(super) fn shared_members(
    raw: &RawEvent,
    aggregate_id: Option<&RawField>,
    occurred_at: Option<&RawField>,
    errors: &mut Errors,
) -> Vec<&'static str> {
    if let Some(tag) = &raw.serde.tag {
        refuse_metadata_name(&tag.value(), tag, errors);
    }
    let is_field = |one: Option<&RawField>, field: &RawField| {
        one.is_some_and(|one| one.member == field.member)
    };
    let mut shared = Vec::new();
    for field in raw.fields() {
        let Some(member) = &field.payload_member else {
            continue;
        };
        match member.as_str() {
            "aggregate_id" if is_field(aggregate_id, field) => {
                shared.push("aggregate_id");
                require_string(field, errors);
            }
            "occurred_at" if is_field(occurred_at, field) => shared.push("occurred_at"),
            _ => match field.serde.rename_value() {
                Some(rename) => refuse_metadata_name(member, rename, errors),
                None => refuse_metadata_name(member, &field.member, errors),
            },
        }
    }
    shared
}

/// Requires that the fields of keys and attributes are there when the event is read back.
pub(super) fn require_written_and_read(
    raw: &RawEvent,
    aggregate_id: Option<&RawField>,
    errors: &mut Errors,
) {
    for field in raw.fields() {
        let is_id = aggregate_id.is_some_and(|id| id.member == field.member);
        let is_marked = |name| field.settings.find(name).is_some();
        let role = if is_id {
            "the aggregate id"
        } else if !field.partition_key.is_empty() {
            "a partition key"
        } else if is_marked("occurred_at") {
            "the time at which the event occurred"
        } else if is_marked("extension") {
            "an extension"
        } else {
            continue;
        };
        if let Some(skip) = field.serde.skip_key() {
            errors.push(err!(
                skip,
                "{role} must be written and read with the payload, or it is lost on the way; remove `{}`",
                skip.to_token_stream()
            ));
        }
    }
}

fn refuse_metadata_name(member: &str, place: impl ToTokens, errors: &mut Errors) {
    let remedy = match member {
        "occurred_at" => {
            "mark it with `#[outbox(occurred_at)]` if it is that time, give it another name"
        }
        _ => "give it another name",
    };
    if rules::FLAT_METADATA.iter().any(|(_, name)| *name == member) {
        errors.push(err!(
            place,
            "the payload's member `{member}` would be confused with the event's own `{member}` in the flat message; {remedy}, or write `#[outbox(flat_message = false)]` if the event is never sent as one"
        ));
    }
}

/// Refuses an aggregate id that is not a string in the flat message.
fn require_string(field: &RawField, errors: &mut Errors) {
    const NUMBERS: [&str; 13] = [
        "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128", "isize",
        "bool",
    ];
    let Some(name) = std_name(&field.ty).filter(|_| !field.serde.written_otherwise) else {
        return;
    };
    if NUMBERS.contains(&name.as_str()) {
        errors.push(err!(
            &field.ty,
            "the payload's member `aggregate_id` is the event's own in the flat message, which is a string and no `{name}`; give the field another name, make it a `String`, or write `#[outbox(flat_message = false)]` if the event is never sent as one"
        ));
    }
}
