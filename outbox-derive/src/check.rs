//! Raw to checked: a list of named rules. Every mistake is collected.

mod definition;
mod entries;
mod keys;
mod members;
mod rules;

use syn::Type;

use crate::error::Errors;
use crate::model::{Definition, Event, Field, RawEvent};

pub(crate) use definition::definition;

/// The event, if it obeys every rule; the mistakes, if not.
pub(crate) fn event(raw: &RawEvent, definition: &Definition, errors: &mut Errors) -> Option<Event> {
    definition::required(raw, definition, errors);
    let aggregate_id = keys::aggregate_id(raw, errors);
    let partition_key = keys::partition_key(raw, errors);
    let shared_members = members::shared_members(raw, aggregate_id, errors);
    let rules = raw
        .fields
        .iter()
        .flat_map(|field| rules::field_rules(field, errors))
        .collect();
    Some(Event {
        ident: raw.ident.clone(),
        generics: raw.generics.clone(),
        description: raw.description.clone(),
        aggregate_id: Field::from(aggregate_id?),
        partition_key: partition_key.into_iter().map(Field::from).collect(),
        rules,
        shared_members,
    })
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
