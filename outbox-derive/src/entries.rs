//! The entries of attributes, such as `key = value`, from tokens.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Expr, Meta, Token, token};

use crate::mistakes::{Errors, err};

/// The entries of all attributes of one name.
pub(crate) struct Entries {
    pub(crate) entries: Vec<Entry>,
    /// True if everything could be read.
    pub(crate) is_complete: bool,
}

impl Entries {
    /// No entries, because nothing could be read.
    pub(crate) const UNREADABLE: Self = Self {
        is_complete: false,
        entries: Vec::new(),
    };
    /// No entries, because there are none.
    pub(crate) const NONE: Self = Self {
        entries: Vec::new(),
        is_complete: true,
    };

    /// Returns the first entry of this key.
    pub(crate) fn find(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.key == key)
    }
}

/// An entry: `key`, `key = value` or `key(arguments)`.
pub(crate) struct Entry {
    pub(crate) key: Ident,
    pub(crate) value: EntryValue,
}

pub(crate) enum EntryValue {
    Nothing,
    Expr(Expr),
    Arguments(TokenStream),
}

/// Reads the entries of every attribute of this name.
pub(crate) fn named_entries(
    attributes: &[Attribute],
    name: &str,
    example: &str,
    errors: &mut Errors,
) -> Entries {
    let mut all = Entries::NONE;
    for attribute in attributes_named(attributes, name) {
        let entries = attribute_entries(attribute, name, example, errors);
        all.entries.extend(entries.entries);
        all.is_complete &= entries.is_complete;
    }
    all
}

/// Reads the entries in the parentheses of one attribute.
pub(crate) fn attribute_entries(
    attribute: &Attribute,
    name: &str,
    example: &str,
    errors: &mut Errors,
) -> Entries {
    match &attribute.meta {
        Meta::List(list) if list.tokens.is_empty() => {
            errors.push(err!(list, "`#[{name}()]` is empty; expected {example}"));
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

/// Reads entries with `,` between them; a mistake names `example` as expected.
pub(crate) fn argument_entries(
    arguments: TokenStream,
    example: &str,
    errors: &mut Errors,
) -> Entries {
    let mut parse = |input: ParseStream<'_>| {
        let mut all = Entries::NONE;
        while !input.is_empty() {
            let entry = errors.take(parse_entry(input, example));
            all.is_complete &= entry.is_some();
            all.entries.extend(entry);
            // After a mistake, reading goes on behind the next `,`.
            take_up_to_comma(input)?;
            input.parse::<Option<Token![,]>>()?;
        }
        Ok(all)
    };
    let parsed = (&mut parse).parse2(arguments);
    errors.take(parsed).unwrap_or(Entries::UNREADABLE)
}

fn parse_entry(input: ParseStream<'_>, example: &str) -> syn::Result<Entry> {
    if !input.peek(Ident::peek_any) {
        return Err(input.error(format!("expected {example}")));
    }
    let key = input.call(Ident::parse_any)?;
    let value = if input.peek(Token![=]) {
        input.parse::<Token![=]>()?;
        let tokens = take_up_to_comma(input)?;
        if tokens.is_empty() {
            return Err(err!(&key, "`{key} =` needs a value; write one after it"));
        }
        if let Some(TokenTree::Punct(punct)) = tokens.clone().into_iter().next()
            && punct.as_char() == '='
        {
            return Err(err!(
                punct,
                "there is one `=` too many; write `{key} = value`"
            ));
        }
        EntryValue::Expr(expression_or_tokens(tokens))
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

/// Takes the tokens before the next `,` that is not between the `<` and `>` of a path.
fn take_up_to_comma(input: ParseStream<'_>) -> syn::Result<TokenStream> {
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

/// Reads an expression. If `syn` needs more features to read it, it stays tokens for the compiler.
fn expression_or_tokens(tokens: TokenStream) -> Expr {
    syn::parse2(tokens.clone()).unwrap_or(Expr::Verbatim(tokens))
}

/// Writes the entry as the user wrote it, so that an error can point at it.
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

/// Returns the attributes of this name.
pub(crate) fn attributes_named<'a>(
    attributes: &'a [Attribute],
    name: &str,
) -> impl Iterator<Item = &'a Attribute> {
    attributes
        .iter()
        .filter(move |attribute| attribute.path().is_ident(name))
}
