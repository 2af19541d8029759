//! The aggregate id and the partition key.
//!
//! A field is always written in the same words at the same place, so that the compiler tells once that it
//! cannot be a key.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::{at, ours};
use crate::model::{Event, Field, KeyField, PartitionKey};

/// The methods of the keys.
pub(super) fn methods(event: &Event) -> TokenStream {
    let aggregate_id = event.aggregate_id.as_ref().map_or_else(
        || quote!(__outbox::unreachable!()),
        |key| {
            let part = part(key);
            quote!(#part.text())
        },
    );
    let partition_key = partition_key(event);
    quote! {
        #[inline]
        fn aggregate_id(&self) -> __outbox::Cow<'_, __outbox::str> {
            #aggregate_id
        }

        #partition_key
    }
}

/// The method that overrides the partition key, if something does.
fn partition_key(event: &Event) -> Option<TokenStream> {
    let key = match &event.partition_key {
        PartitionKey::Fields(fields) if fields.is_empty() => return None,
        PartitionKey::Fields(fields) => {
            let parts = fields.iter().map(part);
            quote!(__outbox::composed_key([#(#parts),*]))
        }
        PartitionKey::With(path) => {
            quote_spanned!(ours(path.span())=> __outbox::computed_key(&#path(self)))
        }
    };
    Some(quote! {
        #[inline]
        fn partition_key(&self) -> __outbox::Cow<'_, __outbox::str> {
            #key
        }
    })
}

/// The check of each field that is a key, and of a computed key.
pub(super) fn checks(event: &Event) -> TokenStream {
    let aggregate_id = event.aggregate_id.iter().map(|key| {
        let (part, path) = (part(key), &key.field.path);
        quote!(#part.validate_aggregate_id(#path, &mut __outbox_errors);)
    });
    let partition_key = match &event.partition_key {
        PartitionKey::Fields(fields) => fields
            .iter()
            .filter(|key| !is_aggregate_id(event, key))
            .map(|key| {
                let (part, path) = (part(key), &key.field.path);
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

/// A field that is both is checked once.
fn is_aggregate_id(event: &Event, key: &KeyField) -> bool {
    let aggregate_id = event.aggregate_id.as_ref();
    aggregate_id.is_some_and(|id| id.field.member == key.field.member)
}

fn part(key: &KeyField) -> TokenStream {
    let Field { member, ty, .. } = &key.field;
    let at = at(ty);
    let value = quote_spanned!(at=> &self.#member);
    if key.is_display {
        quote_spanned!(at=> __outbox::Part::Display(#value))
    } else {
        quote_spanned!(at=> __outbox::Part::Key(#value))
    }
}
