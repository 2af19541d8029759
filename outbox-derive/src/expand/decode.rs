//! Reads an event back, also from its older versions.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Generics, Type};

use super::hygiene::{own_span, own_variable};
use super::where_clauses;
use crate::model::Event;

/// Writes an older version as a `DecodeEvent`, always with the same tokens and span, so that the compiler
/// reports a missing impl once.
pub(super) fn as_older(older: &Type) -> TokenStream {
    quote_spanned!(older.span()=> <#older as __outbox::DecodeEvent>)
}

/// Writes the impl of `DecodeEvent` for an event.
pub(super) fn decode_event(event: &Event) -> TokenStream {
    let upcasts = upcast_arms(event);
    let [event_type, data_version, data] = decode_arguments();
    decode_event_impl(
        &event.ident,
        &event.generics,
        &where_clauses::of_decode_event(event),
        &quote! {
            #upcasts
            __outbox::decode(&Self::DEFINITION, #event_type, #data_version, #data)
        },
        &quote! {
            __outbox::decode_within(&Self::DEFINITION, #event_type, #data_version, #data)
        },
    )
}

/// Writes the impl of `DecodeEvent` with these bodies of its two methods.
pub(super) fn decode_event_impl(
    ident: &Ident,
    generics: &Generics,
    where_clause: &TokenStream,
    decode: &TokenStream,
    decode_within: &TokenStream,
) -> TokenStream {
    let (impl_generics, ty_generics, _) = generics.split_for_impl();
    let [event_type, data_version, data] = decode_arguments();
    quote! {
        #[automatically_derived]
        impl #impl_generics __outbox::DecodeEvent for #ident #ty_generics #where_clause {
            #[inline]
            fn decode(
                #event_type: &__outbox::str,
                #data_version: &__outbox::str,
                #data: &__outbox::str,
            ) -> __outbox::Result<Self, __outbox::DecodeError> {
                #decode
            }

            #[inline]
            fn __decode_within<'__de, __D: __outbox::Deserializer<'__de>>(
                #event_type: &__outbox::str,
                #data_version: &__outbox::str,
                #data: __D,
            ) -> __outbox::Result<__outbox::Result<Self, &'__de __outbox::RawValue>, __D::Error> {
                #decode_within
            }
        }
    }
}

/// Names the arguments of `decode`.
pub(super) fn decode_arguments() -> [Ident; 3] {
    [
        own_variable("event_type"),
        own_variable("data_version"),
        own_variable("data"),
    ]
}

/// Writes the arms in which the struct of an older version reads its payload, which then goes through `From`.
fn upcast_arms(event: &Event) -> Option<TokenStream> {
    let [event_type, data_version, data] = decode_arguments();
    let old = own_variable("old");
    let arms = event
        .settings
        .upcast_from
        .iter()
        .enumerate()
        .map(|(i, older)| {
            let at = own_span(older.span());
            let from =
                quote_spanned!(at=> <Self as __outbox::UpcastFrom<#older>>::upcast_from(#old));
            let older = as_older(older);
            quote! {
                __outbox::Some(#i) => {
                    let #old = #older::decode(#event_type, #data_version, #data)?;
                    return __outbox::Ok(#from);
                }
            }
        });
    (!event.settings.upcast_from.is_empty()).then(|| {
        quote! {
            match __outbox::older_version(&Self::DEFINITION, #event_type, #data_version) {
                #(#arms)*
                _ => {}
            }
        }
    })
}
