//! Raw to checked: a list of named rules. Every mistake is collected.

use std::collections::HashMap;

use quote::ToTokens;
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, Meta, Token, Type};

use crate::error::{Errors, err};
use crate::model::{Entry, EntryValue, Event, Field, FieldRule, Length, RawEvent, RawField, Rule};

/// The event, if it obeys every rule.
pub(crate) fn check(raw: &RawEvent) -> syn::Result<Event> {
    let mut errors = Errors::default();
    let mut settings = settings(raw, &mut errors);
    let aggregate_id = aggregate_id(raw, &mut errors);
    let partition_key = partition_key(raw, &mut errors);
    let rules = raw
        .fields
        .iter()
        .flat_map(|field| field_rules(field, &mut errors))
        .collect();
    let shared_members = shared_members(raw, aggregate_id, &mut errors);
    let required = required(raw, &mut settings, &mut errors).zip(aggregate_id);
    let event = required.map(|((event_type, source), aggregate_id)| Event {
        event_type,
        source,
        data_version: settings.remove("data_version"),
        aggregate_type: settings.remove("aggregate_type"),
        topic: settings.remove("topic"),
        aggregate_id: checked(aggregate_id),
        partition_key: partition_key.into_iter().map(checked).collect(),
        rules,
        shared_members,
        ident: raw.ident.clone(),
        generics: raw.generics.clone(),
        description: raw.description.clone(),
    });
    errors.finish_with(event)
}

fn checked(field: &RawField) -> Field {
    Field {
        ident: field.ident.clone(),
        ty: field.ty.clone(),
    }
}

const SETTINGS: [&str; 5] = [
    "event_type",
    "source",
    "data_version",
    "aggregate_type",
    "topic",
];

/// Each key of `#[outbox(...)]` is known, stands once, and has a value.
fn settings(raw: &RawEvent, errors: &mut Errors) -> HashMap<&'static str, Expr> {
    let known = known(&raw.settings, &SETTINGS, "key", "#[outbox(...)]", errors);
    known
        .into_iter()
        .map(|(name, entry)| (name, setting(name, entry, errors)))
        .collect()
}

fn setting(name: &str, entry: &Entry, errors: &mut Errors) -> Expr {
    if let EntryValue::Expr(value) = &entry.value {
        return value.clone();
    }
    errors.push(err!(
        entry,
        "`{name}` needs a value; write `{name} = \"...\"`"
    ));
    // It is never expanded; it keeps the key from counting as missing too.
    syn::parse_quote!("")
}

/// Every event has a type and a source.
fn required(
    raw: &RawEvent,
    settings: &mut HashMap<&'static str, Expr>,
    errors: &mut Errors,
) -> Option<(Expr, Expr)> {
    let mut take = |name: &str, example: &str| {
        let value = settings.remove(name);
        if value.is_none() {
            errors.push(err!(
                &raw.ident,
                "the event has no `{name}`; write `#[outbox({name} = \"{example}\")]` on the struct"
            ));
        }
        value
    };
    let event_type = take("event_type", "com.example.invite.created");
    let source = take("source", "/invite-service");
    event_type.zip(source)
}

/// Exactly one field is the aggregate id: the one with the attribute, or the one of that name.
fn aggregate_id<'a>(raw: &'a RawEvent, errors: &mut Errors) -> Option<&'a RawField> {
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
        errors.push(err!(
            &raw.ident,
            "the event has no aggregate id; put `#[aggregate_id]` on the field that identifies the aggregate"
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
    key_type(field, "the aggregate id", errors);
    Some(field)
}

/// The fields of the partition key, in the order of their declaration.
fn partition_key<'a>(raw: &'a RawEvent, errors: &mut Errors) -> Vec<&'a RawField> {
    let fields: Vec<_> = raw
        .fields
        .iter()
        .filter(|field| !field.partition_key.is_empty())
        .collect();
    for field in &fields {
        plain_marker("partition_key", &field.partition_key, errors);
        // A field that is the aggregate id too has been told so already.
        if field.aggregate_id.is_empty() {
            key_type(field, "a partition key", errors);
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

/// The last segment of a type's path.
fn type_name(ty: &Type) -> Option<String> {
    match ty {
        Type::Path(path) => path
            .path
            .segments
            .last()
            .map(|segment| segment.ident.to_string()),
        Type::Group(group) => type_name(&group.elem),
        Type::Paren(paren) => type_name(&paren.elem),
        _ => None,
    }
}

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
fn shared_members(
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
    let Some(name) = type_name(&field.ty) else {
        return;
    };
    if NUMBERS.contains(&name.as_str()) {
        errors.push(err!(
            &field.ty,
            "the payload's member `aggregate_id` is the event's own in the flat message, which is a string and no `{name}`; give the field another name, or make it a `String`"
        ));
    }
}

const RULES: [&str; 2] = ["email", "length"];

/// Each rule of `#[validate(...)]` is known, stands once, and has arguments that fit it.
fn field_rules(field: &RawField, errors: &mut Errors) -> Vec<FieldRule> {
    if field.rules.is_empty() {
        return Vec::new();
    }
    known(&field.rules, &RULES, "rule", "#[validate(...)]", errors)
        .into_iter()
        .filter_map(|(name, entry)| {
            let rule = match name {
                "email" => email(entry),
                _ => length(entry, errors),
            };
            let rule = errors.take(rule)?;
            Some(FieldRule {
                field: checked(field),
                name: entry.key.clone(),
                rule,
            })
        })
        .collect()
}

fn email(entry: &Entry) -> syn::Result<Rule> {
    match entry.value {
        EntryValue::Nothing => Ok(Rule::Email),
        _ => Err(err!(
            entry,
            "`email` takes no arguments; write `#[validate(email)]`"
        )),
    }
}

fn length(entry: &Entry, errors: &mut Errors) -> syn::Result<Rule> {
    const FORM: &str = "write `length(min = 1, max = 40)`, one of the two, or `length(equal = 3)`";
    let EntryValue::Arguments(arguments) = &entry.value else {
        return Err(err!(entry, "`length` needs its bounds; {FORM}"));
    };
    let arguments: Vec<Entry> = Punctuated::<Entry, Token![,]>::parse_terminated
        .parse2(arguments.clone())?
        .into_iter()
        .collect();
    let mut bounds = HashMap::new();
    for (name, argument) in known(
        &arguments,
        &["min", "max", "equal"],
        "argument",
        "length(...)",
        errors,
    ) {
        match &argument.value {
            EntryValue::Expr(value) => {
                bounds.insert(name, (argument, value.clone()));
            }
            _ => errors.push(err!(argument, "`{name}` needs a value; write `{name} = 1`")),
        }
    }
    if let Some((equal, _)) = bounds.get("equal") {
        for other in ["min", "max"].iter().filter_map(|name| bounds.get(name)) {
            errors.push_both(
                equal,
                other.0,
                "`equal` says it all; leave `min` and `max` out",
            );
        }
    }
    if arguments.is_empty() {
        return Err(err!(&entry.key, "`length` needs its bounds; {FORM}"));
    }
    let mut take = |name| bounds.remove(name).map(|(_, value)| value);
    let (min, max, equal) = (take("min"), take("max"), take("equal"));
    Ok(Rule::Length(Box::new(Length { min, max, equal })))
}

/// The entries whose key is one of `names`, each once; what is unknown or stands twice is a mistake.
fn known<'a>(
    entries: &'a [Entry],
    names: &[&'static str],
    what: &str,
    place: &str,
    errors: &mut Errors,
) -> Vec<(&'static str, &'a Entry)> {
    let mut known: Vec<(&'static str, &Entry)> = Vec::new();
    for entry in entries {
        let Some(name) = names.iter().find(|name| entry.key == **name) else {
            let names = names
                .iter()
                .map(|name| format!("`{name}`"))
                .collect::<Vec<_>>()
                .join(", ");
            errors.push(err!(
                &entry.key,
                "unknown {what} `{}` in `{place}`; the {what}s are {names}",
                entry.key
            ));
            continue;
        };
        match known.iter().find(|(other, _)| other == name) {
            Some((_, first)) => {
                let message = format!("the {what} `{name}` stands twice; remove one");
                errors.push_both(&first.key, &entry.key, &message);
            }
            None => known.push((name, entry)),
        }
    }
    known
}
