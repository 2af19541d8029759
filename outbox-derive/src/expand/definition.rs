//! The definition: constants, each checked by itself.

use outbox_rules as rules;
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, Ident};

use super::decode::as_older;
use crate::literals::text_literal;
use crate::model::{Event, Part, Settings, Text};

/// Writes two constants for each part that is not a literal: its value and its check. One mistake then neither
/// hides another nor is reported again where the part is used. A literal has been checked.
pub(super) fn definition_constants(event: &Event) -> TokenStream {
    let parts = event.settings.parts.iter().filter_map(checked_constant);
    let default = default_aggregate_type(&event.settings);
    let upcasts = upcast_constants(event);
    let extensions = extension_constants(event);
    quote!(#(#parts)* #default #upcasts #extensions)
}

fn checked_constant(part: &Part) -> Option<TokenStream> {
    let Some(Text::Expr(value)) = &part.value else {
        return None;
    };
    let name = constant_name(part.name);
    let check = check_constant(part.name, value, &quote!(#name), part.name);
    Some(quote! {
        const #name: &'static __outbox::str = #value;
        #check
    })
}

/// Names a part's constant so that it cannot clash with the user's expressions in the same scope.
fn constant_name(name: &str) -> Ident {
    format_ident!("__OUTBOX_{}", name.to_uppercase())
}

/// Writes a constant that calls one of core's checks. The whole call has the span of its subject, or the
/// compiler would point at the derive.
fn check_constant(
    name: &str,
    place: &impl Spanned,
    arguments: &TokenStream,
    rule: &str,
) -> TokenStream {
    let name = format_ident!("__OUTBOX_CHECK_{}", name.to_uppercase());
    let rule = Ident::new(rule, place.span());
    let call = quote_spanned!(place.span()=> __outbox::check::#rule(#arguments));
    quote!(const #name: () = #call;)
}

/// Writes the check that the event type implies an aggregate type, if none is named.
fn default_aggregate_type(settings: &Settings) -> Option<TokenStream> {
    let Some(Text::Expr(value)) = settings.event_type() else {
        return None;
    };
    if settings.part("aggregate_type").is_some() {
        return None;
    }
    let (name, rule) = match settings.part("event_type") {
        Some(_) => ("event_type", "default_aggregate_type"),
        None => ("legacy_event_type", "legacy_default_aggregate_type"),
    };
    let event_type = constant_name(name);
    Some(check_constant(rule, value, &quote!(#event_type), rule))
}

/// Writes the checks of the older versions. A generic event has no definition outside of the impl.
fn upcast_constants(event: &Event) -> TokenStream {
    if !event.generics.params.is_empty() {
        return TokenStream::new();
    }
    let ident = &event.ident;
    upcast_checks(event, &quote!(&#ident::DEFINITION))
        .enumerate()
        .map(|(i, check)| {
            let name = format_ident!("__OUTBOX_CHECK_UPCAST_{i}");
            quote!(const #name: () = #check;)
        })
        .collect()
}

fn upcast_checks<'a>(
    event: &'a Event,
    definition: &'a TokenStream,
) -> impl Iterator<Item = TokenStream> + 'a {
    let older = &event.settings.upcast_from;
    older.iter().enumerate().map(move |(i, one)| {
        let others = older[..i].iter().map(upcast_definitions);
        let definitions = upcast_definitions(one);
        quote_spanned! {one.span()=>
            __outbox::check::upcast_from(#definition, &[#(#others),*], #definitions)
        }
    })
}

fn upcast_definitions(older: &syn::Type) -> TokenStream {
    let older = as_older(older);
    quote!(#older::__READS)
}

/// Writes the name of each extension that is not a literal, with its check and the check that it is unique.
fn extension_constants(event: &Event) -> TokenStream {
    let names: Vec<TokenStream> = (0..event.extensions.len())
        .map(|i| extension_name(event, i))
        .collect();
    let constants = event.extensions.iter().enumerate().map(|(i, extension)| {
        let Text::Expr(value) = &extension.name else {
            return TokenStream::new();
        };
        let name = &names[i];
        let others = names.iter().enumerate().filter(|(other, _)| *other != i);
        let others = others.map(|(_, name)| name);
        let rule = check_constant(&format!("extension_{i}"), value, name, "extension");
        let arguments = quote!(&[#(#others),*], #name);
        let is_new = check_constant(
            &format!("new_extension_{i}"),
            value,
            &arguments,
            "new_extension",
        );
        quote! {
            const #name: &'static __outbox::str = #value;
            #rule
            #is_new
        }
    });
    constants.collect()
}

/// Writes the name of the event's `i`th extension.
pub(super) fn extension_name(event: &Event, i: usize) -> TokenStream {
    match &event.extensions[i].name {
        Text::Literal(name) => name.to_token_stream(),
        Text::Expr(_) => format_ident!("__OUTBOX_EXTENSION_{i}").to_token_stream(),
    }
}

/// Writes the expression of `DEFINITION`.
pub(super) fn definition_expression(event: &Event) -> TokenStream {
    let parts = event.settings.parts.iter().filter_map(|part| {
        let value = match part.value.as_ref()? {
            Text::Literal(text) => text.to_token_stream(),
            Text::Expr(_) => constant_name(part.name).to_token_stream(),
        };
        let name = part.name.strip_prefix("legacy_").unwrap_or(part.name);
        let is_required = matches!(name, "event_type" | "source");
        let name = Ident::new(name, Span::call_site());
        Some(if is_required {
            quote!(#name: #value,)
        } else {
            quote!(#name: __outbox::Some(#value),)
        })
    });
    let description =
        doc_comment(&event.description).map(|text| quote!(description: __outbox::Some(#text),));
    let default_topic =
        default_topic(&event.settings).map(|topic| quote!(default_topic: __outbox::Some(#topic),));
    let shared_members = (!event.shared_members.is_empty()).then(|| {
        let names = &event.shared_members;
        quote!(shared_members: &[#(#names),*],)
    });
    let flat_message = (!event.settings.flat_message).then(|| quote!(flat_message: false,));
    let older = &event.settings.upcast_from;
    let upcast_from = (!older.is_empty()).then(|| {
        let definitions = older.iter().map(upcast_definitions);
        quote!(upcast_from: &[#(#definitions),*],)
    });
    let definition = quote! {
        __outbox::DerivedDefinition {
            #(#parts)*
            #default_topic
            #description
            #shared_members
            #flat_message
            #upcast_from
            ..__outbox::DerivedDefinition::NOTHING
        }
        .finish()
    };
    if older.is_empty() || event.generics.params.is_empty() {
        return definition;
    }
    let reference = quote!(&__outbox_definition);
    let checks = upcast_checks(event, &reference);
    quote!({
        let __outbox_definition = #definition;
        #(#checks;)*
        __outbox_definition
    })
}

/// Returns the topic that follows from literals, so that it is not built for each event.
fn default_topic(settings: &Settings) -> Option<String> {
    if settings.part("topic").is_some() {
        return None;
    }
    let literal = |text: &Text| match text {
        Text::Literal(text) => Some(text.value()),
        Text::Expr(_) => None,
    };
    let aggregate_type = if let Some(part) = settings.part("aggregate_type") {
        part.value.as_ref().and_then(literal)?
    } else {
        let event_type = settings.event_type().and_then(literal)?;
        rules::default_aggregate_type(&event_type).to_owned()
    };
    (!aggregate_type.is_empty()).then(|| [rules::DEFAULT_TOPIC_PREFIX, &aggregate_type].concat())
}

/// Writes the doc comment as one text, without the space that follows `///`. A line may be a macro's, such as
/// `include_str!`.
fn doc_comment(lines: &[Expr]) -> Option<TokenStream> {
    let texts: Option<Vec<String>> = lines.iter().map(literal_line).collect();
    if let Some(texts) = texts {
        let text = texts.join("\n").trim().to_owned();
        return (!text.is_empty()).then(|| text.to_token_stream());
    }
    let lines = lines.iter().map(|line| {
        literal_line(line).map_or_else(|| line.to_token_stream(), |text| text.to_token_stream())
    });
    Some(quote!(__outbox::concat!(#(#lines, "\n"),*).trim_ascii()))
}

fn literal_line(line: &Expr) -> Option<String> {
    let text = text_literal(line)?.value();
    Some(text.strip_prefix(' ').unwrap_or(&text).to_owned())
}
