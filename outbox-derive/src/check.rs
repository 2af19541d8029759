//! Checks the raw model by a list of named rules, and collects every mistake.

mod arguments;
mod bounds;
mod keys;
mod marked_fields;
mod members;
mod newtype;
mod settings;
mod validations;
mod vocabulary;

use std::collections::HashMap;

use quote::ToTokens;
use syn::{Generics, Ident, Type};

use crate::mistakes::{Errors, err};
use crate::model::{
    Event, Field, RawEvent, RawField, RawSet, RawValue, Set, Shape, Value, Variant,
};
use crate::types::{contained_parameter, mentions_ident, ungrouped};

pub(crate) use newtype::check_newtype;

/// Returns the parts of the event that obey every rule.
pub(crate) fn check_event(raw: RawEvent, errors: &mut Errors) -> Event {
    let settings = settings::event_settings(&raw, errors);
    settings::require_type_and_source(&raw, &settings, errors);
    let aggregate_id = keys::aggregate_id(&raw, errors);
    let marked = marked_fields::marked_fields(&raw, errors);
    members::require_written_and_read(&raw, aggregate_id, errors);
    Event {
        partition_key: keys::partition_key(&raw, errors),
        used_parameters: used_parameters(&raw.generics, raw.fields()),
        rules: raw
            .fields()
            .flat_map(|field| validations::field_rules(field, errors))
            .collect(),
        shared_members: if settings.flat_message {
            members::shared_members(&raw, aggregate_id, marked.occurred_at, errors)
        } else {
            Vec::new()
        },
        aggregate_id: aggregate_id.and_then(|field| {
            keys::key_field(field, &field.aggregate_id, keys::AGGREGATE_ID, errors)
        }),
        occurred_at: marked.occurred_at.map(Field::from),
        extensions: marked.extensions,
        ident: raw.ident,
        generics: raw.generics,
        description: raw.description,
        settings,
    }
}

/// Returns the parts of the set of events that obey every rule.
pub(crate) fn check_set(raw: RawSet, errors: &mut Errors) -> Set {
    let settings = settings::set_settings(&raw.settings, errors);
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
        variants: unique_variants(raw.variants, errors),
    }
}

/// Refuses a struct that two variants hold. The compiler reports two structs of the same event type.
fn unique_variants(variants: Vec<Variant>, errors: &mut Errors) -> Vec<Variant> {
    let mut seen: HashMap<String, Type> = HashMap::new();
    let mut check = |event: Type| {
        let name = ungrouped(&event).to_token_stream().to_string();
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

/// Returns the parts of the type with rules of its own that obey every rule.
pub(crate) fn check_value(raw: RawValue, errors: &mut Errors) -> Value {
    let settings = settings::value_settings(&raw.settings, errors);
    let fields = raw.shapes.iter().flat_map(|shape| &shape.fields);
    let used_parameters = used_parameters(&raw.generics, fields);
    let mut shapes = Vec::new();
    for shape in raw.shapes {
        for field in &shape.fields {
            marked_fields::refuse_marks(
                &field.settings,
                "`Validate` is for values inside an event",
                errors,
            );
            members::require_text_keys(field, errors);
        }
        shapes.push(Shape {
            variant: shape.variant,
            rules: shape
                .fields
                .iter()
                .flat_map(|field| validations::field_rules(field, errors))
                .collect(),
        });
    }
    Value {
        ident: raw.ident,
        generics: raw.generics,
        settings,
        shapes,
        used_parameters,
    }
}

/// Returns the type parameters that are used outside of nested values. Of types that hold each other, at least one
/// has such a parameter: the compiler refuses a parameter that is only passed on.
fn used_parameters<'a>(
    generics: &Generics,
    fields: impl Iterator<Item = &'a RawField>,
) -> Vec<Ident> {
    let is_handed_on = |field: &RawField| {
        field.rules.find("nested").is_some() && contained_parameter(&field.ty, generics).is_none()
    };
    let used: Vec<&Type> = fields
        .filter(|field| !is_handed_on(field))
        .map(|field| &field.ty)
        .collect();
    generics
        .type_params()
        .map(|parameter| parameter.ident.clone())
        .filter(|parameter| {
            let is_parameter = |name: &Ident| name == parameter;
            used.iter()
                .any(|ty| mentions_ident(ty.to_token_stream(), &is_parameter))
        })
        .collect()
}
