//! The rules of `#[validate(...)]`.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Expr, ExprPath, Generics, Member, Type};

use super::bounds::mentions_self_or_parameter;
use super::{at, ours};
use crate::check::{Number, type_name};
use crate::model::{Bound, Field, FieldRule, Rule, Settings, Shape, lower_and_upper};

/// The body of a `validate` method; `None` if there is nothing to check.
pub(super) fn body(checks: &TokenStream, settings: &Settings) -> Option<TokenStream> {
    let with = settings.validate_with.as_ref().map(|path| {
        let verdict = quote_spanned!(ours(path.span())=> #path(self));
        quote! {
            let __outbox_verdict: __outbox::Result<(), __outbox::ValidationErrors> = #verdict;
            __outbox_errors.merge_result(__outbox_verdict);
        }
    });
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
pub(super) fn shapes(shapes: &[Shape], generics: &Generics) -> TokenStream {
    if let [
        Shape {
            variant: None,
            rules,
        },
    ] = shapes
    {
        return checks(rules, generics, of_self);
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
        let checks = checks(&shape.rules, generics, of_binding);
        quote!(Self::#variant { #(#names: #bindings,)* .. } => { #checks })
    });
    quote!(match self { #(#arms)* })
}

pub(super) fn checks(
    rules: &[FieldRule],
    generics: &Generics,
    access: fn(&Field) -> TokenStream,
) -> TokenStream {
    rules
        .iter()
        .map(|rule| check(rule, generics, &access(&rule.field)))
        .collect()
}

fn check(rule: &FieldRule, generics: &Generics, value: &TokenStream) -> TokenStream {
    let FieldRule {
        field,
        name,
        rule: kind,
        message,
    } = rule;
    let at = at(&field.ty);
    let path = &field.path;
    let message = option(message.as_ref().map(constant).as_ref());
    let told = quote!(#path, #message, &mut __outbox_errors);
    match kind {
        Rule::Email => quote_spanned!(at=> __outbox::email(#value, #told);),
        Rule::Url => quote_spanned!(at=> __outbox::url(#value, #told);),
        Rule::Required => quote_spanned!(at=> __outbox::required(#value, #told);),
        Rule::Nested => {
            quote_spanned!(at=> __outbox::nested(#value, #path, &mut __outbox_errors);)
        }
        Rule::Length(bounds) | Rule::Range(bounds) => {
            let (function, rule) = match kind {
                Rule::Length(_) => (quote_spanned!(at=> length), quote_spanned!(at=> Length)),
                _ => (quote_spanned!(at=> range), quote_spanned!(at=> Range)),
            };
            let check = order_check(bounds, name, generics);
            let bounds = bounds.iter().map(|one| bound(one, &field.ty));
            quote_spanned! {at=>
                #check
                __outbox::#function(
                    #value,
                    &__outbox::#rule { #(#bounds,)* ..__outbox::#rule::ANY },
                    #told
                );
            }
        }
        Rule::Custom(function) => custom(field, function, value, &told),
    }
}

/// An `Option` is checked when there is a value.
fn custom(
    field: &Field,
    function: &ExprPath,
    value: &TokenStream,
    told: &TokenStream,
) -> TokenStream {
    // A value of another type than the function takes is told at the function.
    let at = ours(function.span());
    let value = respanned(value.clone(), at);
    if type_name(&field.ty).as_deref() == Some("Option") {
        let check = quote_spanned!(at=> __outbox::custom(#function(__outbox_value), #told););
        quote_spanned!(at=> if let __outbox::Some(__outbox_value) = #value { #check })
    } else {
        quote_spanned!(at=> __outbox::custom(#function(#value), #told);)
    }
}

fn respanned(tokens: TokenStream, at: Span) -> TokenStream {
    let respan = |mut token: TokenTree| {
        token.set_span(at);
        token
    };
    tokens.into_iter().map(respan).collect()
}

/// `min: Some(1)`
pub(super) fn bound(Bound { name, value }: &Bound, ty: &Type) -> TokenStream {
    let name = Ident::new(name, Span::call_site());
    let at = value.span();
    if let Some(number) = Number::read(value).and_then(Number::whole)
        && is_float(ty)
    {
        let number = format!("{number}.0");
        let number: TokenStream = number.parse().unwrap_or_default();
        let number = respanned(number, at);
        quote_spanned!(at=> #name: __outbox::Some(#number))
    } else if Number::read(value).is_some() {
        quote_spanned!(at=> #name: __outbox::Some(#value))
    } else {
        let value = constant(value);
        quote_spanned!(at=> #name: __outbox::Some(#value))
    }
}

/// Returns whether the bounds of this type are floats, so that `1` is `1.0`.
fn is_float(ty: &Type) -> bool {
    match type_name(ty).as_deref() {
        Some("f32" | "f64") => true,
        Some("Option") => ty
            .to_token_stream()
            .into_iter()
            .any(|token| matches!(token, TokenTree::Ident(name) if name == "f32" || name == "f64")),
        _ => false,
    }
}

/// The compiler's check that the lower bound is not greater than the upper one. Literals have been compared
/// already, whose type the compiler could not know here.
fn order_check(bounds: &[Bound], name: &Ident, generics: &Generics) -> Option<TokenStream> {
    let (min, max) = lower_and_upper(bounds)?;
    let (least, most) = (&min.value, &max.value);
    if Number::read(least).is_some() && Number::read(most).is_some() {
        return None;
    }
    let at = ours(name.span());
    let is_ordered = if min.is_exclusive() || max.is_exclusive() {
        quote_spanned!(at=> #least < #most)
    } else {
        quote_spanned!(at=> #least <= #most)
    };
    let check = quote_spanned!(at=> __outbox::check_bounds(#is_ordered));
    // A constant of its own is evaluated at once, but does not see `Self` and parameters.
    Some(
        if mentions_self_or_parameter(quote!(#least #most), generics) {
            quote!(const { #check };)
        } else {
            quote!(const _: () = #check;)
        },
    )
}

fn option(value: Option<&TokenStream>) -> TokenStream {
    value.map_or_else(
        || quote!(__outbox::None),
        |value| quote_spanned!(value.span()=> __outbox::Some(#value)),
    )
}

/// What is no literal must be a constant.
fn constant(value: &Expr) -> TokenStream {
    if matches!(value, Expr::Lit(_)) {
        value.to_token_stream()
    } else {
        quote_spanned!(value.span()=> const { #value })
    }
}
