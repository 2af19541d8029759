//! The impls that are still emitted after a mistake, so that the code that uses the event does not add
//! errors of its own. They never run.

use proc_macro2::TokenStream;
use quote::quote;
use syn::DeriveInput;

pub(crate) fn fallback(input: &DeriveInput) -> TokenStream {
    let DeriveInput {
        ident, generics, ..
    } = input;
    let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();
    let predicates = where_clause.map(|clause| &clause.predicates);
    quote! {
        const _: () = {
            #[automatically_derived]
            #[allow(unreachable_pub)]
            impl #impl_generics #ident #ty_generics #where_clause {
                /// What all events of this type have in common.
                pub const DEFINITION: ::outbox_core::EventDefinition =
                    ::outbox_core::EventDefinition::new("not.an.event", "not-an-event");
            }

            #[automatically_derived]
            impl #impl_generics ::outbox_core::OutboxEvent for #ident #ty_generics #where_clause {
                const DEFINITIONS: &'static [::outbox_core::EventDefinition] = &[Self::DEFINITION];

                fn definition(&self) -> &'static ::outbox_core::EventDefinition {
                    ::core::unreachable!()
                }

                fn aggregate_id(
                    &self,
                ) -> ::outbox_core::__private::Cow<'_, ::outbox_core::__private::str> {
                    ::core::unreachable!()
                }
            }

            #[automatically_derived]
            impl #impl_generics ::outbox_core::DecodeEvent for #ident #ty_generics
            where
                for<'__outbox_de> Self: ::outbox_core::__private::Deserialize<'__outbox_de>,
                #predicates
            {
                fn decode(
                    _: &::outbox_core::__private::str,
                    _: &::outbox_core::__private::str,
                    _: &::outbox_core::__private::str,
                ) -> ::outbox_core::__private::Result<Self, ::outbox_core::DecodeError> {
                    ::core::unreachable!()
                }
            }
        };
    }
}
