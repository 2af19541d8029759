//! A set of events: each method calls that of the variant's event.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::Type;

use super::contract;
use super::decode::{decode_arguments, decode_event_impl};
use super::hygiene::{own_scope, own_span, own_variable, type_span};
use super::validations::validate_method;
use super::where_clauses::where_clause;
use crate::model::{Set, Variant};

/// Writes the code of a set of events.
pub(crate) fn expand_set(set: &Set) -> TokenStream {
    let events = variants_with_events(set);
    let from = events
        .iter()
        .map(|(variant, event)| from_impl(set, variant, event));
    let serialize = serialize_impl(set);
    let outbox_event = outbox_event_impl(set, &events);
    let decode_event = decode_event(set, &events);
    let checks = early_checks(set, &events);
    let reader = reader_check(set);
    let published = contract::published_set(set, &events);
    let code = quote! {
        #(#from)*
        #serialize
        #outbox_event
        #decode_event
        #checks
        #reader
        #published
    };
    own_scope(&set.settings, &code)
}

fn variants_with_events(set: &Set) -> Vec<(&Ident, &Type)> {
    set.variants
        .iter()
        .filter_map(|variant| Some((&variant.ident, variant.event.as_ref()?)))
        .collect()
}

fn as_event(event: &Type) -> TokenStream {
    quote_spanned!(type_span(event)=> <#event as __outbox::OutboxEvent>)
}

/// Writes the bound that every member of the set is an event. Each impl asks with the same tokens and span, so that
/// the compiler reports a missing impl once, without its consequences.
fn event_bounds(set: &Set) -> Vec<TokenStream> {
    variants_with_events(set)
        .into_iter()
        .map(|(_, event)| quote_spanned!(type_span(event)=> #event: __outbox::OutboxEvent))
        .collect()
}

fn from_impl(set: &Set, variant: &Ident, event: &Type) -> TokenStream {
    let Set {
        ident, generics, ..
    } = set;
    let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();
    let one = own_variable("event");
    quote_spanned! {type_span(event)=>
        #[automatically_derived]
        impl #impl_generics __outbox::From<#event> for #ident #ty_generics #where_clause {
            #[inline]
            fn from(#one: #event) -> Self {
                Self::#variant(#one)
            }
        }
    }
}

/// Writes a `match` with an arm for each event. The arm of a variant with a mistake never runs.
fn match_each(set: &Set, body: &dyn Fn(&Type) -> TokenStream) -> TokenStream {
    let arms = set.variants.iter().map(|Variant { ident, event }| {
        let Some(event) = event else {
            return quote!(Self::#ident { .. } => __outbox::unreachable!(),);
        };
        let (body, one) = (body(event), own_variable("event"));
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
    let where_clause = where_clause(generics, event_bounds(set));
    let (one, serializer) = (own_variable("event"), own_variable("serializer"));
    let body = match_each(set, &|event| {
        let serialize = quote_spanned!(type_span(event)=> <#event as __outbox::Serialize>);
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
    let where_clause = where_clause(generics, event_bounds(set));
    let definitions = checked_definitions(set, events);
    let method = |call: TokenStream| {
        match_each(set, &|event| {
            let event = as_event(event);
            quote!(#event::#call)
        })
    };
    let (one, extensions) = (own_variable("event"), own_variable("extensions"));
    let definition = method(quote!(definition(#one)));
    // A set that is only sent is checked too.
    let late_checks = (!set.generics.params.is_empty())
        .then(|| quote!(const { let _ = <Self as __outbox::OutboxEvent>::DEFINITIONS; };));
    let aggregate_id = method(quote!(aggregate_id(#one)));
    let partition_key = method(quote!(partition_key(#one)));
    let occurred_at = method(quote!(occurred_at(#one)));
    let insert_extensions = method(quote!(extensions(#one, #extensions)));
    let validate = validate_method(&method(quote!(validate(#one))));
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

            #validate

            #[inline]
            fn __validate_attributes(&self) -> __outbox::Result<(), __outbox::ValidationErrors> {
                #validate_attributes
            }
        }
    }
}

/// Writes the definitions, and the checks that no event is a set and no two share an event type.
fn checked_definitions(set: &Set, events: &[(&Ident, &Type)]) -> TokenStream {
    let one_each = events.iter().map(|(_, event)| as_event(event));
    let definitions = quote!(&[#(#one_each::DEFINITIONS[0]),*]);
    if set.generics.params.is_empty() {
        return definitions;
    }
    let (all, checks) = (all_definitions(events), variant_checks(events));
    quote!({
        let __OUTBOX_ALL = #all;
        #(#checks;)*
        #definitions
    })
}

/// Writes the check where it is evaluated at once. The check of a generic set is evaluated when the set is used.
fn early_checks(set: &Set, events: &[(&Ident, &Type)]) -> Option<TokenStream> {
    set.generics.params.is_empty().then(|| {
        let (count, all, checks) = (
            events.len(),
            all_definitions(events),
            variant_checks(events),
        );
        quote! {
            const __OUTBOX_ALL: [&[__outbox::EventDefinition]; #count] = #all;
            #(const _: () = #checks;)*
        }
    })
}

/// Writes the check that the set has no `Deserialize`, which would not read what the set writes.
fn reader_check(set: &Set) -> TokenStream {
    let Set {
        ident, generics, ..
    } = set;
    let (impl_generics, ty_generics, _) = generics.split_for_impl();
    // serde asks the same of the parameters.
    let predicates = generics.type_params().map(|parameter| {
        let ident = &parameter.ident;
        quote!(#ident: for<'__de> __outbox::Deserialize<'__de>)
    });
    let where_clause = where_clause(generics, predicates.collect());
    let at = own_span(ident.span());
    let check = quote_spanned! {at=>
        __outbox::require_reader(&__outbox::SetReader::<#ident #ty_generics>::OF_SET.known_by());
    };
    quote! {
        #[allow(dead_code, clippy::extra_unused_lifetimes, clippy::extra_unused_type_parameters)]
        fn __outbox_reader #impl_generics () #where_clause {
            #[allow(unused_imports)]
            use __outbox::WithoutDeserialize as _;
            #check
        }
    }
}

fn all_definitions(events: &[(&Ident, &Type)]) -> TokenStream {
    let events = events.iter().map(|(_, event)| as_event(event));
    quote!([#(#events::DEFINITIONS),*])
}

fn variant_checks<'a>(events: &'a [(&Ident, &Type)]) -> impl Iterator<Item = TokenStream> + 'a {
    events.iter().enumerate().map(
        |(i, (_, event))| quote_spanned!(type_span(event)=> __outbox::check::variant(&__OUTBOX_ALL, #i)),
    )
}

fn decode_event(set: &Set, events: &[(&Ident, &Type)]) -> TokenStream {
    let mut predicates = event_bounds(set);
    // Higher-ranked, so that a set of events that are not `Deserialize` still compiles.
    predicates.extend(events.iter().map(
        |(_, event)| quote_spanned!(type_span(event)=> for<'__de> #event: __outbox::Member<'__de>),
    ));
    let [event_type, data_version, data] = decode_arguments();
    let attempts = |decode: &dyn Fn(TokenStream, &Ident) -> TokenStream| -> TokenStream {
        let fingerprint = own_variable("fingerprint");
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
    decode_event_impl(
        &set.ident,
        &set.generics,
        &where_clause(&set.generics, predicates),
        &quote! {
            #decode
            __outbox::Err(__outbox::unexpected_type::<Self>(#event_type))
        },
        &quote! {
            #decode_each_within
            __outbox::unread(#data)
        },
    )
}
