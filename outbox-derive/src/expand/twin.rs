//! The twin of a type, with serde's attributes and without the types of its fields. The schema of the twin shows
//! where each field is in the JSON.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::{format_ident, quote};
use syn::ext::IdentExt;
use syn::{Attribute, Data, DeriveInput, Fields, Index, Member, Meta, Type};

use crate::types::std_name;

/// The keys of `#[serde(...)]` and `#[schemars(...)]` that decide where a field is.
const PLACING: [&str; 13] = [
    "rename",
    "rename_all",
    "rename_all_fields",
    "tag",
    "content",
    "untagged",
    "transparent",
    "flatten",
    "skip",
    "skip_serializing",
    "skip_deserializing",
    "deny_unknown_fields",
    "other",
];

/// A field of a twin. Its number is its place in the list.
pub(super) struct TwinField<'a> {
    /// `None` in a struct.
    pub(super) variant: Option<&'a Ident>,
    pub(super) member: Member,
    /// The path in a violation.
    pub(super) path: String,
    pub(super) ty: &'a Type,
    pub(super) is_flattened: bool,
    /// True if serde reads it by its type, and not by a function.
    pub(super) is_read_as_is: bool,
}

/// Lists the fields of the type.
pub(super) fn twin_fields(input: &DeriveInput) -> Vec<TwinField<'_>> {
    match &input.data {
        Data::Struct(data) => shape_fields(None, &data.fields).collect(),
        Data::Enum(data) => data
            .variants
            .iter()
            .flat_map(|variant| shape_fields(Some(&variant.ident), &variant.fields))
            .collect(),
        Data::Union(_) => Vec::new(),
    }
}

fn shape_fields<'a>(
    variant: Option<&'a Ident>,
    fields: &'a Fields,
) -> impl Iterator<Item = TwinField<'a>> {
    let is_newtype = matches!(fields, Fields::Unnamed(fields) if fields.unnamed.len() == 1);
    fields
        .iter()
        .enumerate()
        .map(move |(position, field)| (position, field, keys(&field.attrs)))
        .map(move |(position, field, keys)| TwinField {
            variant,
            member: match &field.ident {
                Some(ident) => Member::Named(ident.clone()),
                None => Member::Unnamed(Index::from(position)),
            },
            path: match &field.ident {
                Some(ident) => ident.unraw().to_string(),
                None if is_newtype => String::new(),
                None => position.to_string(),
            },
            ty: &field.ty,
            is_flattened: keys.iter().any(|key| key == "flatten"),
            is_read_as_is: !keys
                .iter()
                .any(|key| ["with", "deserialize_with"].contains(&key.as_str())),
        })
}

/// Writes the twin, and a type named `has_twin` that leads to it.
pub(super) fn twin(input: &DeriveInput, has_twin: &Ident) -> TokenStream {
    let name = format_ident!("__OutboxTwin");
    let attributes = placing_attributes(&input.attrs);
    let mut number = 0;
    let body = match &input.data {
        Data::Struct(data) => {
            let fields = twin_shape(&data.fields, &mut number);
            match &data.fields {
                Fields::Named(_) => quote!(struct #name #fields),
                Fields::Unnamed(_) | Fields::Unit => quote!(struct #name #fields;),
            }
        }
        Data::Enum(data) => {
            let variants = data.variants.iter().map(|variant| {
                let (attributes, ident) = (placing_attributes(&variant.attrs), &variant.ident);
                let fields = twin_shape(&variant.fields, &mut number);
                quote!(#attributes #ident #fields)
            });
            quote!(enum #name { #(#variants),* })
        }
        Data::Union(_) => quote!(struct #name;),
    };
    quote! {
        struct #has_twin;
        const _: () = {
            #[allow(unused_imports)]
            use __outbox::schemars_scope::{
                bool, str, Default as _, Extend as _, From as _, Into as _, IntoIterator as _, Iterator as _, None,
                Option, Some, ToOwned as _, ToString as _,
            };
            #[derive(__outbox::schemars::JsonSchema)]
            #[schemars(crate = "__outbox::schemars")]
            #attributes
            #[allow(dead_code, non_camel_case_types)]
            #body
            impl __outbox::HasTwin for #has_twin {
                type Twin = #name;
            }
        };
    }
}

fn twin_shape(fields: &Fields, number: &mut usize) -> TokenStream {
    let members = fields.iter().map(|field| {
        let attributes = placing_attributes(&field.attrs);
        let name = field.ident.as_ref().map(|ident| quote!(#ident:));
        // serde does not count a `PhantomData` in a transparent struct.
        let ty = if std_name(&field.ty).as_deref() == Some("PhantomData") {
            quote!(__outbox::PhantomData<()>)
        } else {
            quote!(__outbox::Marked<#number>)
        };
        *number += 1;
        quote!(#attributes #name #ty)
    });
    let members: Vec<TokenStream> = members.collect();
    match fields {
        Fields::Named(_) => quote!({ #(#members),* }),
        Fields::Unnamed(_) => quote!((#(#members),*)),
        Fields::Unit => TokenStream::new(),
    }
}

/// Returns whether serde converts the type when writing, and when reading.
pub(super) fn conversions(input: &DeriveInput) -> [bool; 2] {
    let keys = keys(&input.attrs);
    let has = |names: &[&str]| keys.iter().any(|key| names.contains(&key.as_str()));
    [has(&["into"]), has(&["from", "try_from"])]
}

fn placing_attributes(attributes: &[Attribute]) -> TokenStream {
    entries(attributes)
        .into_iter()
        .filter(|(_, key, _)| PLACING.contains(&key.as_str()))
        .map(|(attribute, _, entry)| {
            let attribute = format_ident!("{attribute}");
            quote!(#[#attribute(#entry)])
        })
        .collect()
}

fn keys(attributes: &[Attribute]) -> Vec<String> {
    let entries = entries(attributes).into_iter();
    entries.map(|(_, key, _)| key).collect()
}

/// Lists the entries of serde's and schemars' attributes: the attribute, the key and all of the entry.
fn entries(attributes: &[Attribute]) -> Vec<(&'static str, String, TokenStream)> {
    let mut entries = Vec::new();
    for attribute in attributes {
        let Meta::List(list) = &attribute.meta else {
            continue;
        };
        let name = ["serde", "schemars"].into_iter();
        let Some(name) = name.into_iter().find(|name| list.path.is_ident(name)) else {
            continue;
        };
        let tokens: Vec<TokenTree> = list.tokens.clone().into_iter().collect();
        let is_comma =
            |token: &TokenTree| matches!(token, TokenTree::Punct(comma) if comma.as_char() == ',');
        for entry in tokens.split(is_comma) {
            // schemars undoes serde's `key` by `!key`.
            let key = entry.iter().find_map(|token| match token {
                TokenTree::Ident(key) => Some(key.to_string()),
                _ => None,
            });
            if let Some(key) = key {
                entries.push((name, key, entry.iter().cloned().collect()));
            }
        }
    }
    entries
}
