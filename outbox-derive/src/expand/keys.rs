//! The aggregate id and the partition key.
//!
//! A field is always written with the same tokens and span, so that the compiler reports once that it
//! cannot be a key.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::hygiene::{own_span, type_span};
use crate::model::{Event, Field, KeyField, PartitionKey};

/// Writes the methods of the keys.
pub(super) fn key_methods(event: &Event) -> TokenStream {
    let aggregate_id = event.aggregate_id.as_ref().map_or_else(
        || quote!(__outbox::unreachable!()),
        |key| {
            let part = key_part(key);
            quote!(#part.key_text())
        },
    );
    let partition_key = partition_key_method(event);
    quote! {
        #[inline]
        fn aggregate_id(&self) -> __outbox::Cow<'_, __outbox::str> {
            #aggregate_id
        }

        #partition_key
    }
}

/// Writes the method that overrides the partition key, if the event has its own.
fn partition_key_method(event: &Event) -> Option<TokenStream> {
    let key = match &event.partition_key {
        PartitionKey::Fields(fields) if fields.is_empty() => return None,
        PartitionKey::Fields(fields) => {
            let parts = fields.iter().map(key_part);
            quote!(__outbox::composed_key([#(#parts),*]))
        }
        PartitionKey::With(path) => {
            quote_spanned!(own_span(path.span())=> __outbox::computed_key(&#path(self)))
        }
    };
    Some(quote! {
        #[inline]
        fn partition_key(&self) -> __outbox::Cow<'_, __outbox::str> {
            #key
        }
    })
}

/// Writes the check of each field that is a key, and of a computed key.
pub(super) fn key_checks(event: &Event) -> TokenStream {
    let aggregate_id = event.aggregate_id.iter().map(|key| {
        let (part, path) = (key_part(key), &key.field.path);
        quote!(#part.validate_aggregate_id(#path, &mut __outbox_errors);)
    });
    let partition_key = match &event.partition_key {
        PartitionKey::Fields(fields) => fields
            .iter()
            .filter(|key| !is_aggregate_id(event, key))
            .map(|key| {
                let (part, path) = (key_part(key), &key.field.path);
                quote!(#part.validate_partition_key(#path, &mut __outbox_errors);)
            })
            .collect(),
        PartitionKey::With(_) => quote! {
            __outbox::validate_computed(
                &__outbox::OutboxEvent::partition_key(self),
                &mut __outbox_errors,
            );
        },
    };
    quote!(#(#aggregate_id)* #partition_key)
}

/// Returns whether the field is the aggregate id too, so that it is checked once.
fn is_aggregate_id(event: &Event, key: &KeyField) -> bool {
    let aggregate_id = event.aggregate_id.as_ref();
    aggregate_id.is_some_and(|id| id.field.member == key.field.member)
}

fn key_part(key: &KeyField) -> TokenStream {
    let Field { member, ty, .. } = &key.field;
    let at = type_span(ty);
    let value = quote_spanned!(at=> &self.#member);
    if key.is_display {
        quote_spanned!(at=> __outbox::Part::Display(#value))
    } else {
        quote_spanned!(at=> __outbox::Part::Key(#value))
    }
}
