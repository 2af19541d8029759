//! The published contract: the facts that the schema of a type does not contain.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{DeriveInput, Generics, Type, WherePredicate, parse_quote};

use super::hygiene::{own_variable, type_span};
use super::twin::{conversions, twin, twin_fields};
use super::validations::bound_member;
use super::where_clauses::{self, where_clause};
use crate::model::{
    Event, Field, FieldRule, KeyField, PartitionKey, Rule, Set, Settings, Shape, Value,
};
use crate::types::mentions_ident;

pub(super) fn published_event(event: &Event, input: &DeriveInput) -> TokenStream {
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
    let used = &event.used_parameters;
    predicates.extend(described_predicates(ident, generics, used, &event.rules));
    let where_clause = where_clause(generics, predicates);
    let (catalog, older) = (own_variable("catalog"), &settings.upcast_from);
    let facts = event_facts(event, input);
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
/// and use it with another copy that lacks it.
fn if_contract(code: &TokenStream) -> TokenStream {
    quote!(__outbox::if_contract! { #code })
}

/// Writes the impl by which a type describes its rules in whichever schema it appears.
pub(super) fn described_value(value: &Value, input: &DeriveInput) -> TokenStream {
    let Value {
        ident,
        generics,
        settings,
        shapes,
        ..
    } = value;
    let (impl_generics, ty_generics, _) = generics.split_for_impl();
    let rules: Rules<'_> = shapes.iter().flat_map(rules_of_shape).collect();
    let mut predicates = where_clauses::validate_predicates(value);
    let fields = rules.iter().map(|(_, rule)| *rule);
    let used = &value.used_parameters;
    predicates.extend(described_predicates(ident, generics, used, fields));
    let where_clause = where_clause(generics, predicates);
    let schema = own_variable("schema");
    let described = described_fields(input, &rules, settings);
    if_contract(&quote! {
        #[automatically_derived]
        impl #impl_generics __outbox::DescribeRules for #ident #ty_generics #where_clause {
            fn describe_rules(#schema: &mut __outbox::SchemaRules<'_>) {
                #described
            }
        }
    })
}

/// The rules of all fields, each with its variant.
type Rules<'a> = Vec<(Option<&'a Ident>, &'a FieldRule)>;

fn rules_of_shape(shape: &Shape) -> impl Iterator<Item = (Option<&Ident>, &FieldRule)> {
    let rules = shape.rules.iter();
    rules.map(|rule| (shape.variant.as_ref(), rule))
}

/// Lists the bounds by which the compiler knows that nested types describe their rules. If a nested type has no
/// bound, its parameters have one, if the user bounds them by `Validate`.
fn described_predicates<'a>(
    ident: &'a Ident,
    generics: &'a Generics,
    used_parameters: &'a [Ident],
    rules: impl IntoIterator<Item = &'a FieldRule>,
) -> Vec<TokenStream> {
    let mut described = Vec::new();
    let mut has_unbound = false;
    for rule in rules {
        let known = described.len();
        described.extend(where_clauses::nested_types(rule, generics, used_parameters));
        has_unbound |= matches!(rule.rule, Rule::Nested) && described.len() == known;
    }
    let validated = validated_types(generics);
    described.extend(validated.iter().filter(|_| has_unbound));
    let bounds = described.into_iter();
    let bounds = bounds.map(|ty| (ty, quote!(__outbox::DescribeRules)));
    where_clauses::bounded_types(ident, generics, bounds).collect()
}

/// Lists the types that the user bounds by `Validate`.
fn validated_types(generics: &Generics) -> Vec<Type> {
    let parameters = generics.type_params().map(|parameter| {
        let ident = &parameter.ident;
        (parse_quote!(#ident), &parameter.bounds)
    });
    let clauses = generics.where_clause.iter();
    let predicates = clauses.flat_map(|clause| &clause.predicates);
    let predicates = predicates.filter_map(|predicate| match predicate {
        WherePredicate::Type(one) if one.lifetimes.is_none() => {
            Some((one.bounded_ty.clone(), &one.bounds))
        }
        _ => None,
    });
    let is_validate = |name: &Ident| name == "Validate";
    let bounded = parameters.chain(predicates);
    bounded
        .filter(|(_, bounds)| mentions_ident(bounds.to_token_stream(), &is_validate))
        .map(|(ty, _)| ty)
        .collect()
}

fn published_members<'a>(
    events: impl Iterator<Item = &'a Type> + 'a,
) -> impl Iterator<Item = TokenStream> + 'a {
    events
        .map(|event| quote_spanned!(type_span(event)=> for<'__s> #event: __outbox::PublishedMember<'__s>))
}

fn event_facts(event: &Event, input: &DeriveInput) -> TokenStream {
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
    let rules = event.rules.iter().map(|rule| (None, rule)).collect();
    let rules = described_fields(input, &rules, &event.settings);
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

/// Writes the rules of each field, and the rule of the whole type.
fn described_fields(input: &DeriveInput, rules: &Rules<'_>, settings: &Settings) -> TokenStream {
    let (schema, number) = (own_variable("schema"), own_variable("number"));
    let has_twin = Ident::new("__OutboxHasTwin", Span::call_site());
    let twin = twin(input, &has_twin);
    let [when_written, when_read] = conversions(input);
    let fields = twin_fields(input);
    let fields = fields.iter().enumerate().map(|(position, field)| {
        let path = &field.path;
        let rules: Vec<&FieldRule> = rules
            .iter()
            .filter(|(variant, rule)| {
                *variant == field.variant && rule.field.member == field.member
            })
            .map(|(_, rule)| *rule)
            .collect();
        let is_nested = rules.iter().any(|rule| matches!(rule.rule, Rule::Nested));
        let method = if is_nested {
            quote!(nested(#schema))
        } else {
            quote!(unchecked(#schema))
        };
        let mut of_own_type = of_type(field.ty, &method);
        if field.is_flattened {
            of_own_type = quote!(#schema.flattened(|#schema| #of_own_type););
        }
        let is_buffered = field.is_flattened && field.is_read_as_is;
        let buffered = is_buffered.then(|| of_type(field.ty, &quote!(buffered(#schema))));
        let described = rules.iter().filter_map(|rule| described_rule(rule));
        quote!(#position => { #buffered #schema.enter(#path); #of_own_type #(#described)* })
    });
    let with = settings.validate_with.as_ref().map(|path| {
        let path = path_text(path);
        quote!(#schema.custom(#path);)
    });
    quote! {
        #twin
        #schema.fields::<Self, <#has_twin as __outbox::HasTwin>::Twin>([#when_written, #when_read], |#schema, #number| match #number {
            #(#fields)*
            _ => {}
        });
        #with
    }
}

fn of_type(ty: &Type, method: &TokenStream) -> TokenStream {
    quote_spanned! {type_span(ty)=> {
        #[allow(unused_imports)]
        use __outbox::NoRules as _;
        __outbox::RulesOf::<#ty>::TYPE.#method;
    }}
}

/// Writes a rule for the field's place in the schema; `None` if it is a rule of the field's type.
fn described_rule(FieldRule { field, rule, .. }: &FieldRule) -> Option<TokenStream> {
    let (schema, ty) = (own_variable("schema"), &field.ty);
    Some(match rule {
        // A schema has only finite numbers.
        Rule::Nested | Rule::Finite(_) => return None,
        Rule::Email => quote!(#schema.email();),
        Rule::Url => quote!(#schema.url();),
        Rule::Length(bounds) => {
            let bounds = bounds.iter().map(|bound| bound_member(bound, ty));
            quote!(#schema.length(&__outbox::Length { #(#bounds,)* ..__outbox::Length::ANY });)
        }
        Rule::Range(bounds) => {
            let bounds = bounds.iter().map(|bound| bound_member(bound, ty));
            let rule = quote!(__outbox::Range { #(#bounds,)* ..__outbox::Range::ANY });
            of_type(ty, &quote!(range(#schema, &#rule)))
        }
        Rule::Custom(function) => {
            let function = path_text(function);
            quote!(#schema.custom(#function);)
        }
        Rule::Required { .. } => quote!(#schema.required();),
    })
}

/// Returns a path as it is written.
fn path_text(path: &impl ToTokens) -> String {
    path.to_token_stream().to_string().replace(' ', "")
}
