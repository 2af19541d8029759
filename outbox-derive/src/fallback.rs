//! What is emitted after a mistake: the mistakes, and the impls all the same, so that the code that uses
//! the event does not add errors of its own. The impls never run.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput};

use crate::expand;
use crate::model::Definition;

pub(crate) fn fallback(
    input: &DeriveInput,
    definition: &Definition,
    errors: &syn::Error,
) -> TokenStream {
    let errors = errors.to_compile_error();
    // The values are checked all the same, so that what is wrong with them is told at once too.
    let constants = expand::constants(definition);
    let impls = impls(input);
    quote! {
        #errors
        const _: () = {
            #constants
            #impls
        };
    }
}

fn impls(input: &DeriveInput) -> Option<TokenStream> {
    // A union has no `Serialize`, so an impl would be one more mistake.
    if matches!(input.data, Data::Union(_)) {
        return None;
    }
    let DeriveInput {
        ident, generics, ..
    } = input;
    let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();
    let predicates = where_clause.map(|clause| &clause.predicates);
    Some(quote! {
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
            for<'__de> Self: ::outbox_core::__private::Payload<'__de>,
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
    })
}
