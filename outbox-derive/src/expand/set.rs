//! A set of events: each method is that of the variant's event.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::Type;

use super::bounds::where_clause;
use super::{at, within};
use crate::model::{Set, Variant};

pub(crate) fn set(set: &Set) -> TokenStream {
    let events = events(set);
    let from = events
        .iter()
        .map(|(variant, event)| from_impl(set, variant, event));
    let serialize = serialize_impl(set);
    let outbox_event = outbox_event_impl(set, &events);
    let decode_event = decode_event_impl(set, &events);
    let code = quote! {
        #(#from)*
        #serialize
        #outbox_event
        #decode_event
    };
    within(&set.settings, &code)
}

fn events(set: &Set) -> Vec<(&Ident, &Type)> {
    set.variants
        .iter()
        .filter_map(|variant| Some((&variant.ident, variant.event.as_ref()?)))
        .collect()
}

fn from_impl(set: &Set, variant: &Ident, event: &Type) -> TokenStream {
    let Set {
        ident, generics, ..
    } = set;
    let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();
    quote_spanned! {at(event)=>
        #[automatically_derived]
        impl #impl_generics __outbox::__private::From<#event> for #ident #ty_generics #where_clause {
            fn from(event: #event) -> Self {
                Self::#variant(event)
            }
        }
    }
}

/// Every event of the set is one. That is said at each impl in the same words at the same place, so that
/// the compiler tells it once.
fn are_events(set: &Set) -> Vec<TokenStream> {
    events(set)
        .into_iter()
        .map(|(_, event)| quote_spanned!(at(event)=> #event: __outbox::OutboxEvent))
        .collect()
}

fn serialize_impl(set: &Set) -> TokenStream {
    let Set {
        ident, generics, ..
    } = set;
    let (impl_generics, ty_generics, _) = generics.split_for_impl();
    let where_clause = where_clause(generics, are_events(set));
    let body = each(
        set,
        &|event| quote!(__outbox::__private::Serialize::serialize(#event, serializer)),
    );
    quote! {
        #[automatically_derived]
        impl #impl_generics __outbox::__private::Serialize for #ident #ty_generics #where_clause {
            fn serialize<__S: __outbox::__private::Serializer>(
                &self,
                serializer: __S,
            ) -> __outbox::__private::Result<__S::Ok, __S::Error> {
                #body
            }
        }
    }
}

/// A `match` with an arm for each event. What is no event never runs: its mistake has been told.
fn each(set: &Set, body: &dyn Fn(&TokenStream) -> TokenStream) -> TokenStream {
    let arms = set.variants.iter().map(|Variant { ident, event }| {
        if event.is_some() {
            let body = body(&quote!(event));
            quote!(Self::#ident(event) => #body,)
        } else {
            quote!(Self::#ident { .. } => __outbox::__private::unreachable!(),)
        }
    });
    if set.variants.is_empty() {
        quote!(match *self {})
    } else {
        quote!(match self { #(#arms)* })
    }
}

fn outbox_event_impl(set: &Set, events: &[(&Ident, &Type)]) -> TokenStream {
    let Set {
        ident, generics, ..
    } = set;
    let (impl_generics, ty_generics, _) = generics.split_for_impl();
    let where_clause = where_clause(generics, are_events(set));
    let definitions = definitions(events);
    let method =
        |name: TokenStream| each(set, &|event| quote!(__outbox::OutboxEvent::#name(#event)));
    let definition = method(quote!(definition));
    let aggregate_id = method(quote!(aggregate_id));
    let partition_key = method(quote!(partition_key));
    let occurred_at = method(quote!(occurred_at));
    let extensions = each(
        set,
        &|event| quote!(__outbox::OutboxEvent::extensions(#event, extensions)),
    );
    let validate = method(quote!(validate));
    let validate_attributes = method(quote!(validate_attributes));
    quote! {
        #[automatically_derived]
        impl #impl_generics __outbox::OutboxEvent for #ident #ty_generics #where_clause {
            const DEFINITIONS: &'static [__outbox::EventDefinition] = #definitions;

            fn definition(&self) -> &'static __outbox::EventDefinition {
                #definition
            }

            fn aggregate_id(&self) -> __outbox::__private::Cow<'_, __outbox::__private::str> {
                #aggregate_id
            }

            fn partition_key(&self) -> __outbox::__private::Cow<'_, __outbox::__private::str> {
                #partition_key
            }

            fn occurred_at(
                &self,
            ) -> __outbox::__private::Option<__outbox::__private::DateTime<__outbox::__private::Utc>> {
                #occurred_at
            }

            fn extensions(&self, extensions: &mut __outbox::Extensions) {
                #extensions
            }

            fn validate(&self) -> __outbox::__private::Result<(), __outbox::ValidationErrors> {
                #validate
            }

            fn validate_attributes(
                &self,
            ) -> __outbox::__private::Result<(), __outbox::ValidationErrors> {
                #validate_attributes
            }
        }
    }
}

/// All definitions, no two of one event type.
fn definitions(events: &[(&Ident, &Type)]) -> TokenStream {
    let all: Vec<TokenStream> = events
        .iter()
        .map(
            |(_, event)| quote_spanned!(at(event)=> <#event as __outbox::OutboxEvent>::DEFINITIONS),
        )
        .collect();
    let checks = (1..all.len()).map(|i| {
        let (others, one) = (&all[..i], &all[i]);
        quote_spanned! {at(events[i].1)=>
            __outbox::__private::check::new_variant(&[#(#others),*], #one);
        }
    });
    let definitions = events
        .iter()
        .zip(&all)
        .map(|((_, event), all)| quote_spanned!(at(event)=> __outbox::__private::only(#all)));
    quote!({ #(#checks)* &[#(#definitions),*] })
}

fn decode_event_impl(set: &Set, events: &[(&Ident, &Type)]) -> TokenStream {
    let Set {
        ident, generics, ..
    } = set;
    let (impl_generics, ty_generics, _) = generics.split_for_impl();
    let mut predicates = are_events(set);
    // Higher-ranked, so that a set of events that are not `Deserialize` still compiles.
    predicates.extend(events.iter().map(|(_, event)| {
        quote_spanned!(at(event)=> for<'__de> #event: __outbox::__private::Member<'__de>)
    }));
    let where_clause = where_clause(generics, predicates);
    let attempts = events.iter().map(|(variant, event)| {
        quote! {
            if __outbox::__private::has::<#event>(event_type) {
                return <#event as __outbox::DecodeEvent>::decode(event_type, data_version, data)
                    .map(Self::#variant);
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
                #(#attempts)*
                __outbox::__private::Err(__outbox::__private::unexpected::<Self>(event_type))
            }
        }
    }
}
