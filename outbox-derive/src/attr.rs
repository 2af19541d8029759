//! Tokens to raw attributes. Only what cannot be read at all is a mistake here.

use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Data, DeriveInput, Expr, ExprLit, Fields, Ident, Lit, Meta, Token, token};

use crate::error::{Errors, err};
use crate::model::{Entries, Entry, EntryValue, RawEvent, RawField};
use crate::serde_names::{ContainerNames, FieldNames};

/// The struct as it is written, if it is one.
pub(crate) fn read(input: &DeriveInput, errors: &mut Errors) -> Option<RawEvent> {
    for name in ["aggregate_id", "partition_key", "validate"] {
        for attribute in named(&input.attrs, name) {
            errors.push(err!(
                attribute,
                "`#[{name}]` belongs on a field; move it to the field it is about"
            ));
        }
    }
    let fields = errors.take(named_fields(input))?;
    Some(RawEvent {
        ident: input.ident.clone(),
        generics: input.generics.clone(),
        description: description(&input.attrs),
        settings: entries(
            &input.attrs,
            "outbox",
            "a key, such as `event_type = \"com.example.invite.created\"`",
            errors,
        ),
        serde: ContainerNames::read(&input.attrs),
        fields: fields
            .into_iter()
            .filter_map(|field| read_field(field, errors))
            .collect(),
    })
}

fn named_fields(input: &DeriveInput) -> syn::Result<Vec<&syn::Field>> {
    const REMEDY: &str = "`OutboxEvent` derives for a struct with named fields";
    match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) => Ok(fields.named.iter().collect()),
            Fields::Unnamed(fields) => Err(err!(
                fields,
                "{REMEDY}, and this one has none; give each field a name"
            )),
            Fields::Unit => Err(err!(
                &input.ident,
                "{REMEDY}, and this one has none; add a field with `#[aggregate_id]`"
            )),
        },
        Data::Enum(data) => Err(err!(
            data.enum_token,
            "{REMEDY}, and this is an enum; make each variant a struct of its own"
        )),
        Data::Union(data) => Err(err!(data.union_token, "{REMEDY}, and this is a union")),
    }
}

fn read_field(field: &syn::Field, errors: &mut Errors) -> Option<RawField> {
    for attribute in named(&field.attrs, "outbox") {
        errors.push(err!(
            attribute,
            "`#[outbox(...)]` belongs on the struct; a field takes `#[aggregate_id]`, `#[partition_key]` and `#[validate(...)]`"
        ));
    }
    Some(RawField {
        ident: field.ident.clone()?,
        ty: field.ty.clone(),
        attributes: field
            .attrs
            .iter()
            .filter_map(|attribute| attribute.path().get_ident().cloned())
            .collect(),
        aggregate_id: named(&field.attrs, "aggregate_id").cloned().collect(),
        partition_key: named(&field.attrs, "partition_key").cloned().collect(),
        rules: entries(&field.attrs, "validate", "a rule, such as `email`", errors),
        serde: FieldNames::read(&field.attrs),
    })
}

fn named<'a>(attributes: &'a [Attribute], name: &str) -> impl Iterator<Item = &'a Attribute> {
    attributes
        .iter()
        .filter(move |attribute| attribute.path().is_ident(name))
}

/// The entries of every attribute of this name.
fn entries(attributes: &[Attribute], name: &str, example: &str, errors: &mut Errors) -> Entries {
    let parsed: Vec<Option<_>> = named(attributes, name)
        .map(|attribute| match &attribute.meta {
            Meta::List(list) => list.parse_args_with(|input: ParseStream<'_>| {
                if input.is_empty() {
                    return Err(err!(list, "`#[{name}()]` says nothing; expected {example}"));
                }
                parse_entries(input, example)
            }),
            other => Err(err!(
                other,
                "`#[{name}]` takes its arguments in parentheses; write `#[{name}(...)]`"
            )),
        })
        .map(|parsed| errors.take(parsed))
        .collect();
    Entries {
        is_complete: parsed.iter().all(Option::is_some),
        entries: parsed.into_iter().flatten().flatten().collect(),
    }
}

/// Entries with `,` between them; `example` is told where something else stands.
pub(crate) fn parse_entries(input: ParseStream<'_>, example: &str) -> syn::Result<Vec<Entry>> {
    let mut entries = Vec::new();
    while !input.is_empty() {
        if !input.peek(Ident::peek_any) {
            return Err(input.error(format!("expected {example}")));
        }
        entries.push(input.parse()?);
        if !input.is_empty() {
            input.parse::<Token![,]>()?;
        }
    }
    Ok(entries)
}

impl Parse for Entry {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let key = input.call(Ident::parse_any)?;
        let value = if input.peek(Token![=]) {
            input.parse::<Token![=]>()?;
            if input.is_empty() || input.peek(Token![,]) {
                return Err(err!(&key, "`{key} =` has no value after it; write one"));
            }
            EntryValue::Expr(input.parse()?)
        } else if input.peek(token::Paren) {
            let content;
            syn::parenthesized!(content in input);
            EntryValue::Arguments(content.parse()?)
        } else if input.is_empty() || input.peek(Token![,]) {
            EntryValue::Nothing
        } else {
            return Err(input.error(format!(
                "expected `=`, `(` or `,` after `{key}`; write `{key} = value`"
            )));
        };
        Ok(Self { key, value })
    }
}

/// The entry as it is written, to point at.
impl ToTokens for Entry {
    fn to_tokens(&self, tokens: &mut proc_macro2::TokenStream) {
        self.key.to_tokens(tokens);
        match &self.value {
            EntryValue::Nothing => {}
            EntryValue::Expr(expr) => expr.to_tokens(tokens),
            EntryValue::Arguments(arguments) => arguments.to_tokens(tokens),
        }
    }
}

/// The doc comment, without the space that follows `///`.
fn description(attributes: &[Attribute]) -> Option<String> {
    let lines: Vec<String> = named(attributes, "doc").filter_map(doc_line).collect();
    let text = lines.join("\n").trim().to_owned();
    (!text.is_empty()).then_some(text)
}

fn doc_line(attribute: &Attribute) -> Option<String> {
    match &attribute.meta {
        Meta::NameValue(doc) => match &doc.value {
            Expr::Lit(ExprLit {
                lit: Lit::Str(line),
                ..
            }) => {
                let line = line.value();
                Some(line.strip_prefix(' ').unwrap_or(&line).to_owned())
            }
            _ => None,
        },
        _ => None,
    }
}
