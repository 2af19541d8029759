//! Checked to tokens. It cannot fail.
//!
//! Names are written through `__private`, so that nothing a user shadows is used. A call is written
//! under the place of what it is about, path and all, so that the compiler reports there.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, Ident};

use crate::model::{Event, Field, FieldRule, Length, Rule};

pub(crate) fn expand(event: &Event) -> TokenStream {
    let constants = constants(event);
    let inherent = inherent_impl(event);
    let outbox_event = outbox_event_impl(event);
    let decode_event = decode_event_impl(event);
    quote! {
        const _: () = {
            #constants
            #inherent
            #outbox_event
            #decode_event
        };
    }
}

/// The parts of the definition that are written as expressions, and the `const fn` that checks each.
fn parts(event: &Event) -> Vec<(Ident, &Expr)> {
    [
        ("event_type", Some(&event.event_type)),
        ("source", Some(&event.source)),
        ("data_version", event.data_version.as_ref()),
        ("aggregate_type", event.aggregate_type.as_ref()),
        ("topic", event.topic.as_ref()),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((format_ident!("{name}"), value?)))
    .collect()
}

/// A part's constant; it is in the scope of the user's expressions, so its name is out of their way.
fn constant(part: &Ident) -> Ident {
    format_ident!("__OUTBOX_{}", part.to_string().to_uppercase())
}

/// One constant for each part, so that one mistake does not hide another.
fn constants(event: &Event) -> TokenStream {
    parts(event)
        .into_iter()
        .map(|(part, value)| {
            let name = constant(&part);
            let checked = quote_spanned!(value.span()=> ::outbox_core::__private::#part(#value));
            quote!(const #name: &'static ::outbox_core::__private::str = #checked;)
        })
        .collect()
}

fn inherent_impl(event: &Event) -> TokenStream {
    let Event {
        ident, generics, ..
    } = event;
    let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();
    let definition = definition(event);
    let keys = keys(event);
    quote! {
        #[automatically_derived]
        #[allow(unreachable_pub)]
        impl #impl_generics #ident #ty_generics #where_clause {
            /// What all events of this type have in common.
            pub const DEFINITION: ::outbox_core::EventDefinition = #definition;

            #keys
        }
    }
}

fn definition(event: &Event) -> TokenStream {
    let setters = parts(event).into_iter().skip(2).map(|(part, _)| {
        let setter = format_ident!("with_{part}");
        let value = constant(&part);
        quote!(.#setter(#value))
    });
    let description = event
        .description
        .iter()
        .map(|text| quote!(.with_description(#text)));
    quote! {
        ::outbox_core::EventDefinition::new(__OUTBOX_EVENT_TYPE, __OUTBOX_SOURCE)
            #(#setters)*
            #(#description)*
    }
}

/// The one place where the key fields' types matter.
fn keys(event: &Event) -> TokenStream {
    let part = |field: &Field| {
        let Field { ident, ty } = field;
        quote_spanned!(ty.span()=> &self.#ident)
    };
    let aggregate_id = part(&event.aggregate_id);
    let partition_key = event.partition_key.iter().map(part);
    let count = event.partition_key.len();
    quote! {
        fn __outbox_keys(&self) -> ::outbox_core::__private::Keys<'_, #count> {
            ::outbox_core::__private::Keys {
                aggregate_id: #aggregate_id,
                partition_key: [#(#partition_key),*],
            }
        }
    }
}

fn outbox_event_impl(event: &Event) -> TokenStream {
    let Event {
        ident, generics, ..
    } = event;
    let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();
    let partition_key = partition_key(event);
    let validate = validate(event);
    let aggregate_id_path = event.aggregate_id.path();
    let partition_key_paths = event.partition_key.iter().map(Field::path);
    quote! {
        #[automatically_derived]
        impl #impl_generics ::outbox_core::OutboxEvent for #ident #ty_generics #where_clause {
            const DEFINITIONS: &'static [::outbox_core::EventDefinition] = &[Self::DEFINITION];

            fn definition(&self) -> &'static ::outbox_core::EventDefinition {
                &<Self as ::outbox_core::OutboxEvent>::DEFINITIONS[0]
            }

            fn aggregate_id(&self) -> ::outbox_core::__private::Cow<'_, ::outbox_core::__private::str> {
                ::outbox_core::KeyPart::key_part(self.__outbox_keys().aggregate_id)
            }

            #partition_key
            #validate

            fn validate_keys(
                &self,
            ) -> ::outbox_core::__private::Result<(), ::outbox_core::ValidationErrors> {
                self.__outbox_keys().validate(#aggregate_id_path, [#(#partition_key_paths),*])
            }
        }
    }
}

fn partition_key(event: &Event) -> Option<TokenStream> {
    (!event.partition_key.is_empty()).then(|| {
        quote! {
            fn partition_key(&self) -> ::outbox_core::__private::Cow<'_, ::outbox_core::__private::str> {
                ::outbox_core::composite_key(&self.__outbox_keys().partition_key)
            }
        }
    })
}

fn validate(event: &Event) -> Option<TokenStream> {
    let checks = event.rules.iter().map(field_check);
    (!event.rules.is_empty()).then(|| {
        quote! {
            fn validate(
                &self,
            ) -> ::outbox_core::__private::Result<(), ::outbox_core::ValidationErrors> {
                let mut errors = ::outbox_core::ValidationErrors::new();
                #(#checks)*
                errors.into_result()
            }
        }
    })
}

fn field_check(rule: &FieldRule) -> TokenStream {
    let FieldRule {
        field: Field { ident, ty },
        name,
        rule: kind,
    } = rule;
    let path = rule.field.path();
    let value = quote_spanned!(ty.span()=> &self.#ident);
    match kind {
        Rule::Email => {
            quote_spanned!(ty.span()=> ::outbox_core::__private::email(#value, #path, &mut errors);)
        }
        Rule::Length(length) => {
            let Length { min, max, equal } = length.as_ref();
            let [min, max, equal] = [min, max, equal].map(|value| bound(value.as_ref()));
            let rule = quote_spanned!(name.span()=> ::outbox_core::__private::Length::new(#min, #max, #equal));
            let check = quote_spanned! {ty.span()=>
                ::outbox_core::__private::length(#value, #path, &__OUTBOX_RULE, &mut errors);
            };
            quote! {{
                const __OUTBOX_RULE: ::outbox_core::__private::Length = #rule;
                #check
            }}
        }
    }
}

/// `Some(bound)` or `None`.
fn bound(bound: Option<&Expr>) -> TokenStream {
    bound.map_or_else(
        || quote!(::outbox_core::__private::None),
        |bound| quote_spanned!(bound.span()=> ::outbox_core::__private::Some(#bound)),
    )
}

fn decode_event_impl(event: &Event) -> TokenStream {
    let Event {
        ident,
        generics,
        shared_members,
        ..
    } = event;
    let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();
    let predicates = where_clause.map(|clause| &clause.predicates);
    let shared_members = (!shared_members.is_empty()).then(|| {
        quote! {
            fn shared_members(
                _: &::outbox_core::__private::str,
                _: &::outbox_core::__private::str,
            ) -> &'static [&'static ::outbox_core::__private::str] {
                &[#(#shared_members),*]
            }
        }
    });
    quote! {
        // The bound is higher-ranked so that a struct without `Deserialize` still compiles.
        #[automatically_derived]
        impl #impl_generics ::outbox_core::DecodeEvent for #ident #ty_generics
        where
            for<'__outbox_de> Self: ::outbox_core::__private::Deserialize<'__outbox_de>,
            #predicates
        {
            fn decode(
                event_type: &::outbox_core::__private::str,
                data_version: &::outbox_core::__private::str,
                data: &::outbox_core::__private::str,
            ) -> ::outbox_core::__private::Result<Self, ::outbox_core::DecodeError> {
                ::outbox_core::__private::decode(&Self::DEFINITION, event_type, data_version, data)
            }

            #shared_members
        }
    }
}
