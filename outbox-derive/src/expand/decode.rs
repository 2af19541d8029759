//! Reading an event back, from older versions of itself too.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::bounds;
use crate::model::Event;

pub(super) fn decode_event_impl(event: &Event) -> TokenStream {
    let Event {
        ident, generics, ..
    } = event;
    let (impl_generics, ty_generics, _) = generics.split_for_impl();
    let where_clause = bounds::of_decode(event);
    let upcasts = event.settings.upcast_from.iter().map(|older| {
        let upcast = quote_spanned! {older.span()=>
            __outbox::upcast::<#older, Self>
        };
        quote! {
            if let __outbox::Some(upcast) =
                #upcast(&Self::DEFINITION, event_type, data_version, data)
            {
                return upcast;
            }
        }
    });
    quote! {
        #[automatically_derived]
        impl #impl_generics __outbox::DecodeEvent for #ident #ty_generics #where_clause {
            #[inline]
            fn decode(
                event_type: &__outbox::str,
                data_version: &__outbox::str,
                data: &__outbox::str,
            ) -> __outbox::Result<Self, __outbox::DecodeError> {
                #(#upcasts)*
                __outbox::decode(&Self::DEFINITION, event_type, data_version, data)
            }
        }
    }
}
