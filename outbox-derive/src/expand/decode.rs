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
            __outbox::__private::upcast::<#older, Self>
        };
        quote! {
            if let __outbox::__private::Some(upcast) =
                #upcast(&Self::DEFINITION, event_type, data_version, data)
            {
                return upcast;
            }
        }
    });
    quote! {
        #[automatically_derived]
        impl #impl_generics __outbox::DecodeEvent for #ident #ty_generics #where_clause {
            fn decode(
                event_type: &__outbox::__private::str,
                data_version: &__outbox::__private::str,
                data: &__outbox::__private::str,
            ) -> __outbox::__private::Result<Self, __outbox::DecodeError> {
                #(#upcasts)*
                __outbox::__private::decode(&Self::DEFINITION, event_type, data_version, data)
            }
        }
    }
}
