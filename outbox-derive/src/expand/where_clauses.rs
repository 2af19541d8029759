//! The where-clauses of the impls: the bounds on the parameters of a generic type.
//!
//! A bound is on the type of a field, `Id<T>: KeyPart` and not `T: KeyPart`, so that no unneeded bound is
//! required. A type without parameters gets no bound: the compiler checks it where it is used.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};
use syn::{Generics, Type};

use crate::model::{Event, FieldRule, KeyField, PartitionKey, Rule, Value};
use crate::types::{contained_parameter, mentions_ident, mentions_itself};

/// Writes the where-clause of `OutboxEvent`.
pub(super) fn of_outbox_event(event: &Event) -> TokenStream {
    where_clause(&event.generics, event_predicates(event))
}

/// Lists the bounds of `OutboxEvent` beside the user's own where-clause.
fn event_predicates(event: &Event) -> Vec<TokenStream> {
    let generics = &event.generics;
    // Without parameters, the compiler reports the trait's own bound, once.
    let serialize = generics
        .type_params()
        .next()
        .map(|_| quote!(Self: __outbox::Serialize));
    let extensions = event
        .extensions
        .iter()
        .map(|extension| (&extension.field.ty, quote!(__outbox::ToExtensionValue)));
    // The bound lets the rule see a value that is written as `null`.
    let required = event.rules.iter().filter_map(|rule| match rule.rule {
        Rule::Required {
            is_null_absent: true,
        } => Some((&rule.field.ty, quote!(__outbox::Serialize))),
        _ => None,
    });
    serialize
        .into_iter()
        .chain(older_predicates(event))
        .chain(key_predicates(event))
        .chain(bounded_types(&event.ident, generics, extensions))
        .chain(rule_predicates(
            &event.ident,
            generics,
            &event.used_parameters,
            &event.rules,
        ))
        .chain(bounded_types(&event.ident, generics, required))
        .collect()
}

/// Writes the where-clause of `DEFINITION`, which contains the definitions of older versions.
pub(super) fn of_definition(event: &Event) -> TokenStream {
    where_clause(&event.generics, older_predicates(event))
}

/// Writes the where-clause of `DecodeEvent`.
///
/// A bound is higher-ranked so that a struct without `Deserialize` still compiles, and a struct
/// without `Serialize` gets one error, at the impl of `OutboxEvent`.
pub(super) fn of_decode_event(event: &Event) -> TokenStream {
    let mut predicates = event_predicates(event);
    predicates.push(quote!(for<'__de> Self: __outbox::Payload<'__de>));
    if event.generics.type_params().next().is_some() {
        let older = &event.settings.upcast_from;
        predicates.extend(
            older
                .iter()
                .map(|older| quote!(Self: __outbox::From<#older>)),
        );
    }
    where_clause(&event.generics, predicates)
}

fn older_predicates(event: &Event) -> Vec<TokenStream> {
    let older = event.settings.upcast_from.iter();
    older
        .filter(|older| mentions_parameter(older.to_token_stream(), &event.generics))
        .map(|older| quote!(#older: __outbox::DecodeEvent))
        .collect()
}

/// Lists the bounds of the keys.
fn key_predicates(event: &Event) -> Vec<TokenStream> {
    let partition_key = match &event.partition_key {
        PartitionKey::Fields(fields) => fields.as_slice(),
        PartitionKey::With(_) => &[],
    };
    let fields = event.aggregate_id.iter().chain(partition_key);
    let bounds = fields.map(|KeyField { field, is_display }| {
        let bound = if *is_display {
            quote!(__outbox::Display)
        } else {
            quote!(__outbox::KeyPart)
        };
        (&field.ty, bound)
    });
    bounded_types(&event.ident, &event.generics, bounds).collect()
}

/// Writes the where-clause of `Validate`.
pub(super) fn of_validate(value: &Value) -> TokenStream {
    where_clause(&value.generics, validate_predicates(value))
}

/// Lists the bounds of `Validate` beside the user's own where-clause.
pub(super) fn validate_predicates(value: &Value) -> Vec<TokenStream> {
    let rules = value.shapes.iter().flat_map(|shape| &shape.rules);
    let used = &value.used_parameters;
    rule_predicates(&value.ident, &value.generics, used, rules).collect()
}

/// Lists the bounds of the rules.
fn rule_predicates<'a>(
    ident: &'a Ident,
    generics: &'a Generics,
    used_parameters: &'a [Ident],
    rules: impl IntoIterator<Item = &'a FieldRule> + 'a,
) -> impl Iterator<Item = TokenStream> + 'a {
    let bounds = rules.into_iter().flat_map(move |rule| {
        let bound = match &rule.rule {
            Rule::Email | Rule::Url => Some(quote!(__outbox::AsText)),
            Rule::Length(_) => Some(quote!(__outbox::HasLength)),
            // The bounds of a range have a type that the user names, so the user writes its where-clause.
            _ => None,
        };
        let nested = nested_types(rule, generics, used_parameters);
        let nested = nested.map(|ty| (ty, quote!(__outbox::Validate)));
        bound
            .map(|bound| (&rule.field.ty, bound))
            .into_iter()
            .chain(nested)
    });
    bounded_types(ident, generics, bounds)
}

/// Lists the types that need a bound for a nested value.
///
/// A nested value of a generic type may hold this type again, and each bound would then need the other. A type that
/// uses a parameter itself gets no bound for such a value, which breaks the cycle.
pub(super) fn nested_types<'a>(
    rule: &'a FieldRule,
    generics: &Generics,
    used_parameters: &[Ident],
) -> impl Iterator<Item = &'a Type> + use<'a> {
    let ty = &rule.field.ty;
    let is_used = |name: &Ident| used_parameters.contains(name);
    let within = contained_parameter(ty, generics);
    let needs_bound = matches!(rule.rule, Rule::Nested)
        && (within.is_some() || !mentions_ident(ty.to_token_stream(), &is_used));
    let own = needs_bound.then_some(ty);
    own.into_iter().chain(within.filter(|_| needs_bound))
}

/// Writes a predicate for each type that mentions a parameter, but not if it mentions the derived type: such a
/// bound would need itself.
pub(super) fn bounded_types<'a>(
    ident: &'a Ident,
    generics: &'a Generics,
    bounds: impl Iterator<Item = (&'a Type, TokenStream)> + 'a,
) -> impl Iterator<Item = TokenStream> + 'a {
    bounds
        .filter(|(ty, _)| mentions_parameter(ty.to_token_stream(), generics))
        .filter(move |(ty, _)| !mentions_itself(ty, ident))
        .map(|(ty, bound)| quote!(#ty: #bound))
}

/// Returns whether one of the type parameters appears in the tokens.
fn mentions_parameter(tokens: TokenStream, generics: &Generics) -> bool {
    generics.type_params().next().is_some()
        && mentions_ident(tokens, &|ident| {
            generics.type_params().any(|one| one.ident == *ident)
        })
}

/// Returns whether `Self` or one of the parameters appears in the tokens.
pub(super) fn mentions_self_or_parameter(tokens: TokenStream, generics: &Generics) -> bool {
    mentions_ident(tokens, &|ident| {
        *ident == "Self"
            || generics.type_params().any(|one| one.ident == *ident)
            || generics.const_params().any(|one| one.ident == *ident)
    })
}

/// Writes the user's own where-clause and these predicates.
pub(super) fn where_clause(generics: &Generics, predicates: Vec<TokenStream>) -> TokenStream {
    let own = generics
        .where_clause
        .iter()
        .flat_map(|clause| &clause.predicates)
        .map(ToTokens::to_token_stream);
    let all: Vec<TokenStream> = own.chain(predicates).collect();
    if all.is_empty() {
        TokenStream::new()
    } else {
        quote!(where #(#all),*)
    }
}
