//! The rules of `#[validate(...)]`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Expr, Member, Path};

use super::{at, ours};
use crate::check::{Number, type_name};
use crate::model::{Bound, Field, FieldRule, Length, Range, Rule, Settings, Shape};

/// The body of a `validate` method; `None` if there is nothing to check.
pub(super) fn body(checks: &TokenStream, settings: &Settings) -> Option<TokenStream> {
    let with = settings
        .validate_with
        .as_ref()
        .map(|path| quote_spanned!(ours(path.span())=> __outbox_errors.merge_result(#path(self));));
    (!checks.is_empty() || with.is_some()).then(|| {
        quote! {
            let mut __outbox_errors = __outbox::ValidationErrors::new();
            #checks
            #with
            __outbox_errors.into_result()
        }
    })
}

/// How the checks of an enum's variant get at a field, which the pattern has bound.
fn binding(field: &Field) -> Ident {
    match &field.member {
        Member::Named(ident) => format_ident!("__outbox_field_{}", ident.unraw()),
        Member::Unnamed(index) => format_ident!("__outbox_field_{}", index.index),
    }
}

/// How the checks of a struct get at a field.
pub(super) fn of_self(field: &Field) -> TokenStream {
    let member = &field.member;
    quote_spanned!(at(&field.ty)=> &self.#member)
}

fn of_binding(field: &Field) -> TokenStream {
    let binding = Ident::new(&binding(field).to_string(), at(&field.ty));
    quote!(#binding)
}

/// The checks of a struct, or of each variant of an enum.
pub(super) fn shapes(shapes: &[Shape]) -> TokenStream {
    if let [
        Shape {
            variant: None,
            rules,
        },
    ] = shapes
    {
        return checks(rules, of_self);
    }
    if shapes.iter().all(|shape| shape.rules.is_empty()) {
        return TokenStream::new();
    }
    let arms = shapes.iter().map(|shape| {
        let variant = &shape.variant;
        let mut members: Vec<&Field> = Vec::new();
        for rule in &shape.rules {
            if members
                .iter()
                .all(|other| other.member != rule.field.member)
            {
                members.push(&rule.field);
            }
        }
        let names = members.iter().map(|field| &field.member);
        let bindings = members.iter().map(|field| binding(field));
        let checks = checks(&shape.rules, of_binding);
        quote!(Self::#variant { #(#names: #bindings,)* .. } => { #checks })
    });
    quote!(match self { #(#arms)* })
}

pub(super) fn checks(rules: &[FieldRule], access: fn(&Field) -> TokenStream) -> TokenStream {
    rules
        .iter()
        .map(|rule| check(rule, &access(&rule.field)))
        .collect()
}

fn check(rule: &FieldRule, value: &TokenStream) -> TokenStream {
    let FieldRule {
        field,
        name,
        rule: kind,
        message,
    } = rule;
    let at = at(&field.ty);
    let path = &field.path;
    let message = option(message.as_ref());
    let told = quote!(#path, #message, &mut __outbox_errors);
    match kind {
        Rule::Email => quote_spanned!(at=> __outbox::__private::email(#value, #told);),
        Rule::Url => quote_spanned!(at=> __outbox::__private::url(#value, #told);),
        Rule::Required => quote_spanned!(at=> __outbox::__private::required(#value, #told);),
        Rule::Nested => {
            quote_spanned!(at=> __outbox::__private::nested(#value, #path, &mut __outbox_errors);)
        }
        Rule::Length(rule) => {
            let rule = length(rule, name);
            let check = quote_spanned! {at=>
                __outbox::__private::length(#value, &__OUTBOX_RULE, #told);
            };
            quote!({ const __OUTBOX_RULE: __outbox::__private::Length = #rule; #check })
        }
        Rule::Range(rule) => {
            let (rule, bounds) = range(rule, name, at);
            let check = quote_spanned! {at=>
                __outbox::__private::range(#value, &#rule, #told);
            };
            quote!(#bounds #check)
        }
        Rule::Custom(function) => custom(field, function, value, &told),
    }
}

/// An `Option` is checked when there is a value.
fn custom(field: &Field, function: &Path, value: &TokenStream, told: &TokenStream) -> TokenStream {
    let at = ours(function.span());
    if type_name(&field.ty).as_deref() == Some("Option") {
        let check =
            quote_spanned!(at=> __outbox::__private::custom(#function(__outbox_value), #told););
        quote_spanned!(at=> if let __outbox::__private::Some(__outbox_value) = #value { #check })
    } else {
        quote_spanned!(at=> __outbox::__private::custom(#function(#value), #told);)
    }
}

fn length(Length { min, max, equal }: &Length, name: &Ident) -> TokenStream {
    let [min, max, equal] = [min, max, equal].map(|value| option(value.as_ref()));
    quote_spanned!(name.span()=> __outbox::__private::Length::new(#min, #max, #equal))
}

/// The rule, and the compiler's check of bounds that are no literals.
fn range(Range { min, max }: &Range, name: &Ident, at: Span) -> (TokenStream, Option<TokenStream>) {
    let bound = |bound: &Option<Bound>, inclusive: &str, exclusive: &str| {
        bound.as_ref().map(|bound| {
            let name = if bound.is_exclusive {
                exclusive
            } else {
                inclusive
            };
            let name = Ident::new(name, Span::call_site());
            let value = option(Some(&bound.value));
            quote!(#name: #value,)
        })
    };
    let min_bound = bound(min, "min", "exclusive_min");
    let max_bound = bound(max, "max", "exclusive_max");
    let rule = quote_spanned! {at=>
        __outbox::__private::Range {
            #min_bound
            #max_bound
            ..__outbox::__private::Range::ANY
        }
    };
    let bounds = min.as_ref().zip(max.as_ref());
    (
        rule,
        bounds.and_then(|(min, max)| bounds_check(min, max, name)),
    )
}

/// Literals have been compared already, whose type the compiler could not know here.
fn bounds_check(min: &Bound, max: &Bound, name: &Ident) -> Option<TokenStream> {
    let (least, most) = (&min.value, &max.value);
    if Number::read(least).is_some() && Number::read(most).is_some() {
        return None;
    }
    let at = ours(name.span());
    let is_ordered = if min.is_exclusive || max.is_exclusive {
        quote_spanned!(at=> #least < #most)
    } else {
        quote_spanned!(at=> #least <= #most)
    };
    let check = quote_spanned!(at=> __outbox::__private::check_bounds(#is_ordered));
    Some(quote!(const _: () = #check;))
}

fn option(value: Option<&Expr>) -> TokenStream {
    value.map_or_else(
        || quote!(__outbox::__private::None),
        |value| quote_spanned!(value.span()=> __outbox::__private::Some(#value)),
    )
}
