//! Reading an event back, from older versions of itself too.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::Type;
use syn::spanned::Spanned;

use super::{bounds, local, ours};
use crate::model::Event;

/// The trait is always asked for in these words, at this place: the compiler tells once that it is missing.
pub(super) fn as_older(older: &Type) -> TokenStream {
    quote_spanned!(older.span()=> <#older as __outbox::DecodeEvent>)
}

pub(super) fn decode_event_impl(event: &Event) -> TokenStream {
    let Event {
        ident, generics, ..
    } = event;
    let (impl_generics, ty_generics, _) = generics.split_for_impl();
    let where_clause = bounds::of_decode(event);
    let upcasts = upcasts(event);
    let [event_type, data_version, data] = decode_arguments();
    let within = decode_within(&quote! {
        __outbox::decode_within(&Self::DEFINITION, #event_type, #data_version, #data)
    });
    quote! {
        #[automatically_derived]
        impl #impl_generics __outbox::DecodeEvent for #ident #ty_generics #where_clause {
            #[inline]
            fn decode(
                #event_type: &__outbox::str,
                #data_version: &__outbox::str,
                #data: &__outbox::str,
            ) -> __outbox::Result<Self, __outbox::DecodeError> {
                #upcasts
                __outbox::decode(&Self::DEFINITION, #event_type, #data_version, #data)
            }

            #within
        }
    }
}

/// The method that reads a payload where it stands.
pub(super) fn decode_within(body: &TokenStream) -> TokenStream {
    let [event_type, data_version, data] = decode_arguments();
    quote! {
        #[inline]
        fn __decode_within<'__de, __D: __outbox::Deserializer<'__de>>(
            #event_type: &__outbox::str,
            #data_version: &__outbox::str,
            #data: __D,
        ) -> __outbox::Result<__outbox::Result<Self, &'__de __outbox::RawValue>, __D::Error> {
            #body
        }
    }
}

/// The names of `decode`'s arguments.
pub(super) fn decode_arguments() -> [Ident; 3] {
    [local("event_type"), local("data_version"), local("data")]
}

/// A payload of an older version is read by the struct of that version, and goes through `From`.
fn upcasts(event: &Event) -> Option<TokenStream> {
    let [event_type, data_version, data] = decode_arguments();
    let old = local("old");
    let arms = event
        .settings
        .upcast_from
        .iter()
        .enumerate()
        .map(|(i, older)| {
            let at = ours(older.span());
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
