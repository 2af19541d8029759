//! What `#[outbox(...)]` says on a field: what of the payload becomes an attribute as well.

use syn::LitStr;
use syn::spanned::Spanned;

use super::settings::OF_EVENT;
use super::values;
use super::vocabulary::Vocabulary;
use crate::error::{Errors, err};
use crate::model::{Entry, EntryValue, Extension, Field, RawEvent, RawField, Text};

const ON_FIELD: Vocabulary = Vocabulary {
    what: "key",
    place: "#[outbox(...)]",
    names: &["occurred_at", "extension"],
    repeatable: None,
    elsewhere: &[
        (OF_EVENT.names, "belongs on the struct; move it there"),
        (
            &["aggregate_id", "partition_key", "validate"],
            "is an attribute of its own; write it without `outbox`",
        ),
    ],
};

/// What the attribute of one field says.
struct Marks<'a> {
    field: &'a RawField,
    occurred_at: Option<&'a Entry>,
    extension: Option<&'a Entry>,
}

/// What becomes an attribute as well.
#[derive(Default)]
pub(super) struct Attributes<'a> {
    /// The field that says when the event happened.
    pub(super) occurred_at: Option<&'a RawField>,
    pub(super) extensions: Vec<Extension>,
}

/// There is one time at the most, and no two extensions under one name.
pub(super) fn attributes<'a>(raw: &'a RawEvent, errors: &mut Errors) -> Attributes<'a> {
    let marks: Vec<Marks<'a>> = raw.fields().map(|field| marks(field, errors)).collect();
    Attributes {
        occurred_at: occurred_at(&marks, errors),
        extensions: extensions(&marks, errors),
    }
}

fn marks<'a>(field: &'a RawField, errors: &mut Errors) -> Marks<'a> {
    let found = ON_FIELD.find(&field.settings.entries, errors);
    let find = |wanted: &str| {
        let found = found.iter().find(|(name, _)| *name == wanted);
        found.map(|(_, entry)| *entry)
    };
    Marks {
        field,
        occurred_at: find("occurred_at"),
        extension: find("extension"),
    }
}

fn occurred_at<'a>(marks: &[Marks<'a>], errors: &mut Errors) -> Option<&'a RawField> {
    let mut marked = marks
        .iter()
        .filter_map(|marks| Some((marks.field, marks.occurred_at?)));
    let (field, first) = marked.next()?;
    for (_, other) in marked {
        errors.push_both(
            &first.key,
            &other.key,
            "two fields say when the event happened; keep `#[outbox(occurred_at)]` on one of them",
        );
    }
    if !matches!(first.value, EntryValue::Nothing) {
        errors.push(err!(
            first,
            "`occurred_at` takes no value; write `#[outbox(occurred_at)]`"
        ));
    }
    Some(field)
}

fn extensions(marks: &[Marks<'_>], errors: &mut Errors) -> Vec<Extension> {
    let mut extensions: Vec<Extension> = Vec::new();
    for Marks {
        field, extension, ..
    } in marks
    {
        let name = extension.and_then(|entry| errors.take(extension_name(field, entry)));
        let Some(name) = name else { continue };
        match extensions.iter().find(|other| are_same(&other.name, &name)) {
            Some(other) => errors.push_both(
                &other.name,
                &name,
                "two fields are the same extension; name one of them by `extension = \"...\"`",
            ),
            None => extensions.push(Extension {
                field: Field::from(*field),
                name,
            }),
        }
    }
    extensions
}

fn are_same(one: &Text, other: &Text) -> bool {
    matches!((one, other), (Text::Literal(one), Text::Literal(other)) if one.value() == other.value())
}

/// The name that is given, or the field's without `_`, which an attribute's name must not have.
fn extension_name(field: &RawField, entry: &Entry) -> syn::Result<Text> {
    match entry.value {
        EntryValue::Nothing => {
            let name = LitStr::new(&field.path.replace('_', ""), field.member.span());
            values::checked("extension", name)
        }
        EntryValue::Expr(_) => values::value("extension", entry),
        EntryValue::Arguments(_) => Err(err!(
            entry,
            "`extension` takes its name after `=`; write `#[outbox(extension = \"...\")]`, or `#[outbox(extension)]` for the field's name without `_`"
        )),
    }
}

/// A field of a value within an event has no attributes of an event.
pub(super) fn none(field: &RawField, errors: &mut Errors) {
    for entry in &field.settings.entries {
        errors.push(err!(
            entry,
            "`#[outbox({})]` belongs on a field of the event; `Validate` is for the values within one",
            entry.key
        ));
    }
}
