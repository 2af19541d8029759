//! The published contract: what the schema of a type does not say itself.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::Type;

use super::hygiene::{own_variable, type_span};
use super::validations::bound_member;
use super::where_clauses::where_clause;
use crate::model::{Event, Field, FieldRule, KeyField, PartitionKey, Rule, Set, Settings, Value};

pub(super) fn published_event(event: &Event) -> TokenStream {
    let Event {
        ident,
        generics,
        settings,
        ..
    } = event;
    let (impl_generics, ty_generics, _) = generics.split_for_impl();
    // Higher-ranked, so that an event without a schema still compiles.
    let mut predicates = vec![quote!(for<'__s> Self: __outbox::Described<'__s>)];
    predicates.extend(published_members(settings.upcast_from.iter()));
    let where_clause = where_clause(generics, predicates);
    let (catalog, older) = (own_variable("catalog"), &settings.upcast_from);
    let facts = event_facts(event);
    if_contract(&quote! {
        #[automatically_derived]
        impl #impl_generics __outbox::Published for #ident #ty_generics #where_clause {
            fn publish(#catalog: &mut __outbox::Catalog) {
                #(__outbox::publish_older::<#older>(#catalog);)*
                __outbox::publish_event::<Self>(#catalog, #facts);
            }
        }
    })
}

pub(super) fn published_set(set: &Set, events: &[(&Ident, &Type)]) -> TokenStream {
    let Set {
        ident, generics, ..
    } = set;
    let (impl_generics, ty_generics, _) = generics.split_for_impl();
    let predicates = published_members(events.iter().map(|(_, event)| *event)).collect();
    let where_clause = where_clause(generics, predicates);
    let catalog = own_variable("catalog");
    let events = events.iter().map(|(_, event)| event);
    if_contract(&quote! {
        #[automatically_derived]
        impl #impl_generics __outbox::Published for #ident #ty_generics #where_clause {
            fn publish(#catalog: &mut __outbox::Catalog) {
                #(<#events as __outbox::Published>::publish(#catalog);)*
            }
        }
    })
}

/// Wraps code that needs the feature. Cargo may build this macro with the feature for one copy of the core crate,
/// and use it with another copy that is without.
fn if_contract(code: &TokenStream) -> TokenStream {
    quote!(__outbox::if_contract! { #code })
}

/// Writes the impl by which a struct describes its rules in whichever schema it appears. The JSON of an enum's
/// variants depends on how serde tags them, so their rules are left to the schema's own derive.
pub(super) fn described_value(value: &Value, where_clause: &TokenStream) -> Option<TokenStream> {
    let Value {
        ident,
        generics,
        settings,
        shapes,
        ..
    } = value;
    let [shape] = shapes.as_slice() else {
        return None;
    };
    if shape.variant.is_some() {
        return None;
    }
    let (impl_generics, ty_generics, _) = generics.split_for_impl();
    let schema = own_variable("schema");
    let rules = described_rules(&shape.rules, settings);
    Some(if_contract(&quote! {
        #[automatically_derived]
        impl #impl_generics __outbox::DescribeRules for #ident #ty_generics #where_clause {
            fn describe_rules(#schema: &mut __outbox::SchemaRules<'_>) {
                #schema.nested(|#schema| { #rules });
            }
        }
    }))
}

fn published_members<'a>(
    events: impl Iterator<Item = &'a Type> + 'a,
) -> impl Iterator<Item = TokenStream> + 'a {
    events
        .map(|event| quote_spanned!(type_span(event)=> for<'__s> #event: __outbox::PublishedMember<'__s>))
}

fn event_facts(event: &Event) -> TokenStream {
    let aggregate_id = event.aggregate_id.as_ref().map(|key| &key.field);
    let aggregate_id = payload_name(aggregate_id);
    let occurred_at = payload_name(event.occurred_at.as_ref());
    let partition_key = match &event.partition_key {
        PartitionKey::Fields(fields) if fields.is_empty() => quote!(AggregateId),
        PartitionKey::Fields(fields) => {
            let names = fields
                .iter()
                .map(|KeyField { field, .. }| field.payload_member.as_ref().unwrap_or(&field.path));
            quote!(Members(&[#(#names),*]))
        }
        PartitionKey::With(path) => {
            let path = path_text(path);
            quote!(Function(#path))
        }
    };
    let extensions = event.extensions.iter().map(|extension| &extension.name);
    let schema = own_variable("schema");
    let rules = described_rules(&event.rules, &event.settings);
    quote! {
        __outbox::EventFacts {
            aggregate_id: #aggregate_id,
            partition_key: __outbox::KeyFacts::#partition_key,
            occurred_at: #occurred_at,
            extensions: &[#(#extensions),*],
            describe: |#schema| { #rules },
        }
    }
}

fn payload_name(field: Option<&Field>) -> TokenStream {
    let name = field.map(|field| field.payload_member.as_ref().unwrap_or(&field.path));
    name.map_or_else(
        || quote!(__outbox::None),
        |name| quote!(__outbox::Some(#name)),
    )
}

/// Writes the rules of the fields, and the rule of the whole.
fn described_rules(rules: &[FieldRule], settings: &Settings) -> TokenStream {
    let schema = own_variable("schema");
    let rules = rules.iter().filter_map(described_rule);
    let with = settings.validate_with.as_ref().map(|path| {
        let path = path_text(path);
        quote!(#schema.custom(#path);)
    });
    quote! {
        let _ = &#schema;
        #(#rules)*
        #with
    }
}

/// Writes the rule for the field's place in the schema; `None` if the field or the rule has none there.
fn described_rule(FieldRule { field, rule, .. }: &FieldRule) -> Option<TokenStream> {
    let (schema, ty) = (own_variable("schema"), &field.ty);
    let of_type = |method: TokenStream| {
        quote_spanned! {type_span(ty)=> {
            #[allow(unused_imports)]
            use __outbox::NoRules as _;
            __outbox::RulesOf::<#ty>::TYPE.#method;
        }}
    };
    let described = match rule {
        Rule::Nested if field.is_flattened => return Some(of_type(quote!(nested(#schema)))),
        Rule::Nested => of_type(quote!(nested(#schema))),
        Rule::Email => quote!(#schema.email();),
        Rule::Url => quote!(#schema.url();),
        Rule::Length(bounds) => {
            let bounds = bounds.iter().map(|bound| bound_member(bound, ty));
            quote!(#schema.length(&__outbox::Length { #(#bounds,)* ..__outbox::Length::ANY });)
        }
        Rule::Range(bounds) => {
            let bounds = bounds.iter().map(|bound| bound_member(bound, ty));
            let rule = quote!(__outbox::Range { #(#bounds,)* ..__outbox::Range::ANY });
            of_type(quote!(range(#schema, &#rule)))
        }
        Rule::Custom(function) => {
            let function = path_text(function);
            quote!(#schema.custom(#function);)
        }
        // The schema's own derive takes it, and a schema has finite numbers alone.
        Rule::Required { .. } | Rule::Finite(_) => return None,
    };
    match &field.payload_member {
        Some(name) => Some(quote!(#schema.member(#name, |#schema| { #described });)),
        // Of a newtype the field is all there is.
        None if field.path.is_empty() => Some(described),
        None => None,
    }
}

/// Returns a path as it is written.
fn path_text(path: &impl ToTokens) -> String {
    path.to_token_stream().to_string().replace(' ', "")
}
