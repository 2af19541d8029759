//! Raw to checked: a list of named rules. Every mistake is collected.

mod arguments;
mod attributes;
mod keys;
mod members;
mod rules;
mod settings;
mod values;
mod vocabulary;

use std::collections::HashMap;

use quote::ToTokens;
use syn::Type;

pub(crate) use rules::Number;

use crate::error::{Errors, err};
use crate::model::{Event, Field, RawEvent, RawSet, RawValue, Set, Shape, Value, Variant};

/// What of the event obeys every rule.
pub(crate) fn event(raw: RawEvent, errors: &mut Errors) -> Event {
    let settings = settings::of_event(&raw, errors);
    settings::required(&raw, &settings, errors);
    let aggregate_id = keys::aggregate_id(&raw, errors);
    let attributes = attributes::attributes(&raw, errors);
    members::are_written_and_read(&raw, aggregate_id, errors);
    Event {
        partition_key: keys::partition_key(&raw, errors),
        rules: raw
            .fields()
            .flat_map(|field| rules::field_rules(field, errors))
            .collect(),
        shared_members: members::shared_members(&raw, aggregate_id, attributes.occurred_at, errors),
        aggregate_id: aggregate_id.and_then(|field| {
            keys::key_field(field, &field.aggregate_id, keys::AGGREGATE_ID, errors)
        }),
        occurred_at: attributes.occurred_at.map(Field::from),
        extensions: attributes.extensions,
        ident: raw.ident,
        generics: raw.generics,
        description: raw.description,
        settings,
    }
}

/// What of the set of events obeys every rule.
pub(crate) fn set(raw: RawSet, errors: &mut Errors) -> Set {
    let settings = settings::of_set(&raw.settings, errors);
    if raw.variants.is_empty() {
        errors.push(err!(
            &raw.ident,
            "the set has no event; write a variant for each, such as `Created(InviteCreated)`"
        ));
    }
    Set {
        ident: raw.ident,
        generics: raw.generics,
        settings,
        variants: different(raw.variants, errors),
    }
}

/// No two variants hold the same struct. That two structs have the same event type, the compiler tells.
fn different(variants: Vec<Variant>, errors: &mut Errors) -> Vec<Variant> {
    let mut seen: HashMap<String, Type> = HashMap::new();
    let mut check = |event: Type| {
        let name = event.to_token_stream().to_string();
        if let Some(first) = seen.get(&name) {
            let message = format!(
                "two variants hold `{name}`; a set tells its events apart by type, so keep one"
            );
            errors.push_both(first, &event, &message);
            return None;
        }
        seen.insert(name, event.clone());
        Some(event)
    };
    variants
        .into_iter()
        .map(|variant| Variant {
            event: variant.event.and_then(&mut check),
            ..variant
        })
        .collect()
}

/// What of the type with rules of its own obeys every rule.
pub(crate) fn value(raw: RawValue, errors: &mut Errors) -> Value {
    let settings = settings::of_value(&raw.settings, errors);
    let mut shapes = Vec::new();
    for shape in raw.shapes {
        for field in &shape.fields {
            attributes::none(field, errors);
        }
        shapes.push(Shape {
            variant: shape.variant,
            rules: shape
                .fields
                .iter()
                .flat_map(|field| rules::field_rules(field, errors))
                .collect(),
        });
    }
    Value {
        ident: raw.ident,
        generics: raw.generics,
        settings,
        shapes,
    }
}

/// The last segment of a type's path.
pub(crate) fn type_name(ty: &Type) -> Option<String> {
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
