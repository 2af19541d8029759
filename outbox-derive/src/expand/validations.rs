//! The rules of `#[validate(...)]`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Expr, ExprPath, Generics, Member, Type};

use super::hygiene::{own_span, respanned, type_span};
use super::where_clauses::mentions_self_or_parameter;
use crate::literals::Number;
use crate::model::{Bound, Field, FieldRule, Rule, Settings, Shape, lower_and_upper};
use crate::types::{is_float, std_name, ungrouped_value};

/// Writes a `validate` method with this body.
pub(super) fn validate_method(body: &TokenStream) -> TokenStream {
    quote! {
        #[inline]
        fn validate(&self) -> __outbox::Result<(), __outbox::ValidationErrors> {
            #body
        }
    }
}

/// Writes the body of a `validate` method; `None` if there is nothing to check.
pub(super) fn validate_body(checks: &TokenStream, settings: &Settings) -> Option<TokenStream> {
    let with = settings.validate_with.as_ref().map(|path| {
        let verdict = quote_spanned!(own_span(path.span())=> #path(self));
        quote! {
            let __outbox_verdict: __outbox::Result<(), __outbox::ValidationErrors> = #verdict;
            __outbox::merge_verdict(&mut __outbox_errors, __outbox_verdict);
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

/// Names the variable to which the pattern of an enum's variant binds a field.
fn binding_name(field: &Field) -> Ident {
    let name = match &field.member {
        Member::Named(ident) => ident.unraw().to_string(),
        Member::Unnamed(index) => index.index.to_string(),
    };
    // In a `macro_rules!` definition the field's own name may come from elsewhere than its type.
    format_ident!("__outbox_field_{name}", span = type_span(&field.ty))
}

/// Writes the expression by which the checks of a struct reach a field.
fn access_self(field: &Field) -> TokenStream {
    let member = &field.member;
    quote_spanned!(type_span(&field.ty)=> &self.#member)
}

fn access_binding(field: &Field) -> TokenStream {
    binding_name(field).to_token_stream()
}

/// Writes the checks of a struct, or of each variant of an enum.
pub(super) fn shape_checks(shapes: &[Shape], generics: &Generics) -> TokenStream {
    if let [
        Shape {
            variant: None,
            rules,
        },
    ] = shapes
    {
        return struct_checks(rules, generics);
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
        let bindings = members.iter().map(|field| binding_name(field));
        let checks = rule_checks(&shape.rules, generics, access_binding);
        quote!(Self::#variant { #(#names: #bindings,)* .. } => { #checks })
    });
    quote!(match self { #(#arms)* })
}

/// Writes the checks of a struct.
pub(super) fn struct_checks(rules: &[FieldRule], generics: &Generics) -> TokenStream {
    rule_checks(rules, generics, access_self)
}

fn rule_checks(
    rules: &[FieldRule],
    generics: &Generics,
    access: fn(&Field) -> TokenStream,
) -> TokenStream {
    rules
        .iter()
        .map(|rule| rule_check(rule, generics, &access(&rule.field)))
        .collect()
}

fn rule_check(rule: &FieldRule, generics: &Generics, value: &TokenStream) -> TokenStream {
    let FieldRule {
        field,
        name,
        rule: kind,
        message,
    } = rule;
    let at = type_span(&field.ty);
    let path = &field.path;
    let message = optional_tokens(message.as_ref().map(constant_or_literal).as_ref());
    let told = quote!(#path, #message, &mut __outbox_errors);
    match kind {
        Rule::Email => quote_spanned!(at=> __outbox::email(#value, #told);),
        Rule::Url => quote_spanned!(at=> __outbox::url(#value, #told);),
        Rule::Required { is_null_absent } => {
            let check = quote_spanned!(at=> __outbox::required(#value, #told););
            let not_null = is_null_absent.then(|| {
                quote_spanned! {at=> {
                    #[allow(unused_imports)]
                    use __outbox::Unwritten as _;
                    __outbox::Written(#value).check_not_null(#told);
                }}
            });
            quote!(#check #not_null)
        }
        Rule::Nested => {
            quote_spanned!(at=> __outbox::nested(#value, #path, &mut __outbox_errors);)
        }
        Rule::Length(bounds) | Rule::Range(bounds) => {
            let (function, rule) = match kind {
                Rule::Length(_) => (quote_spanned!(at=> length), quote_spanned!(at=> Length)),
                _ => (quote_spanned!(at=> range), quote_spanned!(at=> Range)),
            };
            let check = order_check(bounds, name, generics);
            let bounds = bounds.iter().map(|one| bound_member(one, &field.ty));
            quote_spanned! {at=>
                #check
                __outbox::#function(
                    #value,
                    &__outbox::#rule { #(#bounds,)* ..__outbox::#rule::ANY },
                    #told
                );
            }
        }
        Rule::Custom(function) => custom_check(field, function, value, &told),
        Rule::Finite(is_left_out) => {
            let check = quote_spanned! {at=>
                __outbox::FloatsIn(#value).check_finite(#path, &mut __outbox_errors);
            };
            let check = match is_left_out {
                Some(function) => quote_spanned!(at=> if !#function(#value) { #check }),
                None => check,
            };
            quote_spanned! {at=> {
                #[allow(unused_imports)]
                use __outbox::UnknownFloats as _;
                #check
            }}
        }
    }
}

/// Writes the check of a function. An `Option` is checked when there is a value.
fn custom_check(
    field: &Field,
    function: &ExprPath,
    value: &TokenStream,
    told: &TokenStream,
) -> TokenStream {
    // The compiler then reports a value of the wrong type at the function.
    let at = own_span(function.span());
    let value = respanned(value.clone(), at);
    if std_name(&field.ty).as_deref() == Some("Option") {
        let check = quote_spanned!(at=> __outbox::custom(#function(__outbox_value), #told););
        quote_spanned!(at=> if let __outbox::Some(__outbox_value) = #value { #check })
    } else {
        quote_spanned!(at=> __outbox::custom(#function(#value), #told);)
    }
}

/// Writes a bound as a member, such as `min: Some(1)`.
pub(super) fn bound_member(Bound { name, value }: &Bound, ty: &Type) -> TokenStream {
    let name = Ident::new(name, Span::call_site());
    let at = value.span();
    if let Some(number) = Number::read(value).and_then(Number::integer_text)
        && is_float(ty)
    {
        let number = format!("{number}.0");
        let number: TokenStream = number.parse().unwrap_or_default();
        let number = respanned(number, at);
        quote_spanned!(at=> #name: __outbox::Some(#number))
    } else if Number::read(value).is_some() && !matches!(value, Expr::Paren(_)) {
        quote_spanned!(at=> #name: __outbox::Some(#value))
    } else {
        let value = constant_or_literal(value);
        quote_spanned!(at=> #name: __outbox::Some(#value))
    }
}

/// Writes the compiler's check that the lower bound is not greater than the upper one. Literals have been compared
/// already: the compiler would not know their type here.
fn order_check(bounds: &[Bound], name: &Ident, generics: &Generics) -> Option<TokenStream> {
    let (min, max) = lower_and_upper(bounds)?;
    let (least, most) = (&min.value, &max.value);
    if Number::read(least).is_some() && Number::read(most).is_some() {
        return None;
    }
    let at = own_span(name.span());
    let is_ordered = if min.is_exclusive() || max.is_exclusive() {
        quote_spanned!(at=> #least < #most)
    } else {
        quote_spanned!(at=> #least <= #most)
    };
    let check = quote_spanned!(at=> __outbox::check_bounds(#is_ordered));
    // A separate constant is evaluated at once, but cannot use `Self` and parameters.
    Some(
        if mentions_self_or_parameter(quote!(#least #most), generics) {
            quote!(const { #check };)
        } else {
            quote!(const _: () = #check;)
        },
    )
}

fn optional_tokens(value: Option<&TokenStream>) -> TokenStream {
    value.map_or_else(
        || quote!(__outbox::None),
        |value| quote_spanned!(value.span()=> __outbox::Some(#value)),
    )
}

/// Writes a literal as it is, and anything else as a constant.
fn constant_or_literal(value: &Expr) -> TokenStream {
    if matches!(ungrouped_value(value), Expr::Lit(_)) {
        value.to_token_stream()
    } else {
        quote_spanned!(value.span()=> const { #value })
    }
}
