//! Checked to tokens. It cannot fail.
//!
//! Names are written through `__outbox`, which is what outbox-core keeps for derives, wherever it is, so
//! that nothing a user shadows is used. A call is written under the place of what it is about, path and
//! all, so that the compiler reports there.

mod attributes;
mod bounds;
#[cfg_attr(not(feature = "schema"), path = "expand/no_contract.rs")]
mod contract;
mod decode;
mod definition;
mod keys;
mod rules;
mod set;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};
use syn::spanned::Spanned;
use syn::{ExprPath, Type};

use crate::model::{Event, Settings, Value};

pub(crate) use set::set;

pub(crate) fn event(event: &Event) -> TokenStream {
    let Event {
        ident, generics, ..
    } = event;
    let (impl_generics, ty_generics, _) = generics.split_for_impl();
    let where_clause = bounds::of_event(event);
    let constants = definition::constants(event);
    let inherent = inherent_impl(event);
    let keys = keys::methods(event);
    let attributes = attributes::methods(event);
    let validate = validate_method(event);
    let validate_attributes = attributes::validate(event);
    let decode_event = decode::decode_event_impl(event);
    let published = contract::published_event(event);
    let code = quote! {
        #constants
        #inherent

        #[automatically_derived]
        impl #impl_generics __outbox::OutboxEvent for #ident #ty_generics #where_clause {
            const DEFINITIONS: &'static [__outbox::EventDefinition] = &[Self::DEFINITION];

            #keys
            #attributes
            #validate
            #validate_attributes
        }

        #decode_event
        #published
    };
    within(&event.settings, &code)
}

/// What a `use` or a constant of ours must not be seen outside of.
fn within(settings: &Settings, code: &TokenStream) -> TokenStream {
    let path = settings
        .krate
        .as_ref()
        .map_or_else(|| quote!(::outbox_core), |path: &ExprPath| quote!(#path));
    quote! {
        #[allow(deprecated, non_snake_case, unused_qualifications, clippy::needless_update, clippy::pedantic)]
        const _: () = {
            use #path::__private as __outbox;
            #code
        };
    }
}

fn inherent_impl(event: &Event) -> TokenStream {
    let Event {
        ident, generics, ..
    } = event;
    let (impl_generics, ty_generics, _) = generics.split_for_impl();
    let where_clause = bounds::of_definition(event);
    let definition = definition::definition(event);
    quote! {
        #[automatically_derived]
        #[allow(unreachable_pub)]
        impl #impl_generics #ident #ty_generics #where_clause {
            /// What all events of this type have in common.
            pub const DEFINITION: __outbox::EventDefinition = #definition;
        }
    }
}

fn validate_method(event: &Event) -> Option<TokenStream> {
    let body = rules::body(
        &rules::checks(&event.rules, &event.generics, rules::of_self),
        &event.settings,
    )?;
    Some(quote! {
        #[inline]
        fn validate(&self) -> __outbox::Result<(), __outbox::ValidationErrors> {
            #body
        }
    })
}

pub(crate) fn value(value: &Value) -> TokenStream {
    let Value {
        ident,
        generics,
        settings,
        shapes,
    } = value;
    let (impl_generics, ty_generics, _) = generics.split_for_impl();
    let where_clause = bounds::of_value(value);
    let body = rules::body(&rules::shapes(shapes, generics), settings)
        .unwrap_or_else(|| quote!(__outbox::Ok(())));
    let described = contract::described_value(value, &where_clause);
    let code = quote! {
        #[automatically_derived]
        impl #impl_generics __outbox::Validate for #ident #ty_generics #where_clause {
            #[inline]
            fn validate(&self) -> __outbox::Result<(), __outbox::ValidationErrors> {
                #body
            }
        }

        #described
    };
    within(settings, &code)
}

/// The place of a type, for names that are ours.
fn at(ty: &Type) -> Span {
    ours(ty.span())
}

/// A place, for names that are ours: in a `macro_rules!` definition, what stands there may come from
/// elsewhere than the struct, and `self` is not the same there.
fn ours(place: Span) -> Span {
    place.resolved_at(Span::call_site())
}

/// A variable of ours, whose name is out of the user's way: even a `static` of the same name would be.
fn local(name: &str) -> Ident {
    format_ident!("__outbox_{name}")
}
