//! A newtype: each method calls its field's method.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};

use super::hygiene::{own_scope, type_span};
use super::where_clauses::{bounded_types, where_clause};
use crate::model::{InnerField, Newtype, NewtypeTrait};

/// Writes the impl of the trait.
pub(crate) fn expand_newtype(newtype: &Newtype) -> TokenStream {
    let Newtype {
        ident, generics, ..
    } = newtype;
    let (impl_generics, ty_generics, _) = generics.split_for_impl();
    let derived = derived_trait(newtype);
    let field = newtype.field.iter();
    let bounds = field.map(|field| (&field.ty, derived.clone()));
    let predicates = bounded_types(ident, generics, bounds).collect();
    let where_clause = where_clause(generics, predicates);
    let methods = methods(newtype);
    let code = quote! {
        #[automatically_derived]
        impl #impl_generics #derived for #ident #ty_generics #where_clause {
            #methods
        }
    };
    own_scope(&newtype.settings, &code)
}

fn derived_trait(newtype: &Newtype) -> TokenStream {
    let name = Ident::new(newtype.derived.name(), Span::call_site());
    quote!(__outbox::#name)
}

fn methods(newtype: &Newtype) -> TokenStream {
    match newtype.derived {
        NewtypeTrait::KeyPart => {
            let key_part = delegated(newtype, "key_part");
            let is_always_sendable = delegated(newtype, "__is_always_sendable");
            quote! {
                #[inline]
                fn key_part(&self) -> __outbox::Cow<'_, __outbox::str> {
                    #key_part
                }

                #[inline]
                fn __is_always_sendable(&self) -> __outbox::bool {
                    #is_always_sendable
                }
            }
        }
        NewtypeTrait::ToExtensionValue => {
            let to_extension_value = delegated(newtype, "to_extension_value");
            quote! {
                #[inline]
                fn to_extension_value(&self) -> __outbox::Option<__outbox::ExtensionValue> {
                    #to_extension_value
                }
            }
        }
    }
}

/// Writes the call of the field's own method. After a mistake in the newtype the method never runs.
fn delegated(newtype: &Newtype, method: &str) -> TokenStream {
    let Some(InnerField { member, ty }) = &newtype.field else {
        return quote!(__outbox::unreachable!());
    };
    let (derived, method) = (
        derived_trait(newtype),
        Ident::new(method, Span::call_site()),
    );
    quote_spanned!(type_span(ty)=> <#ty as #derived>::#method(&self.#member))
}
