//! The settings of `#[outbox(...)]` on a type.

use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{Expr, ExprLit, Lit, Token, Type};

use super::arguments::{checked_text, default_aggregate_type, path_argument};
use super::vocabulary::Vocabulary;
use crate::entries::{Entries, Entry, EntryValue};
use crate::mistakes::{Errors, err};
use crate::model::{Part, RawEvent, Settings};
use crate::types::{is_itself, ungrouped_value};

pub(super) const OF_EVENT: Vocabulary = Vocabulary {
    what: "key",
    place: "#[outbox(...)]",
    names: &[
        "event_type",
        "legacy_event_type",
        "source",
        "data_version",
        "aggregate_type",
        "topic",
        "dataschema",
        "upcast_from",
        "validate_with",
        "flat_message",
        "crate",
    ],
    repeatable: None,
    synonyms: &[
        ("type", "event_type"),
        ("version", "data_version"),
        ("aggregate", "aggregate_type"),
        ("schema", "dataschema"),
        ("upcast", "upcast_from"),
        ("kafka_topic", "topic"),
    ],
    elsewhere: &[
        (
            &["key", "partition"],
            "is not a key of `#[outbox(...)]`; did you mean the attribute `#[partition_key]` on a field?",
        ),
        (
            &["id"],
            "is not a key of `#[outbox(...)]`; did you mean the attribute `#[aggregate_id]` on a field?",
        ),
        (
            &["occurred_at", "extension"],
            "belongs on a field; move it there",
        ),
        (
            &["aggregate_id", "partition_key", "validate"],
            "is an attribute of its own; write it on a field, without `outbox`",
        ),
    ],
};

const OF_SET: Vocabulary = Vocabulary {
    names: &["crate"],
    synonyms: &[],
    elsewhere: &[(
        OF_EVENT.names,
        "belongs on the struct of an event; this enum is a set of events, and each has its own",
    )],
    ..OF_EVENT
};

const OF_VALUE: Vocabulary = Vocabulary {
    names: &["validate_with", "crate"],
    synonyms: &[],
    elsewhere: &[(
        OF_EVENT.names,
        "belongs on an event, and `Validate` is for values inside an event; derive `OutboxEvent` alone, or move the values to a struct of their own",
    )],
    ..OF_EVENT
};

const OF_NEWTYPE: Vocabulary = Vocabulary {
    names: &["crate"],
    synonyms: &[],
    elsewhere: &[(
        OF_EVENT.names,
        "belongs on the event; a newtype is the type of one of its fields",
    )],
    ..OF_EVENT
};

pub(super) fn event_settings(raw: &RawEvent, errors: &mut Errors) -> Settings {
    let entries = &raw.settings;
    let mut settings = read_settings(&OF_EVENT, entries, errors);
    settings.upcast_from.retain(|older| {
        let is_itself = is_itself(older, &raw.ident);
        if is_itself {
            errors.push(err!(
                older,
                "an event is not an older version of itself; keep the old struct under another name, like `{}V1`",
                raw.ident
            ));
        }
        !is_itself
    });
    if let (Some(event_type), Some(legacy)) = (
        entries.find("event_type"),
        entries.find("legacy_event_type"),
    ) {
        let message = "an event has one type; keep `event_type`, or `legacy_event_type` for an existing name that breaks the rule of `event_type`";
        errors.push_both(&event_type.key, &legacy.key, message);
        settings
            .parts
            .retain(|part| part.name != "legacy_event_type");
    }
    // It may be in the unreadable part, which has been reported.
    if entries.is_complete {
        let aggregate_type = default_aggregate_type(&settings, errors);
        settings.parts.extend(aggregate_type);
    }
    settings
}

pub(super) fn set_settings(entries: &Entries, errors: &mut Errors) -> Settings {
    read_settings(&OF_SET, entries, errors)
}

pub(super) fn value_settings(entries: &Entries, errors: &mut Errors) -> Settings {
    read_settings(&OF_VALUE, entries, errors)
}

/// Reads the settings of a newtype, except the key of a `Validate` that it also derives.
pub(super) fn newtype_settings(mut entries: Entries, errors: &mut Errors) -> Settings {
    entries.entries.retain(|entry| entry.key != "validate_with");
    read_settings(&OF_NEWTYPE, &entries, errors)
}

/// Reads the settings: each key is known, appears once, and has a value of its kind.
fn read_settings(vocabulary: &Vocabulary, entries: &Entries, errors: &mut Errors) -> Settings {
    let mut settings = Settings::DEFAULT;
    for (name, entry) in vocabulary.find(&entries.entries, errors).iter() {
        match name {
            "upcast_from" => {
                settings.upcast_from = errors.take(listed_types(entry)).unwrap_or_default();
            }
            "validate_with" => {
                settings.validate_with = errors.take(path_argument(entry, FUNCTION));
            }
            "flat_message" => {
                settings.flat_message = errors.take(truth(entry)).unwrap_or(true);
            }
            "crate" => settings.krate = errors.take(path_argument(entry, CRATE)),
            _ => settings.parts.push(Part {
                name,
                value: errors.take(checked_text(name, entry)),
            }),
        }
    }
    settings
}

const FUNCTION: &str =
    "`validate_with` takes the path of a function; write it like `validate_with = Self::check`";
const CRATE: &str =
    "`crate` takes the path of outbox-core; write it like `crate = crate::reexports::outbox_core`";

fn truth(entry: &Entry) -> syn::Result<bool> {
    const REMEDY: &str = "`flat_message` takes `true` or `false`; write `flat_message = false` for an event that is never sent as a flat message";
    let EntryValue::Expr(value) = &entry.value else {
        return Err(err!(entry, "{REMEDY}"));
    };
    match ungrouped_value(value) {
        Expr::Lit(ExprLit {
            lit: Lit::Bool(truth),
            ..
        }) => Ok(truth.value),
        _ => Err(err!(value, "{REMEDY}")),
    }
}

fn listed_types(entry: &Entry) -> syn::Result<Vec<Type>> {
    const REMEDY: &str = "`upcast_from` takes the types of older versions of this event; write `upcast_from(InviteCreatedV1)`";
    let arguments = match &entry.value {
        EntryValue::Arguments(arguments) if !arguments.is_empty() => arguments.clone(),
        _ => return Err(err!(entry, "{REMEDY}")),
    };
    let types = Punctuated::<Type, Token![,]>::parse_terminated.parse2(arguments);
    match types {
        Ok(types) => Ok(types.into_iter().collect()),
        Err(error) => Err(syn::Error::new(error.span(), REMEDY)),
    }
}

/// Requires that every event has a type and a source.
pub(super) fn require_type_and_source(raw: &RawEvent, settings: &Settings, errors: &mut Errors) {
    // It may be in the unreadable part, which has been reported.
    if !raw.settings.is_complete {
        return;
    }
    for (names, example) in [
        (
            &["event_type", "legacy_event_type"][..],
            "com.example.invite.created",
        ),
        (&["source"], "/invite-service"),
    ] {
        if names.iter().all(|name| settings.part(name).is_none()) {
            let name = names[0];
            errors.push(err!(
                &raw.ident,
                "the event has no `{name}`; write `#[outbox({name} = \"{example}\")]` on the struct"
            ));
        }
    }
}
