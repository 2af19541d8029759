//! Reads tokens into raw attributes. Only unreadable tokens are a mistake here.

mod newtype;

use proc_macro2::Ident;
use syn::ext::IdentExt;
use syn::{Attribute, Data, DataEnum, DataStruct, DeriveInput, Expr, Fields, Index, Member, Meta};

use crate::entries::{Entries, attributes_named, named_entries};

use crate::mistakes::{Errors, err};
use crate::model::{RawEvent, RawField, RawSet, RawShape, RawValue, Variant};
use crate::serde_names::{ContainerNames, FieldNames};

pub(crate) use newtype::read_newtype;

/// Reads the struct of an event.
pub(crate) fn read_event(input: &DeriveInput, data: &DataStruct, errors: &mut Errors) -> RawEvent {
    refuse_on_type(&input.attrs, &["aggregate_id", "validate"], errors);
    let fields = errors.take(named_fields(&input.ident, data));
    let serde = ContainerNames::read(&input.attrs);
    RawEvent {
        ident: input.ident.clone(),
        generics: input.generics.clone(),
        description: doc_lines(&input.attrs),
        settings: read_settings(&input.attrs, errors),
        has_misplaced_id: attributes_named(&input.attrs, "aggregate_id")
            .next()
            .is_some(),
        partition_key: attributes_named(&input.attrs, "partition_key")
            .cloned()
            .collect(),
        fields: fields.map(|fields| read_fields(fields, &serde, errors)),
        serde,
    }
}

fn named_fields<'a>(ident: &Ident, data: &'a DataStruct) -> syn::Result<&'a Fields> {
    const REMEDY: &str = "`OutboxEvent` needs a struct with named fields";
    match &data.fields {
        Fields::Named(_) => Ok(&data.fields),
        Fields::Unnamed(fields) => Err(err!(fields, "{REMEDY}; give each field a name")),
        Fields::Unit => Err(err!(ident, "{REMEDY}; add a field with `#[aggregate_id]`")),
    }
}

/// Reads the enum of a set of events.
pub(crate) fn read_set(input: &DeriveInput, data: &DataEnum, errors: &mut Errors) -> RawSet {
    const OF_AN_EVENT: [&str; 4] = ["aggregate_id", "partition_key", "validate", "outbox"];
    refuse_in_set(&input.attrs, &OF_AN_EVENT[..3], errors);
    for variant in &data.variants {
        refuse_in_set(&variant.attrs, &OF_AN_EVENT, errors);
        for field in &variant.fields {
            refuse_in_set(&field.attrs, &OF_AN_EVENT, errors);
        }
    }
    RawSet {
        ident: input.ident.clone(),
        generics: input.generics.clone(),
        settings: read_settings(&input.attrs, errors),
        variants: data
            .variants
            .iter()
            .map(|variant| read_variant(variant, errors))
            .collect(),
    }
}

fn read_variant(variant: &syn::Variant, errors: &mut Errors) -> Variant {
    let event = match &variant.fields {
        Fields::Unnamed(fields) if fields.unnamed.len() == 1 => {
            fields.unnamed.first().map(|field| field.ty.clone())
        }
        _ => {
            let ident = &variant.ident;
            errors.push(err!(
                variant,
                "a variant of a set holds one event; write `{ident}({ident})`, with the event's struct in the parentheses"
            ));
            None
        }
    };
    Variant {
        ident: variant.ident.clone(),
        event,
    }
}

fn refuse_in_set(attributes: &[Attribute], names: &[&str], errors: &mut Errors) {
    for name in names {
        for attribute in attributes_named(attributes, name) {
            errors.push(err!(
                attribute,
                "`#[{name}]` belongs in the struct of an event; this enum is a set of events, so move it to the struct that a variant holds"
            ));
        }
    }
    for attribute in attributes_named(attributes, "serde") {
        errors.push(err!(
            attribute,
            "each event of a set is written as its own struct says; move `#[serde(...)]` to those structs, and derive `OutboxEvent` alone on the set"
        ));
    }
}

/// Reads a type with rules of its own.
pub(crate) fn read_value(input: &DeriveInput, errors: &mut Errors) -> RawValue {
    refuse_on_type(&input.attrs, &["validate"], errors);
    let shapes = match &input.data {
        Data::Struct(data) => vec![RawShape {
            variant: None,
            fields: read_fields(&data.fields, &ContainerNames::read(&input.attrs), errors),
        }],
        Data::Enum(data) => data
            .variants
            .iter()
            .map(|variant| {
                refuse_on_type(&variant.attrs, &["validate"], errors);
                RawShape {
                    variant: Some(variant.ident.clone()),
                    fields: read_fields(
                        &variant.fields,
                        &ContainerNames::read(&variant.attrs),
                        errors,
                    ),
                }
            })
            .collect(),
        Data::Union(data) => {
            errors.push(err!(
                data.union_token,
                "`Validate` needs a struct or an enum, not a union"
            ));
            Vec::new()
        }
    };
    RawValue {
        ident: input.ident.clone(),
        generics: input.generics.clone(),
        settings: read_settings(&input.attrs, errors),
        shapes,
    }
}

fn refuse_on_type(attributes: &[Attribute], names: &[&str], errors: &mut Errors) {
    for name in names {
        for attribute in attributes_named(attributes, name) {
            let remedy = match *name {
                "validate" => {
                    ", or write `#[outbox(validate_with = path)]` for rules between fields"
                }
                _ => "",
            };
            errors.push(err!(
                attribute,
                "`#[{name}]` belongs on a field; move it to the field that it describes{remedy}"
            ));
        }
    }
}

fn read_settings(attributes: &[Attribute], errors: &mut Errors) -> Entries {
    const EXAMPLE: &str = "a key, such as `event_type = \"com.example.invite.created\"`";
    named_entries(attributes, "outbox", EXAMPLE, errors)
}

fn read_fields(fields: &Fields, container: &ContainerNames, errors: &mut Errors) -> Vec<RawField> {
    let is_newtype = matches!(fields, Fields::Unnamed(fields) if fields.unnamed.len() == 1);
    let mut read = |(position, field): (usize, &syn::Field)| {
        let serde = FieldNames::read(&field.attrs);
        let name = field.ident.as_ref().map(|ident| ident.unraw().to_string());
        RawField {
            member: field_member(position, field),
            payload_member: name
                .as_ref()
                .and_then(|name| serde.payload_member(name, container)),
            path: match name {
                Some(name) => name,
                None if is_newtype => String::new(),
                None => position.to_string(),
            },
            ty: field.ty.clone(),
            attributes: field
                .attrs
                .iter()
                .filter_map(|attribute| attribute.path().get_ident().cloned())
                .collect(),
            aggregate_id: attributes_named(&field.attrs, "aggregate_id")
                .cloned()
                .collect(),
            partition_key: attributes_named(&field.attrs, "partition_key")
                .cloned()
                .collect(),
            settings: named_entries(
                &field.attrs,
                "outbox",
                "`occurred_at` or `extension`",
                errors,
            ),
            rules: named_entries(&field.attrs, "validate", "a rule, such as `email`", errors),
            is_written_as_is: serde.is_written_as_is(container),
            is_read_as_is: serde.is_read_as_is(),
            serde,
        }
    };
    fields.iter().enumerate().map(&mut read).collect()
}

fn field_member(position: usize, field: &syn::Field) -> Member {
    field
        .ident
        .clone()
        .map_or_else(|| Member::Unnamed(Index::from(position)), Member::Named)
}

/// Returns the doc comment: a text for each line, or a macro such as `include_str!` for several.
fn doc_lines(attributes: &[Attribute]) -> Vec<Expr> {
    attributes_named(attributes, "doc")
        .filter_map(|attribute| match &attribute.meta {
            Meta::NameValue(doc) => Some(doc.value.clone()),
            _ => None,
        })
        .collect()
}
