//! The fields that are also sent as attributes (the time and the extensions), and the check of all attributes.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use super::definition::extension_name;
use super::hygiene::{own_variable, type_span};
use super::keys::key_checks;
use crate::model::{Event, Field};

/// Writes the methods of the time and the extensions.
pub(super) fn marked_field_methods(event: &Event) -> TokenStream {
    let occurred_at = event.occurred_at.as_ref().map(occurred_at_method);
    let extensions = extensions_method(event);
    quote!(#occurred_at #extensions)
}

fn occurred_at_method(Field { member, ty, .. }: &Field) -> TokenStream {
    let time = quote_spanned! {type_span(ty)=>
        __outbox::OccurredAt::occurred_at(&self.#member)
    };
    quote! {
        #[inline]
        fn occurred_at(
            &self,
        ) -> __outbox::Option<__outbox::DateTime<__outbox::Utc>> {
            __outbox::Some(#time)
        }
    }
}

fn extensions_method(event: &Event) -> Option<TokenStream> {
    let extensions = own_variable("extensions");
    let inserts = event.extensions.iter().enumerate().map(|(i, extension)| {
        let Field { member, ty, .. } = &extension.field;
        let name = extension_name(event, i);
        quote_spanned! {type_span(ty)=>
            __outbox::insert_extension(&self.#member, #name, #extensions);
        }
    });
    (!event.extensions.is_empty()).then(|| {
        quote! {
            #[inline]
            fn extensions(&self, #extensions: &mut __outbox::Extensions) {
                #(#inserts)*
            }
        }
    })
}

/// Writes the check of the attributes, under the names of the fields that they come from.
pub(super) fn validate_attributes_method(event: &Event) -> TokenStream {
    let keys = key_checks(event);
    let time = event.occurred_at.as_ref().map(|field| {
        let path = &field.path;
        quote! {
            __outbox::validate_time(
                __outbox::OutboxEvent::occurred_at(self),
                #path,
                &mut __outbox_errors,
            );
        }
    });
    let extensions = (!event.extensions.is_empty()).then(|| {
        let fields = event.extensions.iter().enumerate().map(|(i, extension)| {
            let (name, path) = (extension_name(event, i), &extension.field.path);
            quote!((#name, #path))
        });
        quote! {
            __outbox::validate_extensions(self, &[#(#fields),*], &mut __outbox_errors);
        }
    });
    quote! {
        #[inline]
        fn __validate_attributes(
            &self,
        ) -> __outbox::Result<(), __outbox::ValidationErrors> {
            let mut __outbox_errors = __outbox::ValidationErrors::new();
            #keys
            #time
            #extensions
            __outbox_errors.into_result()
        }
    }
}
