//! The aggregate id and the partition key.

use quote::ToTokens;
use syn::{Attribute, ExprPath, Ident, Meta, Type};

use super::arguments::path_argument;
use super::vocabulary::{Vocabulary, is_mistyped};
use crate::entries::{EntryValue, attribute_entries};
use crate::mistakes::{Errors, err};
use crate::model::{Field, KeyField, PartitionKey, RawEvent, RawField};
use crate::types::std_name;

pub(super) const AGGREGATE_ID: &str = "the aggregate id";
const PARTITION_KEY: &str = "a partition key";
pub(super) const KEY_PART: &str = "a key";

/// Finds the aggregate id: the field with the attribute, or the field of that name.
pub(super) fn aggregate_id<'a>(raw: &'a RawEvent, errors: &mut Errors) -> Option<&'a RawField> {
    let mut marked = raw.fields().filter(|field| !field.aggregate_id.is_empty());
    let named = || raw.fields().find(|field| field.path == "aggregate_id");
    let Some(field) = marked.next().or_else(named) else {
        // A type without named fields, and a misplaced attribute, have been reported.
        if raw.fields.is_some() && !names_misplaced_id(raw) {
            errors.push(no_aggregate_id(raw));
        }
        return None;
    };
    for other in marked {
        errors.push_both(
            &field.aggregate_id[0],
            &other.aggregate_id[0],
            "two fields are the aggregate id; keep `#[aggregate_id]` on one of them",
        );
    }
    Some(field)
}

/// Returns whether an aggregate id is marked where it cannot be.
fn names_misplaced_id(raw: &RawEvent) -> bool {
    let settings = raw.fields().map(|field| &field.settings);
    let mut entries = settings
        .chain([&raw.settings])
        .flat_map(|settings| &settings.entries);
    raw.has_misplaced_id || entries.any(|entry| entry.key == "aggregate_id")
}

fn no_aggregate_id(raw: &RawEvent) -> syn::Error {
    match raw.fields().find_map(mistyped_aggregate_id) {
        Some(name) => err!(
            name,
            "the event has no aggregate id; did you mean `#[aggregate_id]`?"
        ),
        None => err!(
            &raw.ident,
            "the event has no aggregate id; put `#[aggregate_id]` on the field that identifies the aggregate"
        ),
    }
}

fn mistyped_aggregate_id(field: &RawField) -> Option<&Ident> {
    field
        .attributes
        .iter()
        .find(|name| is_mistyped(&name.to_string(), "aggregate_id"))
}

/// Finds the fields of the partition key, in the order of their declaration, or the function that computes it.
pub(super) fn partition_key(raw: &RawEvent, errors: &mut Errors) -> PartitionKey {
    let fields: Vec<_> = raw
        .fields()
        .filter(|field| !field.partition_key.is_empty())
        .collect();
    let Some(computed) = raw.partition_key.first() else {
        return PartitionKey::Fields(
            fields
                .into_iter()
                .filter_map(|field| key_field(field, &field.partition_key, PARTITION_KEY, errors))
                .collect(),
        );
    };
    if let Some(second) = raw.partition_key.get(1) {
        errors.push_both(
            computed,
            second,
            "duplicate `#[partition_key]` on this struct; remove one",
        );
    }
    for field in fields {
        errors.push_both(
            computed,
            &field.partition_key[0],
            "the partition key is both computed by `with` and marked on fields; keep one of the two",
        );
    }
    errors
        .take(computing_function(computed))
        .map_or(PartitionKey::Fields(Vec::new()), PartitionKey::With)
}

/// Reads `#[partition_key(with = path)]`.
fn computing_function(attribute: &Attribute) -> syn::Result<ExprPath> {
    const REMEDY: &str = "on a struct, `#[partition_key(with = path)]` names the function that computes the key, like `with = Self::region`; to use fields as the key, put `#[partition_key]` on them";
    if !matches!(attribute.meta, Meta::List(_)) {
        return Err(err!(attribute, "{REMEDY}"));
    }
    let mut errors = Errors::default();
    let read = attribute_entries(attribute, "partition_key", "`with = path`", &mut errors);
    match read.entries.as_slice() {
        [entry] if read.is_complete && entry.key == "with" => path_argument(entry, REMEDY),
        _ => Err(err!(attribute, "{REMEDY}")),
    }
}

/// Returns the field, if it can be a key.
pub(super) fn key_field(
    field: &RawField,
    markers: &[Attribute],
    role: &str,
    errors: &mut Errors,
) -> Option<KeyField> {
    let is_display = says_display(markers, errors);
    // A field that is also the aggregate id gets its error there.
    let is_told = role == PARTITION_KEY && !field.aggregate_id.is_empty();
    let errors = if is_told {
        &mut Errors::default()
    } else {
        errors
    };
    has_key_type(&field.ty, role, errors).then(|| KeyField {
        field: Field::from(field),
        is_display,
    })
}

/// Returns whether the attribute says `display`; a duplicate is a mistake.
fn says_display(attributes: &[Attribute], errors: &mut Errors) -> bool {
    const DISPLAY: Vocabulary = Vocabulary {
        what: "argument",
        place: "#[partition_key(...)]",
        names: &["display"],
        repeatable: None,
        synonyms: &[],
        elsewhere: &[(
            &["with"],
            "belongs on the struct: `#[partition_key(with = path)]`",
        )],
    };
    const DISPLAY_ID: Vocabulary = Vocabulary {
        place: "#[aggregate_id(...)]",
        elsewhere: &[],
        ..DISPLAY
    };
    if let [first, second, ..] = attributes {
        let name = first.path().to_token_stream();
        let message = format!("duplicate `#[{name}]` on this field; remove one");
        errors.push_both(first, second, &message);
    }
    let Some(attribute) = attributes.first() else {
        return false;
    };
    if matches!(attribute.meta, Meta::Path(_)) {
        return false;
    }
    let is_id = attribute.path().is_ident("aggregate_id");
    let (name, vocabulary) = if is_id {
        ("aggregate_id", DISPLAY_ID)
    } else {
        ("partition_key", DISPLAY)
    };
    let read = attribute_entries(attribute, name, "`display`", errors);
    let found = vocabulary.find(&read.entries, errors);
    for (_, entry) in found.iter() {
        if !matches!(entry.value, EntryValue::Nothing) {
            errors.push(err!(
                entry,
                "`display` takes no value; write `#[{name}(display)]`"
            ));
        }
    }
    found.get("display").is_some()
}

/// Returns whether the type can be a key, judged by its name; the compiler checks the rest.
pub(super) fn has_key_type(ty: &Type, role: &str, errors: &mut Errors) -> bool {
    let reason = match std_name(ty).as_deref() {
        Some("Option") if role == PARTITION_KEY => {
            "cannot be an `Option`: all events without it would share one key; make the field required, use another field, or compute the key by `#[partition_key(with = Self::key)]` on the struct"
        }
        Some("Option") if role == KEY_PART => {
            "cannot be an `Option`: all events without it would share one key; make the field required"
        }
        Some("Option") => {
            "cannot be an `Option`: all events without it would share one key; make the field required, or use another field"
        }
        Some("f32" | "f64") => {
            "cannot be a float: one number has more than one text (`1`, `1.0`, `1e0`); use an integer or a `String`"
        }
        Some("Vec" | "HashMap" | "HashSet" | "BTreeMap" | "BTreeSet" | "VecDeque") => {
            "cannot be a collection; use the single value by which the events are ordered"
        }
        _ => return true,
    };
    errors.push(err!(ty, "{role} {reason}"));
    false
}
