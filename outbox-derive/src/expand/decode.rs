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
    // The bound is higher-ranked so that a struct without `Deserialize` still compiles, and one without
    // `Serialize` is told so once, at the impl of `OutboxEvent`.
    let mut predicates = bounds::event_predicates(event);
    predicates.push(quote!(for<'__de> Self: __outbox::__private::Payload<'__de>));
    let where_clause = bounds::where_clause(generics, predicates);
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
