//! The aggregate id and the partition key.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::{at, bounds, ours};
use crate::model::{Event, Field, KeyField, PartitionKey};

/// The one place where the key fields' types matter.
pub(super) fn keys(event: &Event) -> TokenStream {
    let fields = key_fields(event);
    let count = fields.len();
    let partition_key = fields.iter().map(part);
    let aggregate_id = event
        .aggregate_id
        .as_ref()
        .map_or_else(|| quote!(__outbox::Part::Key(&"")), part);
    let where_clause = match bounds::key_predicates(event) {
        predicates if predicates.is_empty() => TokenStream::new(),
        predicates => quote!(where #(#predicates),*),
    };
    quote! {
        #[inline]
        fn __outbox_keys(&self) -> __outbox::Keys<'_, #count> #where_clause {
            __outbox::Keys {
                aggregate_id: #aggregate_id,
                partition_key: [#(#partition_key),*],
            }
        }
    }
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

/// The fields that override the partition key.
pub(super) fn key_fields(event: &Event) -> &[KeyField] {
    match &event.partition_key {
        PartitionKey::Fields(fields) => fields,
        PartitionKey::With(_) => &[],
    }
}

/// The method that overrides the partition key, if something does.
pub(super) fn partition_key(event: &Event) -> Option<TokenStream> {
    let key = match &event.partition_key {
        PartitionKey::Fields(fields) if fields.is_empty() => return None,
        PartitionKey::Fields(_) => quote!(self.__outbox_keys().partition_key()),
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
