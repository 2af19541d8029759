//! Writes the checked model as tokens. This cannot fail.
//!
//! Names go through `__outbox`, the items that outbox-core keeps for derives, so that a user's shadowing has no
//! effect. A call, path included, has the span of its subject, so that the compiler reports errors there.

#[cfg_attr(not(feature = "schema"), path = "expand/no_contract.rs")]
mod contract;
mod decode;
mod definition;
mod hygiene;
mod keys;
mod marked_fields;
mod newtype;
mod set;
#[cfg(feature = "schema")]
mod twin;
mod validations;
mod where_clauses;

use proc_macro2::TokenStream;
use quote::quote;
use syn::DeriveInput;

use crate::model::{Event, Value};
use hygiene::own_scope;

pub(crate) use newtype::expand_newtype;
pub(crate) use set::expand_set;

/// Writes the code of an event.
pub(crate) fn expand_event(event: &Event, input: &DeriveInput) -> TokenStream {
    let Event {
        ident, generics, ..
    } = event;
    let (impl_generics, ty_generics, _) = generics.split_for_impl();
    let where_clause = where_clauses::of_outbox_event(event);
    let constants = definition::definition_constants(event);
    let inherent = inherent_impl(event);
    let keys = keys::key_methods(event);
    let marked_fields = marked_fields::marked_field_methods(event);
    let checks = validations::struct_checks(&event.rules, generics);
    let validate = validations::validate_body(&checks, &event.settings);
    let validate = validate.map(|body| validations::validate_method(&body));
    let validate_attributes = marked_fields::validate_attributes_method(event);
    let decode_event = decode::decode_event(event);
    let published = contract::published_event(event, input);
    let code = quote! {
        #constants
        #inherent

        #[automatically_derived]
        impl #impl_generics __outbox::OutboxEvent for #ident #ty_generics #where_clause {
            const DEFINITIONS: &'static [__outbox::EventDefinition] = &[Self::DEFINITION];

            #keys
            #marked_fields
            #validate
            #validate_attributes
        }

        #decode_event
        #published
    };
    own_scope(&event.settings, &code)
}

fn inherent_impl(event: &Event) -> TokenStream {
    let Event {
        ident, generics, ..
    } = event;
    let (impl_generics, ty_generics, _) = generics.split_for_impl();
    let where_clause = where_clauses::of_definition(event);
    let definition = definition::definition_expression(event);
    quote! {
        #[automatically_derived]
        #[allow(unreachable_pub)]
        impl #impl_generics #ident #ty_generics #where_clause {
            /// The definition that all events of this type share.
            pub const DEFINITION: __outbox::EventDefinition = #definition;
        }
    }
}

/// Writes the code of a type with rules of its own.
pub(crate) fn expand_value(value: &Value, input: &DeriveInput) -> TokenStream {
    let Value {
        ident,
        generics,
        settings,
        shapes,
        ..
    } = value;
    let (impl_generics, ty_generics, _) = generics.split_for_impl();
    let where_clause = where_clauses::of_validate(value);
    let checks = validations::shape_checks(shapes, generics);
    let body = validations::validate_body(&checks, settings);
    let validate = validations::validate_method(&body.unwrap_or_else(|| quote!(__outbox::Ok(()))));
    let described = contract::described_value(value, input);
    let code = quote! {
        #[automatically_derived]
        impl #impl_generics __outbox::Validate for #ident #ty_generics #where_clause {
            #validate
        }

        #described
    };
    own_scope(settings, &code)
}
