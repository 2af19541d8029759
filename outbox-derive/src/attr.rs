//! Tokens to raw attributes. Only what cannot be read at all is a mistake here.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{
    Attribute, Data, DataEnum, DataStruct, DeriveInput, Expr, Fields, Index, Member, Meta, Token,
    token,
};

use crate::error::{Errors, err};
use crate::model::{
    Entries, Entry, EntryValue, RawEvent, RawField, RawSet, RawShape, RawValue, Variant,
};
use crate::serde_names::{ContainerNames, FieldNames};

/// The struct as it is written.
pub(crate) fn event(input: &DeriveInput, data: &DataStruct, errors: &mut Errors) -> RawEvent {
    misplaced(&input.attrs, &["aggregate_id", "validate"], errors);
    let fields = errors.take(named_fields(&input.ident, data));
    let serde = ContainerNames::read(&input.attrs);
    RawEvent {
        ident: input.ident.clone(),
        generics: input.generics.clone(),
        description: doc_lines(&input.attrs),
        settings: settings(&input.attrs, errors),
        has_misplaced_id: named(&input.attrs, "aggregate_id").next().is_some(),
        partition_key: named(&input.attrs, "partition_key").cloned().collect(),
        fields: fields.map(|fields| read_fields(fields, &serde, errors)),
        serde,
    }
}

fn named_fields<'a>(ident: &Ident, data: &'a DataStruct) -> syn::Result<&'a Fields> {
    const REMEDY: &str = "`OutboxEvent` derives for a struct with named fields";
    match &data.fields {
        Fields::Named(_) => Ok(&data.fields),
        Fields::Unnamed(fields) => Err(err!(
            fields,
            "{REMEDY}, and this one has none; give each field a name"
        )),
        Fields::Unit => Err(err!(
            ident,
            "{REMEDY}, and this one has none; add a field with `#[aggregate_id]`"
        )),
    }
}

/// The enum as it is written, its variants being events.
pub(crate) fn set(input: &DeriveInput, data: &DataEnum, errors: &mut Errors) -> RawSet {
    const OF_AN_EVENT: [&str; 4] = ["aggregate_id", "partition_key", "validate", "outbox"];
    event_misplaced(&input.attrs, &OF_AN_EVENT[..3], errors);
    for variant in &data.variants {
        event_misplaced(&variant.attrs, &OF_AN_EVENT, errors);
        for field in &variant.fields {
            event_misplaced(&field.attrs, &OF_AN_EVENT, errors);
        }
    }
    RawSet {
        ident: input.ident.clone(),
        generics: input.generics.clone(),
        settings: settings(&input.attrs, errors),
        variants: data
            .variants
            .iter()
            .map(|variant| read_variant(variant, errors))
            .collect(),
    }
}

fn read_variant(variant: &syn::Variant, errors: &mut Errors) -> Variant {
    let event = match &variant.fields {
        Fields::Unnamed(fields) if fields.unnamed.len() == 1 => {
            fields.unnamed.first().map(|field| field.ty.clone())
        }
        _ => {
            let ident = &variant.ident;
            errors.push(err!(
                variant,
                "a variant of a set holds one event; write `{ident}({ident})`, with the event's struct in the parentheses"
            ));
            None
        }
    };
    Variant {
        ident: variant.ident.clone(),
        event,
    }
}

fn event_misplaced(attributes: &[Attribute], names: &[&str], errors: &mut Errors) {
    for name in names {
        for attribute in named(attributes, name) {
            errors.push(err!(
                attribute,
                "`#[{name}]` belongs in the struct of an event; this enum is a set of events, so move it to the struct that a variant holds"
            ));
        }
    }
    for attribute in named(attributes, "serde") {
        errors.push(err!(
            attribute,
            "a set writes each event in its own form; move `#[serde(...)]` to the events, and derive `OutboxEvent` alone"
        ));
    }
}

/// The type with rules of its own as it is written.
pub(crate) fn value(input: &DeriveInput, errors: &mut Errors) -> RawValue {
    misplaced(&input.attrs, &["validate"], errors);
    let shapes = match &input.data {
        Data::Struct(data) => vec![RawShape {
            variant: None,
            fields: read_fields(&data.fields, &ContainerNames::read(&input.attrs), errors),
        }],
        Data::Enum(data) => data
            .variants
            .iter()
            .map(|variant| {
                misplaced(&variant.attrs, &["validate"], errors);
                RawShape {
                    variant: Some(variant.ident.clone()),
                    fields: read_fields(
                        &variant.fields,
                        &ContainerNames::read(&variant.attrs),
                        errors,
                    ),
                }
            })
            .collect(),
        Data::Union(data) => {
            errors.push(err!(
                data.union_token,
                "`Validate` derives for a struct or an enum, and this is a union"
            ));
            Vec::new()
        }
    };
    RawValue {
        ident: input.ident.clone(),
        generics: input.generics.clone(),
        settings: settings(&input.attrs, errors),
        shapes,
    }
}

fn misplaced(attributes: &[Attribute], names: &[&str], errors: &mut Errors) {
    for name in names {
        for attribute in named(attributes, name) {
            let remedy = match *name {
                "validate" => {
                    ", or write `#[outbox(validate_with = path)]` for rules between fields"
                }
                _ => "",
            };
            errors.push(err!(
                attribute,
                "`#[{name}]` belongs on a field; move it to the field it is about{remedy}"
            ));
        }
    }
}

fn settings(attributes: &[Attribute], errors: &mut Errors) -> Entries {
    const EXAMPLE: &str = "a key, such as `event_type = \"com.example.invite.created\"`";
    entries(attributes, "outbox", EXAMPLE, errors)
}

fn read_fields(fields: &Fields, container: &ContainerNames, errors: &mut Errors) -> Vec<RawField> {
    let is_newtype = matches!(fields, Fields::Unnamed(fields) if fields.unnamed.len() == 1);
    let mut read = |(position, field): (usize, &syn::Field)| {
        let serde = FieldNames::read(&field.attrs);
        let name = field.ident.as_ref().map(|ident| ident.unraw().to_string());
        RawField {
            member: member(position, field),
            payload_member: name.as_ref().and_then(|name| serde.member(name, container)),
            path: match name {
                Some(name) => name,
                None if is_newtype => String::new(),
                None => position.to_string(),
            },
            ty: field.ty.clone(),
            attributes: field
                .attrs
                .iter()
                .filter_map(|attribute| attribute.path().get_ident().cloned())
                .collect(),
            aggregate_id: named(&field.attrs, "aggregate_id").cloned().collect(),
            partition_key: named(&field.attrs, "partition_key").cloned().collect(),
            settings: entries(
                &field.attrs,
                "outbox",
                "`occurred_at` or `extension`",
                errors,
            ),
            rules: entries(&field.attrs, "validate", "a rule, such as `email`", errors),
            serde,
        }
    };
    fields.iter().enumerate().map(&mut read).collect()
}

fn member(position: usize, field: &syn::Field) -> Member {
    field
        .ident
        .clone()
        .map_or_else(|| Member::Unnamed(Index::from(position)), Member::Named)
}

fn named<'a>(attributes: &'a [Attribute], name: &str) -> impl Iterator<Item = &'a Attribute> {
    attributes
        .iter()
        .filter(move |attribute| attribute.path().is_ident(name))
}

/// The entries of every attribute of this name.
fn entries(attributes: &[Attribute], name: &str, example: &str, errors: &mut Errors) -> Entries {
    let mut all = Entries {
        entries: Vec::new(),
        is_complete: true,
    };
    for attribute in named(attributes, name) {
        let entries = attribute_entries(attribute, name, example, errors);
        all.entries.extend(entries.entries);
        all.is_complete &= entries.is_complete;
    }
    all
}

/// The entries in the parentheses of one attribute.
pub(crate) fn attribute_entries(
    attribute: &Attribute,
    name: &str,
    example: &str,
    errors: &mut Errors,
) -> Entries {
    match &attribute.meta {
        Meta::List(list) if list.tokens.is_empty() => {
            errors.push(err!(list, "`#[{name}()]` says nothing; expected {example}"));
            Entries::UNREADABLE
        }
        Meta::List(list) => argument_entries(list.tokens.clone(), example, errors),
        other => {
            errors.push(err!(
                other,
                "`#[{name}]` takes its arguments in parentheses; write `#[{name}(...)]`"
            ));
            Entries::UNREADABLE
        }
    }
}

/// Entries with `,` between them; `example` is told where something else stands.
pub(crate) fn argument_entries(
    arguments: TokenStream,
    example: &str,
    errors: &mut Errors,
) -> Entries {
    let mut parse = |input: ParseStream<'_>| {
        let mut all = Entries {
            entries: Vec::new(),
            is_complete: true,
        };
        while !input.is_empty() {
            let entry = errors.take(entry(input, example));
            all.is_complete &= entry.is_some();
            all.entries.extend(entry);
            // After a mistake, what follows the next `,` is read all the same.
            up_to_comma(input)?;
            input.parse::<Option<Token![,]>>()?;
        }
        Ok(all)
    };
    let parsed = (&mut parse).parse2(arguments);
    errors.take(parsed).unwrap_or(Entries::UNREADABLE)
}

fn entry(input: ParseStream<'_>, example: &str) -> syn::Result<Entry> {
    if !input.peek(Ident::peek_any) {
        return Err(input.error(format!("expected {example}")));
    }
    let key = input.call(Ident::parse_any)?;
    let value = if input.peek(Token![=]) {
        input.parse::<Token![=]>()?;
        let tokens = up_to_comma(input)?;
        if tokens.is_empty() {
            return Err(err!(&key, "`{key} =` has no value after it; write one"));
        }
        if let Some(TokenTree::Punct(punct)) = tokens.clone().into_iter().next()
            && punct.as_char() == '='
        {
            return Err(err!(punct, "one `=` too many; write `{key} = value`"));
        }
        EntryValue::Expr(expression(tokens))
    } else if input.peek(token::Paren) {
        let content;
        syn::parenthesized!(content in input);
        EntryValue::Arguments(content.parse()?)
    } else {
        EntryValue::Nothing
    };
    if input.is_empty() || input.peek(Token![,]) {
        return Ok(Entry { key, value });
    }
    let remedy = if input.peek(Ident::peek_any) {
        format!("write `,` after `{key}`")
    } else if input.peek(token::Brace) || input.peek(token::Bracket) {
        format!("write `{key}(...)`")
    } else {
        format!("write `{key} = value`")
    };
    Err(input.error(format!("expected `=`, `(` or `,` after `{key}`; {remedy}")))
}

/// All that stands before the next `,`. Between the `<` and `>` of a path a `,` is no end.
fn up_to_comma(input: ParseStream<'_>) -> syn::Result<TokenStream> {
    let mut tokens = TokenStream::new();
    let mut depth = 0_usize;
    while !input.is_empty() && (depth > 0 || !input.peek(Token![,])) {
        let opens = input.peek(Token![::]) && input.peek3(Token![<]);
        if opens {
            tokens.extend(input.parse::<Token![::]>()?.into_token_stream());
        }
        let token: TokenTree = input.parse()?;
        match &token {
            TokenTree::Punct(punct) if punct.as_char() == '<' && (opens || depth > 0) => depth += 1,
            TokenTree::Punct(punct) if punct.as_char() == '>' => depth = depth.saturating_sub(1),
            _ => {}
        }
        tokens.extend([token]);
    }
    Ok(tokens)
}

/// An expression. What `syn` reads only with more of its features is the compiler's to read.
fn expression(tokens: TokenStream) -> Expr {
    syn::parse2(tokens.clone()).unwrap_or(Expr::Verbatim(tokens))
}

/// The entry as it is written, to point at.
impl ToTokens for Entry {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.key.to_tokens(tokens);
        match &self.value {
            EntryValue::Nothing => {}
            EntryValue::Expr(expr) => expr.to_tokens(tokens),
            EntryValue::Arguments(arguments) => arguments.to_tokens(tokens),
        }
    }
}

/// The doc comment: a text for each line, or what a macro such as `include_str!` makes of several.
fn doc_lines(attributes: &[Attribute]) -> Vec<Expr> {
    named(attributes, "doc")
        .filter_map(|attribute| match &attribute.meta {
            Meta::NameValue(doc) => Some(doc.value.clone()),
            _ => None,
        })
        .collect()
}
