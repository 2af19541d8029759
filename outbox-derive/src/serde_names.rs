//! The names that serde gives to a struct's members, as far as its attributes tell. Mistakes in them are
//! serde's to report.

use syn::meta::ParseNestedMeta;
use syn::{Attribute, LitStr, Path, Token, token};

/// `#[serde(...)]` on the struct.
#[derive(Default)]
pub(crate) struct ContainerNames {
    rename_all: Option<String>,
    /// The member that `#[serde(tag = "...")]` adds.
    pub(crate) tag: Option<LitStr>,
    /// The struct is serialized as another type, so its own fields say nothing.
    other_type: bool,
}

/// `#[serde(...)]` on a field.
#[derive(Default)]
pub(crate) struct FieldNames {
    rename: Option<LitStr>,
    /// The key that keeps the field out of the payload, or out of what is read.
    skip: Option<Path>,
    /// Whether the field is written in another form than its type has.
    pub(crate) written_otherwise: bool,
    /// The field's own members are the payload's.
    flatten: bool,
}

impl ContainerNames {
    pub(crate) fn read(attributes: &[Attribute]) -> Self {
        let mut names = Self::default();
        for_each_key(attributes, |meta| {
            if meta.path.is_ident("rename_all") {
                names.rename_all = serialize_name(meta)?.map(|rule| rule.value());
            } else if meta.path.is_ident("tag") {
                names.tag = Some(meta.value()?.parse()?);
            } else if meta.path.is_ident("into") || meta.path.is_ident("transparent") {
                names.other_type = true;
                skip_value(meta)?;
            } else {
                skip_value(meta)?;
            }
            Ok(())
        });
        names
    }
}

impl FieldNames {
    pub(crate) fn read(attributes: &[Attribute]) -> Self {
        let mut names = Self::default();
        for_each_key(attributes, |meta| {
            if meta.path.is_ident("rename") {
                names.rename = serialize_name(meta)?;
            } else {
                names.flatten |= meta.path.is_ident("flatten");
                names.written_otherwise |=
                    meta.path.is_ident("with") || meta.path.is_ident("serialize_with");
                if ["skip", "skip_serializing", "skip_deserializing"]
                    .iter()
                    .any(|key| meta.path.is_ident(key))
                {
                    names.skip = Some(meta.path.clone());
                }
                skip_value(meta)?;
            }
            Ok(())
        });
        names
    }

    /// Returns the field's member in the payload; `None` if it has none.
    pub(crate) fn payload_member(&self, field: &str, container: &ContainerNames) -> Option<String> {
        let is_written = self
            .skip
            .as_ref()
            .is_none_or(|key| key.is_ident("skip_deserializing"));
        if !is_written || self.flatten || container.other_type {
            return None;
        }
        Some(match (&self.rename, &container.rename_all) {
            (Some(rename), _) => rename.value(),
            (None, Some(rule)) => renamed_field(field, rule),
            (None, None) => field.to_owned(),
        })
    }

    /// Returns the key that keeps the field out of the payload, or out of what is read.
    pub(crate) fn skip_key(&self) -> Option<&Path> {
        self.skip.as_ref()
    }

    /// Returns the name that replaces the field's own.
    pub(crate) fn rename_value(&self) -> Option<&LitStr> {
        self.rename.as_ref()
    }
}

fn for_each_key(
    attributes: &[Attribute],
    mut read: impl FnMut(&ParseNestedMeta<'_>) -> syn::Result<()>,
) {
    for attribute in attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("serde"))
    {
        // What cannot be read here, serde's own derive reports.
        let _ = attribute.parse_nested_meta(|meta| read(&meta));
    }
}

/// Reads `= "name"` or `(serialize = "name", ...)`.
fn serialize_name(meta: &ParseNestedMeta<'_>) -> syn::Result<Option<LitStr>> {
    if !meta.input.peek(token::Paren) {
        return meta.value()?.parse().map(Some);
    }
    let mut name = None;
    meta.parse_nested_meta(|meta| {
        let value: LitStr = meta.value()?.parse()?;
        if meta.path.is_ident("serialize") {
            name = Some(value);
        }
        Ok(())
    })?;
    Ok(name)
}

fn skip_value(meta: &ParseNestedMeta<'_>) -> syn::Result<()> {
    if meta.input.peek(Token![=]) {
        meta.value()?.parse::<syn::Expr>()?;
    } else if meta.input.peek(token::Paren) {
        let content;
        syn::parenthesized!(content in meta.input);
        content.parse::<proc_macro2::TokenStream>()?;
    }
    Ok(())
}

/// Applies serde's `rename_all` to a field, whose name serde expects in `snake_case`.
fn renamed_field(field: &str, rule: &str) -> String {
    let pascal = || -> String { field.split('_').map(capitalized).collect() };
    match rule {
        "UPPERCASE" | "SCREAMING_SNAKE_CASE" => field.to_ascii_uppercase(),
        "PascalCase" => pascal(),
        "camelCase" => {
            let pascal = pascal();
            let mut characters = pascal.chars();
            characters
                .next()
                .map(|first| first.to_ascii_lowercase().to_string() + characters.as_str())
                .unwrap_or_default()
        }
        "kebab-case" => field.replace('_', "-"),
        "SCREAMING-KEBAB-CASE" => field.to_ascii_uppercase().replace('_', "-"),
        _ => field.to_owned(),
    }
}

fn capitalized(word: &str) -> String {
    let mut characters = word.chars();
    characters
        .next()
        .map(|first| first.to_ascii_uppercase().to_string() + characters.as_str())
        .unwrap_or_default()
}
