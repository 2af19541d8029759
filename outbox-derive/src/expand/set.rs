//! A set of events: each method is that of the variant's event.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::Type;

use super::bounds::where_clause;
use super::decode::{decode_arguments, decode_within};
use super::{at, contract, local, within};
use crate::model::{Set, Variant};

pub(crate) fn set(set: &Set) -> TokenStream {
    let events = events(set);
    let from = events
        .iter()
        .map(|(variant, event)| from_impl(set, variant, event));
    let serialize = serialize_impl(set);
    let outbox_event = outbox_event_impl(set, &events);
    let decode_event = decode_event_impl(set, &events);
    let checks = early_checks(set, &events);
    let published = contract::published_set(set, &events);
    let code = quote! {
        #(#from)*
        #serialize
        #outbox_event
        #decode_event
        #checks
        #published
    };
    within(&set.settings, &code)
}

fn events(set: &Set) -> Vec<(&Ident, &Type)> {
    set.variants
        .iter()
        .filter_map(|variant| Some((&variant.ident, variant.event.as_ref()?)))
        .collect()
}

fn as_event(event: &Type) -> TokenStream {
    quote_spanned!(at(event)=> <#event as __outbox::OutboxEvent>)
}

/// Every event of the set is one. It is asked for in the same words at the same place by each impl, so that
/// the compiler tells once that it is not, and nothing of what follows from it.
fn are_events(set: &Set) -> Vec<TokenStream> {
    events(set)
        .into_iter()
        .map(|(_, event)| quote_spanned!(at(event)=> #event: __outbox::OutboxEvent))
        .collect()
}

fn from_impl(set: &Set, variant: &Ident, event: &Type) -> TokenStream {
    let Set {
        ident, generics, ..
    } = set;
    let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();
    let one = local("event");
    quote_spanned! {at(event)=>
        #[automatically_derived]
        impl #impl_generics __outbox::From<#event> for #ident #ty_generics #where_clause {
            #[inline]
            fn from(#one: #event) -> Self {
                Self::#variant(#one)
            }
        }
    }
}

/// A `match` with an arm for each event. What is no event never runs: its mistake has been told.
fn each(set: &Set, body: &dyn Fn(&Type) -> TokenStream) -> TokenStream {
    let arms = set.variants.iter().map(|Variant { ident, event }| {
        let Some(event) = event else {
            return quote!(Self::#ident { .. } => __outbox::unreachable!(),);
        };
        let (body, one) = (body(event), local("event"));
        quote!(Self::#ident(#one) => #body,)
    });
    if set.variants.is_empty() {
        quote!(match *self {})
    } else {
        quote!(match self { #(#arms)* })
    }
}

fn serialize_impl(set: &Set) -> TokenStream {
    let Set {
        ident, generics, ..
    } = set;
    let (impl_generics, ty_generics, _) = generics.split_for_impl();
    let where_clause = where_clause(generics, are_events(set));
    let (one, serializer) = (local("event"), local("serializer"));
    let body = each(set, &|event| {
        let serialize = quote_spanned!(at(event)=> <#event as __outbox::Serialize>);
        quote!(#serialize::serialize(#one, #serializer))
    });
    quote! {
        #[automatically_derived]
        impl #impl_generics __outbox::Serialize for #ident #ty_generics #where_clause {
            #[inline]
            fn serialize<__S: __outbox::Serializer>(
                &self,
                #serializer: __S,
            ) -> __outbox::Result<__S::Ok, __S::Error> {
                #body
            }
        }
    }
}

fn outbox_event_impl(set: &Set, events: &[(&Ident, &Type)]) -> TokenStream {
    let Set {
        ident, generics, ..
    } = set;
    let (impl_generics, ty_generics, _) = generics.split_for_impl();
    let where_clause = where_clause(generics, are_events(set));
    let definitions = definitions(set, events);
    let method = |call: TokenStream| {
        each(set, &|event| {
            let event = as_event(event);
            quote!(#event::#call)
        })
    };
    let (one, extensions) = (local("event"), local("extensions"));
    let definition = method(quote!(definition(#one)));
    // What is only sent is checked as well.
    let late_checks = (!set.generics.params.is_empty())
        .then(|| quote!(const { let _ = <Self as __outbox::OutboxEvent>::DEFINITIONS; };));
    let aggregate_id = method(quote!(aggregate_id(#one)));
    let partition_key = method(quote!(partition_key(#one)));
    let occurred_at = method(quote!(occurred_at(#one)));
    let insert_extensions = method(quote!(extensions(#one, #extensions)));
    let validate = method(quote!(validate(#one)));
    let validate_attributes = method(quote!(__validate_attributes(#one)));
    quote! {
        #[automatically_derived]
        impl #impl_generics __outbox::OutboxEvent for #ident #ty_generics #where_clause {
            const DEFINITIONS: &'static [__outbox::EventDefinition] = #definitions;

            #[inline]
            fn definition(&self) -> &'static __outbox::EventDefinition {
                #late_checks
                #definition
            }

            #[inline]
            fn aggregate_id(&self) -> __outbox::Cow<'_, __outbox::str> {
                #aggregate_id
            }

            #[inline]
            fn partition_key(&self) -> __outbox::Cow<'_, __outbox::str> {
                #partition_key
            }

            #[inline]
            fn occurred_at(&self) -> __outbox::Option<__outbox::DateTime<__outbox::Utc>> {
                #occurred_at
            }

            #[inline]
            fn extensions(&self, #extensions: &mut __outbox::Extensions) {
                #insert_extensions
            }

            #[inline]
            fn validate(&self) -> __outbox::Result<(), __outbox::ValidationErrors> {
                #validate
            }

            #[inline]
            fn __validate_attributes(&self) -> __outbox::Result<(), __outbox::ValidationErrors> {
                #validate_attributes
            }
        }
    }
}

/// The definitions, and the check that each event is one and no set, and that no two are of one type.
fn definitions(set: &Set, events: &[(&Ident, &Type)]) -> TokenStream {
    let one_each = events.iter().map(|(_, event)| as_event(event));
    let definitions = quote!(&[#(#one_each::DEFINITIONS[0]),*]);
    if set.generics.params.is_empty() {
        return definitions;
    }
    let (all, checks) = (all(events), checks(events));
    quote!({
        let __OUTBOX_ALL = #all;
        #(#checks;)*
        #definitions
    })
}

/// The check where it is evaluated at once. With parameters it is not before the set is used.
fn early_checks(set: &Set, events: &[(&Ident, &Type)]) -> Option<TokenStream> {
    set.generics.params.is_empty().then(|| {
        let (count, all, checks) = (events.len(), all(events), checks(events));
        quote! {
            const __OUTBOX_ALL: [&[__outbox::EventDefinition]; #count] = #all;
            #(const _: () = #checks;)*
        }
    })
}

fn all(events: &[(&Ident, &Type)]) -> TokenStream {
    let events = events.iter().map(|(_, event)| as_event(event));
    quote!([#(#events::DEFINITIONS),*])
}

fn checks<'a>(events: &'a [(&Ident, &Type)]) -> impl Iterator<Item = TokenStream> + 'a {
    events.iter().enumerate().map(
        |(i, (_, event))| quote_spanned!(at(event)=> __outbox::check::variant(&__OUTBOX_ALL, #i)),
    )
}

fn decode_event_impl(set: &Set, events: &[(&Ident, &Type)]) -> TokenStream {
    let Set {
        ident, generics, ..
    } = set;
    let (impl_generics, ty_generics, _) = generics.split_for_impl();
    let mut predicates = are_events(set);
    // Higher-ranked, so that a set of events that are not `Deserialize` still compiles.
    predicates.extend(
        events.iter().map(
            |(_, event)| quote_spanned!(at(event)=> for<'__de> #event: __outbox::Member<'__de>),
        ),
    );
    let where_clause = where_clause(generics, predicates);
    let [event_type, data_version, data] = decode_arguments();
    let attempts = |decode: &dyn Fn(TokenStream, &Ident) -> TokenStream| -> TokenStream {
        let fingerprint = local("fingerprint");
        let attempts = events.iter().map(|(variant, event)| {
            let one = as_event(event);
            let decoded = decode(quote!(<#event as __outbox::DecodeEvent>), variant);
            quote! {
                if __outbox::defines(&#one::DEFINITIONS[0], #fingerprint, #event_type) {
                    return #decoded;
                }
            }
        });
        quote! {
            let #fingerprint = __outbox::fingerprint(#event_type);
            #(#attempts)*
        }
    };
    let decode = attempts(
        &|event, variant| quote!(#event::decode(#event_type, #data_version, #data).map(Self::#variant)),
    );
    let decode_each_within = attempts(&|event, variant| {
        quote! {
            __outbox::Ok(
                #event::__decode_within(#event_type, #data_version, #data)?.map(Self::#variant),
            )
        }
    });
    let within = decode_within(&quote! {
        #decode_each_within
        __outbox::unread(#data)
    });
    quote! {
        #[automatically_derived]
        impl #impl_generics __outbox::DecodeEvent for #ident #ty_generics #where_clause {
            #[inline]
            fn decode(
                #event_type: &__outbox::str,
                #data_version: &__outbox::str,
                #data: &__outbox::str,
            ) -> __outbox::Result<Self, __outbox::DecodeError> {
                #decode
                __outbox::Err(__outbox::unexpected_type::<Self>(#event_type))
            }

            #within
        }
    }
}
