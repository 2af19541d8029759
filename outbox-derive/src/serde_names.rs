//! The names that serde gives to a struct's members, as far as its attributes show. serde itself reports
//! mistakes in them.

use syn::meta::ParseNestedMeta;
use syn::{Attribute, ExprPath, LitStr, Path, Token, token};

/// `#[serde(...)]` on the struct.
#[derive(Default)]
pub(crate) struct ContainerNames {
    keys: Keys,
    rename_all: Option<String>,
    /// The member that `#[serde(tag = "...")]` adds.
    pub(crate) tag: Option<LitStr>,
}

/// `#[serde(...)]` on a field.
#[derive(Default)]
pub(crate) struct FieldNames {
    keys: Keys,
    rename: Option<LitStr>,
    /// The function of `skip_serializing_if`.
    skip_function: Option<ExprPath>,
}

/// The keys of `#[serde(...)]`.
#[derive(Default)]
struct Keys(Vec<Path>);

impl Keys {
    fn has_one_of(&self, names: &[&str]) -> bool {
        self.find_one_of(names).is_some()
    }

    fn find_one_of(&self, names: &[&str]) -> Option<&Path> {
        let is_named = |key: &&Path| names.iter().any(|name| key.is_ident(name));
        self.0.iter().find(is_named)
    }
}

impl ContainerNames {
    pub(crate) fn read(attributes: &[Attribute]) -> Self {
        let mut names = Self::default();
        for_each_key(attributes, |meta| {
            names.keys.0.push(meta.path.clone());
            if meta.path.is_ident("rename_all") {
                names.rename_all = serialize_name(meta)?.map(|rule| rule.value());
            } else if meta.path.is_ident("tag") {
                names.tag = Some(meta.value()?.parse()?);
            } else {
                skip_value(meta)?;
            }
            Ok(())
        });
        names
    }

    /// Returns whether the struct is written as another type, so that its own fields do not describe the payload.
    fn is_written_as_other(&self) -> bool {
        self.keys.has_one_of(&["into", "transparent"])
    }

    /// Returns whether the struct is read as another type, so that its own fields do not decide what is read.
    fn is_read_as_other(&self) -> bool {
        self.keys.has_one_of(&["from", "try_from", "transparent"])
    }

    /// Returns the key that refuses members which no field reads.
    pub(crate) fn deny_key(&self) -> Option<&Path> {
        let key = self.keys.find_one_of(&["deny_unknown_fields"]);
        key.filter(|_| !self.is_read_as_other() && !self.is_written_as_other())
    }
}

impl FieldNames {
    pub(crate) fn read(attributes: &[Attribute]) -> Self {
        let mut names = Self::default();
        for_each_key(attributes, |meta| {
            names.keys.0.push(meta.path.clone());
            if meta.path.is_ident("rename") {
                names.rename = serialize_name(meta)?;
            } else if meta.path.is_ident("skip_serializing_if") {
                let function: LitStr = meta.value()?.parse()?;
                names.skip_function = function.parse().ok();
            } else {
                skip_value(meta)?;
            }
            Ok(())
        });
        names
    }

    /// Returns the field's member in the payload; `None` if it has none.
    pub(crate) fn payload_member(&self, field: &str, container: &ContainerNames) -> Option<String> {
        if self.unwritten_key().is_some() || self.is_flattened() || container.is_written_as_other()
        {
            return None;
        }
        Some(match (&self.rename, &container.rename_all) {
            (Some(rename), _) => rename.value(),
            (None, Some(rule)) => renamed_field(field, rule),
            (None, None) => field.to_owned(),
        })
    }

    /// Returns whether the struct can be read without this field, as far as serde's attributes show.
    pub(crate) fn may_be_absent(&self, is_option: bool, container: &ContainerNames) -> bool {
        let has_default = self.unread_key().is_some()
            || self.keys.has_one_of(&["default"])
            || container.keys.has_one_of(&["default"])
            || is_option && !self.is_read_otherwise();
        // The type of a flattened field decides which members it needs.
        let is_told_elsewhere =
            self.is_flattened() || container.is_read_as_other() || container.is_written_as_other();
        has_default || is_told_elsewhere
    }

    /// Returns the key that keeps the field out of the payload.
    fn unwritten_key(&self) -> Option<&Path> {
        self.keys.find_one_of(&["skip", "skip_serializing"])
    }

    /// Returns the key that keeps, or may keep, the field out of the payload.
    pub(crate) fn leaving_out_key(&self) -> Option<&Path> {
        let key = self.unwritten_key();
        key.or_else(|| self.keys.find_one_of(&["skip_serializing_if"]))
    }

    /// Returns the key that lets the field be its default when the event is read.
    pub(crate) fn unread_key(&self) -> Option<&Path> {
        self.keys.find_one_of(&["skip", "skip_deserializing"])
    }

    /// Returns the key that keeps the field out of the payload, or out of what is read.
    pub(crate) fn skip_key(&self) -> Option<&Path> {
        self.unwritten_key().or_else(|| self.unread_key())
    }

    /// Returns the function that decides whether the field is left out.
    pub(crate) fn skip_function(&self) -> Option<&ExprPath> {
        self.skip_function.as_ref()
    }

    /// Returns whether the field is written in another form than its type has.
    pub(crate) fn is_written_otherwise(&self) -> bool {
        self.keys.has_one_of(&["with", "serialize_with"])
    }

    /// Returns whether the field is read in another form than its type has.
    fn is_read_otherwise(&self) -> bool {
        self.keys.has_one_of(&["with", "deserialize_with"])
    }

    /// Returns whether the field is written in the form that its type has.
    pub(crate) fn is_written_as_is(&self, container: &ContainerNames) -> bool {
        let is_converted = container.keys.has_one_of(&["into"]);
        self.unwritten_key().is_none() && !self.is_written_otherwise() && !is_converted
    }

    /// Returns whether the field is read in the form that its type has.
    pub(crate) fn is_read_as_is(&self) -> bool {
        self.unread_key().is_none() && !self.is_read_otherwise()
    }

    /// Returns whether the field's own members are the payload's.
    pub(crate) fn is_flattened(&self) -> bool {
        self.keys.has_one_of(&["flatten"])
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
        // serde's own derive reports unreadable attributes.
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
