//! The payload's members beside the metadata of the flat message.

use quote::ToTokens;

use crate::mistakes::{Errors, err};
use crate::model::{RawEvent, RawField};
use crate::types::{innermost, map_key, reads_as_absent, std_name};
use outbox_rules as rules;

/// Refuses a member of the payload that has the name of a metadatum, unless it is that metadatum. Returns the
/// shared members.
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

/// Requires that serde can read what it writes: a field that may be left out has a default, and no written member is
/// refused. The fields of keys and attributes are always written and read.
pub(super) fn require_written_and_read(
    raw: &RawEvent,
    aggregate_id: Option<&RawField>,
    errors: &mut Errors,
) {
    for field in raw.fields() {
        match attribute_role(field, aggregate_id) {
            Some(role) => require_attribute(field, role, raw, errors),
            None => require_readable(field, raw, errors),
        }
    }
    if let Some(tag) = &raw.serde.tag
        && let Some(deny) = raw.serde.deny_key()
    {
        errors.push(err!(
            deny,
            "`tag` writes the member `{}`, and `deny_unknown_fields` refuses it when the event is read; remove `tag` or `deny_unknown_fields`",
            tag.value()
        ));
    }
}

/// Returns the field's role beside that of a payload member.
fn attribute_role(field: &RawField, aggregate_id: Option<&RawField>) -> Option<&'static str> {
    let is_marked = |name| field.settings.find(name).is_some();
    if aggregate_id.is_some_and(|id| id.member == field.member) {
        Some("the aggregate id")
    } else if !field.partition_key.is_empty() {
        Some("a partition key")
    } else if is_marked("occurred_at") {
        Some("the time at which the event occurred")
    } else if is_marked("extension") {
        Some("an extension")
    } else {
        None
    }
}

fn require_attribute(field: &RawField, role: &str, raw: &RawEvent, errors: &mut Errors) {
    if let Some(skip) = field.serde.skip_key() {
        errors.push(err!(
            skip,
            "{role} must be part of the payload, or it is lost when the event is read back; remove `{}`",
            skip.to_token_stream()
        ));
    } else {
        require_default(field, raw, errors);
    }
}

fn require_readable(field: &RawField, raw: &RawEvent, errors: &mut Errors) {
    require_default(field, raw, errors);
    require_text_keys(field, errors);
    if raw.serde.deny_key().is_some()
        && let Some(skip) = field.serde.unread_key()
        && let Some(member) = &field.payload_member
    {
        errors.push(err!(
            skip,
            "serde writes the member `{member}`, and `deny_unknown_fields` refuses it when the event is read; write `skip`, or remove `deny_unknown_fields`"
        ));
    }
}

/// Refuses a flattened map whose keys serde writes as text and cannot read back.
pub(super) fn require_text_keys(field: &RawField, errors: &mut Errors) {
    let is_as_is = field.is_written_as_is && field.is_read_as_is;
    if let Some(key) = map_key(&field.ty).filter(|_| is_as_is && field.serde.is_flattened())
        && let Some(name) = std_name(innermost(key))
        && (NUMBERS.contains(&name.as_str()) || name.starts_with("NonZero"))
    {
        errors.push(err!(
            key,
            "serde writes the keys of a flattened map as member names, and cannot read `{name}` from a member name; use `String` keys, or remove `flatten`"
        ));
    }
}

/// Refuses a field that may be missing from the payload although serde needs it to read the event.
fn require_default(field: &RawField, raw: &RawEvent, errors: &mut Errors) {
    if let Some(key) = field.serde.leaving_out_key()
        && !may_be_absent(field, raw)
    {
        let key_name = key.to_token_stream();
        let when = if key.is_ident("skip_serializing_if") {
            "sometimes leaves"
        } else {
            "leaves"
        };
        errors.push(err!(
            key,
            "`{key_name}` {when} out a member that serde needs to read the event back; add `default`, or remove `{key_name}`"
        ));
    }
}

fn may_be_absent(field: &RawField, raw: &RawEvent) -> bool {
    let is_option = reads_as_absent(&field.ty);
    field.serde.may_be_absent(is_option, &raw.serde)
}

fn refuse_metadata_name(member: &str, place: impl ToTokens, errors: &mut Errors) {
    let remedy = match member {
        "occurred_at" => "mark it with `#[outbox(occurred_at)]` if it is that time, rename it",
        _ => "rename it",
    };
    if rules::FLAT_METADATA.iter().any(|(_, name)| *name == member) {
        errors.push(err!(
            place,
            "the payload's member `{member}` has the name of the event's own `{member}` in the flat message; {remedy}, or write `#[outbox(flat_message = false)]` if you do not send flat messages"
        ));
    }
}

/// Types that serde does not write as a string.
const NUMBERS: [&str; 13] = [
    "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128", "isize", "bool",
];

/// Refuses an aggregate id that is not a string in the flat message.
fn require_string(field: &RawField, errors: &mut Errors) {
    let Some(name) = std_name(&field.ty).filter(|_| !field.serde.is_written_otherwise()) else {
        return;
    };
    if NUMBERS.contains(&name.as_str()) {
        errors.push(err!(
            &field.ty,
            "the payload's member `aggregate_id` is also the event's aggregate id in the flat message, and must be a string, not `{name}`; rename the field, make it a `String`, or write `#[outbox(flat_message = false)]` if you do not send flat messages"
        ));
    }
}
