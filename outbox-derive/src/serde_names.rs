//! The names that serde gives to a struct's members, as far as its attributes tell. Mistakes in them are
//! serde's to report.

use syn::meta::ParseNestedMeta;
use syn::{Attribute, ExprPath, LitStr, Path, Token, token};

/// `#[serde(...)]` on the struct.
#[derive(Default)]
pub(crate) struct ContainerNames {
    rename_all: Option<String>,
    /// The member that `#[serde(tag = "...")]` adds.
    pub(crate) tag: Option<LitStr>,
    /// The struct is written as another type, so its own fields say nothing of the payload.
    other_type: bool,
    /// The struct is converted into another type to be written.
    is_converted: bool,
    /// The struct is read as another type, so its own fields say nothing of what is read.
    read_as_other: bool,
    /// Every field has a default.
    default: bool,
    deny_unknown_fields: Option<Path>,
}

/// `#[serde(...)]` on a field.
#[derive(Default)]
pub(crate) struct FieldNames {
    rename: Option<LitStr>,
    /// The key that may keep the field out of the payload.
    skip_if: Option<Path>,
    /// The function of that key.
    skip_function: Option<ExprPath>,
    /// The field has a default of its own.
    default: bool,
    /// Whether the field is read in another form than its type has.
    read_otherwise: bool,
    /// The key that keeps the field out of the payload.
    unwritten: Option<Path>,
    /// The key that lets the field be its default when the event is read.
    unread: Option<Path>,
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
            } else {
                let is_one_of = |keys: &[&str]| keys.iter().any(|key| meta.path.is_ident(key));
                names.other_type |= is_one_of(&["into", "transparent"]);
                names.is_converted |= is_one_of(&["into"]);
                names.read_as_other |= is_one_of(&["from", "try_from", "transparent"]);
                names.default |= is_one_of(&["default"]);
                if is_one_of(&["deny_unknown_fields"]) {
                    names.deny_unknown_fields = Some(meta.path.clone());
                }
                skip_value(meta)?;
            }
            Ok(())
        });
        names
    }

    /// Returns the key that refuses members which no field reads.
    pub(crate) fn deny_key(&self) -> Option<&Path> {
        let key = self.deny_unknown_fields.as_ref();
        key.filter(|_| !self.read_as_other && !self.other_type)
    }
}

impl FieldNames {
    pub(crate) fn read(attributes: &[Attribute]) -> Self {
        let mut names = Self::default();
        for_each_key(attributes, |meta| {
            if meta.path.is_ident("rename") {
                names.rename = serialize_name(meta)?;
            } else {
                let is_one_of = |keys: &[&str]| keys.iter().any(|key| meta.path.is_ident(key));
                names.flatten |= is_one_of(&["flatten"]);
                names.default |= is_one_of(&["default"]);
                names.written_otherwise |= is_one_of(&["with", "serialize_with"]);
                names.read_otherwise |= is_one_of(&["with", "deserialize_with"]);
                if is_one_of(&["skip", "skip_serializing"]) {
                    names.unwritten = Some(meta.path.clone());
                }
                if is_one_of(&["skip", "skip_deserializing"]) {
                    names.unread = Some(meta.path.clone());
                }
                if is_one_of(&["skip_serializing_if"]) {
                    names.skip_if = Some(meta.path.clone());
                    let function: LitStr = meta.value()?.parse()?;
                    names.skip_function = function.parse().ok();
                } else {
                    skip_value(meta)?;
                }
            }
            Ok(())
        });
        names
    }

    /// Returns the field's member in the payload; `None` if it has none.
    pub(crate) fn payload_member(&self, field: &str, container: &ContainerNames) -> Option<String> {
        if self.unwritten.is_some() || self.flatten || container.other_type {
            return None;
        }
        Some(match (&self.rename, &container.rename_all) {
            (Some(rename), _) => rename.value(),
            (None, Some(rule)) => renamed_field(field, rule),
            (None, None) => field.to_owned(),
        })
    }

    /// Returns whether the struct can be read without this field, as far as serde's attributes tell.
    pub(crate) fn may_be_absent(&self, is_option: bool, container: &ContainerNames) -> bool {
        let is_absent_option = is_option && !self.read_otherwise;
        // What a flattened field needs is its own type's business.
        let is_told_elsewhere = self.flatten || container.read_as_other || container.other_type;
        self.unread.is_some()
            || self.default
            || container.default
            || is_absent_option
            || is_told_elsewhere
    }

    /// Returns the key that keeps, or may keep, the field out of the payload.
    pub(crate) fn unwritten_key(&self) -> Option<&Path> {
        self.unwritten.as_ref().or(self.skip_if.as_ref())
    }

    /// Returns whether the field is written in the form that its type has.
    pub(crate) fn is_written_as_is(&self, container: &ContainerNames) -> bool {
        self.unwritten.is_none() && !self.written_otherwise && !container.is_converted
    }

    /// Returns whether the field is read in the form that its type has.
    pub(crate) fn is_read_as_is(&self) -> bool {
        self.unread.is_none() && !self.read_otherwise
    }

    /// Returns the function that says whether the field is left out.
    pub(crate) fn skip_function(&self) -> Option<&ExprPath> {
        self.skip_function.as_ref()
    }

    /// Returns the key that lets the field be its default when the event is read.
    pub(crate) fn unread_key(&self) -> Option<&Path> {
        self.unread.as_ref()
    }

    /// Returns whether the field's own members are the payload's.
    pub(crate) fn is_flattened(&self) -> bool {
        self.flatten
    }

    /// Returns the key that keeps the field out of the payload, or out of what is read.
    pub(crate) fn skip_key(&self) -> Option<&Path> {
        self.unwritten.as_ref().or(self.unread.as_ref())
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
