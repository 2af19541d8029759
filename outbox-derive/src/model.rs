//! The event as it is written (raw), and the event that has passed every check.

use proc_macro2::{Ident, TokenStream};
use syn::ext::IdentExt;
use syn::{Attribute, Expr, Generics, Type};

use crate::serde_names::{ContainerNames, FieldNames};

/// A struct with its attributes as they are written.
pub(crate) struct RawEvent {
    pub(crate) ident: Ident,
    pub(crate) generics: Generics,
    pub(crate) description: Option<String>,
    /// The keys of `#[outbox(...)]`.
    pub(crate) settings: Entries,
    pub(crate) serde: ContainerNames,
    pub(crate) fields: Vec<RawField>,
}

/// A field with its attributes as they are written.
pub(crate) struct RawField {
    pub(crate) ident: Ident,
    pub(crate) ty: Type,
    /// The names of all its attributes.
    pub(crate) attributes: Vec<Ident>,
    pub(crate) aggregate_id: Vec<Attribute>,
    pub(crate) partition_key: Vec<Attribute>,
    /// The rules of `#[validate(...)]`.
    pub(crate) rules: Entries,
    pub(crate) serde: FieldNames,
}

impl RawField {
    /// The field's name in Rust, without `r#`.
    pub(crate) fn name(&self) -> String {
        self.ident.unraw().to_string()
    }
}

/// What stands in the attributes of one name.
pub(crate) struct Entries {
    pub(crate) entries: Vec<Entry>,
    /// Whether all of it could be read.
    pub(crate) is_complete: bool,
}

/// `key`, `key = value` or `key(arguments)`.
pub(crate) struct Entry {
    pub(crate) key: Ident,
    pub(crate) value: EntryValue,
}

pub(crate) enum EntryValue {
    Nothing,
    Expr(Expr),
    Arguments(TokenStream),
}

/// What `#[outbox(...)]` says, known keys only.
#[derive(Default)]
pub(crate) struct Definition {
    pub(crate) parts: Vec<Part>,
}

impl Definition {
    pub(crate) fn has(&self, name: &str) -> bool {
        self.parts.iter().any(|part| part.name == name)
    }
}

/// A part of the definition, by its key.
pub(crate) struct Part {
    pub(crate) name: &'static str,
    /// `None` after a mistake that has been told.
    pub(crate) value: Option<Expr>,
}

/// A struct that has passed every check; whatever stands here can be expanded.
pub(crate) struct Event {
    pub(crate) ident: Ident,
    pub(crate) generics: Generics,
    pub(crate) description: Option<String>,
    pub(crate) aggregate_id: Field,
    /// Empty if the aggregate id is the partition key.
    pub(crate) partition_key: Vec<Field>,
    pub(crate) rules: Vec<FieldRule>,
    /// The members of the flat message that are also the payload's own.
    pub(crate) shared_members: Vec<&'static str>,
}

#[derive(Clone)]
pub(crate) struct Field {
    pub(crate) ident: Ident,
    pub(crate) ty: Type,
}

impl From<&RawField> for Field {
    fn from(raw: &RawField) -> Self {
        Self {
            ident: raw.ident.clone(),
            ty: raw.ty.clone(),
        }
    }
}

impl Field {
    /// The field's name in Rust, without `r#`: its path in a violation.
    pub(crate) fn path(&self) -> String {
        self.ident.unraw().to_string()
    }
}

pub(crate) struct FieldRule {
    pub(crate) field: Field,
    /// The rule's name as it is written; its place is the place of the rule's own mistakes.
    pub(crate) name: Ident,
    pub(crate) rule: Rule,
}

pub(crate) enum Rule {
    Email,
    Length(Box<Length>),
}

/// The bounds of a `length` rule.
pub(crate) struct Length {
    pub(crate) min: Option<Expr>,
    pub(crate) max: Option<Expr>,
    pub(crate) equal: Option<Expr>,
}
