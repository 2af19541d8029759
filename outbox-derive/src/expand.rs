//! Checked to tokens. It cannot fail.
//!
//! Names are written through `__private`, so that nothing a user shadows is used. A call is written
//! under the place of what it is about, path and all, so that the compiler reports there.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, Ident, Type};

use crate::model::{Definition, Event, Field, FieldRule, Length, Part, Rule};

pub(crate) fn expand(definition: &Definition, event: &Event) -> TokenStream {
    let constants = constants(definition);
    let inherent = inherent_impl(definition, event);
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

/// Each part of the definition is a constant of its own, and its check another one, so that one mistake
/// neither hides another nor is told again where the part is used.
pub(crate) fn constants(definition: &Definition) -> TokenStream {
    definition
        .parts
        .iter()
        .filter_map(checked_constant)
        .collect()
}

fn checked_constant(part: &Part) -> Option<TokenStream> {
    let value = part.value.as_ref()?;
    let name = constant(part);
    let check_name = format_ident!("__OUTBOX_CHECK_{}", part.name.to_uppercase());
    // All of the call is at the value, or the compiler would point at the derive.
    let rule = Ident::new(part.name, value.span());
    let check = quote_spanned!(value.span()=> ::outbox_core::__private::check::#rule(#name));
    Some(quote! {
        const #name: &'static ::outbox_core::__private::str = #value;
        const #check_name: () = #check;
    })
}

/// A part's constant; it is in the scope of the user's expressions, so its name is out of their way.
fn constant(part: &Part) -> Ident {
    format_ident!("__OUTBOX_{}", part.name.to_uppercase())
}

fn inherent_impl(definition: &Definition, event: &Event) -> TokenStream {
    let Event {
        ident, generics, ..
    } = event;
    let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();
    let definition = definition_expr(definition, event);
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

fn definition_expr(definition: &Definition, event: &Event) -> TokenStream {
    let parts = definition.parts.iter().map(|part| {
        let (name, value) = (Ident::new(part.name, Span::call_site()), constant(part));
        match part.name {
            "event_type" | "source" => quote!(#name: #value),
            _ => quote!(#name: ::outbox_core::__private::Some(#value)),
        }
    });
    let description = event.description.iter();
    let shared_members = (!event.shared_members.is_empty()).then(|| {
        let names = &event.shared_members;
        quote!(shared_members: &[#(#names),*],)
    });
    quote! {
        ::outbox_core::__private::DerivedDefinition {
            #(#parts,)*
            #(description: ::outbox_core::__private::Some(#description),)*
            #shared_members
            ..::outbox_core::__private::DerivedDefinition::NOTHING
        }
        .finish()
    }
}

/// The one place where the key fields' types matter.
fn keys(event: &Event) -> TokenStream {
    let part = |field: &Field| {
        let Field { ident, ty } = field;
        quote_spanned!(at(ty)=> &self.#ident)
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

/// The place of a type, for names that are ours: in a `macro_rules!` definition, the type may come from
/// elsewhere than the struct, and `self` is not the same there.
fn at(ty: &Type) -> Span {
    ty.span().resolved_at(Span::call_site())
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
                &Self::DEFINITION
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
    let at = at(ty);
    let value = quote_spanned!(at=> &self.#ident);
    match kind {
        Rule::Email => {
            quote_spanned!(at=> ::outbox_core::__private::email(#value, #path, &mut errors);)
        }
        Rule::Length(length) => {
            let Length { min, max, equal } = length.as_ref();
            let [min, max, equal] = [min, max, equal].map(|value| bound(value.as_ref()));
            let rule = quote_spanned!(name.span()=> ::outbox_core::__private::Length::new(#min, #max, #equal));
            let check = quote_spanned! {at=>
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
        ident, generics, ..
    } = event;
    let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();
    let predicates = where_clause.map(|clause| &clause.predicates);
    quote! {
        // The bound is higher-ranked so that a struct without `Deserialize` still compiles, and one
        // without `Serialize` is told so once, at the impl of `OutboxEvent`.
        #[automatically_derived]
        impl #impl_generics ::outbox_core::DecodeEvent for #ident #ty_generics
        where
            for<'__de> Self: ::outbox_core::__private::Payload<'__de>,
            #predicates
        {
            fn decode(
                event_type: &::outbox_core::__private::str,
                data_version: &::outbox_core::__private::str,
                data: &::outbox_core::__private::str,
            ) -> ::outbox_core::__private::Result<Self, ::outbox_core::DecodeError> {
                ::outbox_core::__private::decode(&Self::DEFINITION, event_type, data_version, data)
            }
        }
    }
}
