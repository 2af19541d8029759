//! The raw model, as the user wrote it, and the checked model.
//!
//! The checked model can be expanded. It leaves out a part with a mistake and keeps the rest, so that one
//! mistake is one error.

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;
use syn::{Attribute, Expr, ExprPath, Generics, LitStr, Member, Type};

use crate::entries::Entries;
use crate::serde_names::{ContainerNames, FieldNames};

/// A struct with its attributes as they are written.
pub(crate) struct RawEvent {
    pub(crate) ident: Ident,
    pub(crate) generics: Generics,
    /// The lines of the doc comment.
    pub(crate) description: Vec<Expr>,
    /// The keys of `#[outbox(...)]`.
    pub(crate) settings: Entries,
    /// True if `#[aggregate_id]` is on the struct.
    pub(crate) has_misplaced_id: bool,
    /// `#[partition_key(...)]` on the struct.
    pub(crate) partition_key: Vec<Attribute>,
    pub(crate) serde: ContainerNames,
    /// `None` if it is not a struct with named fields.
    pub(crate) fields: Option<Vec<RawField>>,
}

impl RawEvent {
    pub(crate) fn fields(&self) -> impl Iterator<Item = &RawField> {
        self.fields.iter().flatten()
    }
}

/// A field with its attributes as they are written.
pub(crate) struct RawField {
    pub(crate) member: Member,
    /// The path in a violation: the name in Rust without `r#`; empty for the only field of a
    /// newtype, as in `Sku(String)`.
    pub(crate) path: String,
    /// The name in the payload, if it has one there.
    pub(crate) payload_member: Option<String>,
    pub(crate) ty: Type,
    /// The names of all its attributes.
    pub(crate) attributes: Vec<Ident>,
    pub(crate) aggregate_id: Vec<Attribute>,
    pub(crate) partition_key: Vec<Attribute>,
    /// The keys of `#[outbox(...)]`.
    pub(crate) settings: Entries,
    /// The rules of `#[validate(...)]`.
    pub(crate) rules: Entries,
    pub(crate) serde: FieldNames,
    /// True if the field is written in the form of its type.
    pub(crate) is_written_as_is: bool,
    /// True if the field is read in the form of its type.
    pub(crate) is_read_as_is: bool,
}

/// An enum with its attributes as they are written.
pub(crate) struct RawSet {
    pub(crate) ident: Ident,
    pub(crate) generics: Generics,
    /// The keys of `#[outbox(...)]`.
    pub(crate) settings: Entries,
    pub(crate) variants: Vec<Variant>,
}

/// A type with rules of its own, as it is written.
pub(crate) struct RawValue {
    pub(crate) ident: Ident,
    pub(crate) generics: Generics,
    /// The keys of `#[outbox(...)]`.
    pub(crate) settings: Entries,
    pub(crate) shapes: Vec<RawShape>,
}

/// A struct, or a variant of an enum.
pub(crate) struct RawShape {
    /// `None` for a struct.
    pub(crate) variant: Option<Ident>,
    pub(crate) fields: Vec<RawField>,
}

/// A newtype, as it is written.
pub(crate) struct RawNewtype {
    pub(crate) derived: NewtypeTrait,
    pub(crate) ident: Ident,
    pub(crate) generics: Generics,
    /// The keys of `#[outbox(...)]`.
    pub(crate) settings: Entries,
    /// The keys of `#[outbox(...)]` on the field.
    pub(crate) field_settings: Entries,
    /// `None` if it is not a struct with one field.
    pub(crate) field: Option<InnerField>,
}

/// The one field of a newtype.
pub(crate) struct InnerField {
    pub(crate) member: Member,
    pub(crate) ty: Type,
}

/// The settings of `#[outbox(...)]` on a type.
pub(crate) struct Settings {
    pub(crate) parts: Vec<Part>,
    pub(crate) upcast_from: Vec<Type>,
    pub(crate) validate_with: Option<ExprPath>,
    /// True if the event can be sent as a flat message.
    pub(crate) flat_message: bool,
    /// The path of outbox-core, if it is not `::outbox_core`.
    pub(crate) krate: Option<ExprPath>,
}

impl Settings {
    /// No settings yet.
    pub(crate) const DEFAULT: Self = Self {
        parts: Vec::new(),
        upcast_from: Vec::new(),
        validate_with: None,
        flat_message: true,
        krate: None,
    };

    pub(crate) fn part(&self, name: &str) -> Option<&Part> {
        self.parts.iter().find(|part| part.name == name)
    }

    /// Returns the event's type, by either key.
    pub(crate) fn event_type(&self) -> Option<&Text> {
        let part = self.part("event_type");
        part.or(self.part("legacy_event_type"))?.value.as_ref()
    }
}

/// A part of the definition, by its key.
pub(crate) struct Part {
    pub(crate) name: &'static str,
    /// `None` after a reported mistake.
    pub(crate) value: Option<Text>,
}

/// A text with a rule.
pub(crate) enum Text {
    /// It obeys the rule.
    Literal(LitStr),
    /// The compiler is to check it.
    Expr(Expr),
}

impl ToTokens for Text {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            Self::Literal(text) => text.to_tokens(tokens),
            Self::Expr(value) => value.to_tokens(tokens),
        }
    }
}

pub(crate) struct Event {
    pub(crate) ident: Ident,
    pub(crate) generics: Generics,
    pub(crate) description: Vec<Expr>,
    pub(crate) settings: Settings,
    pub(crate) aggregate_id: Option<KeyField>,
    pub(crate) partition_key: PartitionKey,
    pub(crate) occurred_at: Option<Field>,
    pub(crate) extensions: Vec<Extension>,
    pub(crate) rules: Vec<FieldRule>,
    /// The type parameters that are used outside of nested values.
    pub(crate) used_parameters: Vec<Ident>,
    /// The members of the flat message that are also the payload's own.
    pub(crate) shared_members: Vec<&'static str>,
}

/// The key that orders the events.
pub(crate) enum PartitionKey {
    /// The aggregate id, if there is no field.
    Fields(Vec<KeyField>),
    /// The result of this function of the event.
    With(ExprPath),
}

/// A set of events.
pub(crate) struct Set {
    pub(crate) ident: Ident,
    pub(crate) generics: Generics,
    pub(crate) settings: Settings,
    pub(crate) variants: Vec<Variant>,
}

pub(crate) struct Variant {
    pub(crate) ident: Ident,
    /// The event; `None` after a reported mistake.
    pub(crate) event: Option<Type>,
}

/// A type with rules of its own.
pub(crate) struct Value {
    pub(crate) ident: Ident,
    pub(crate) generics: Generics,
    pub(crate) settings: Settings,
    pub(crate) shapes: Vec<Shape>,
    /// The type parameters that are used outside of nested values.
    pub(crate) used_parameters: Vec<Ident>,
}

/// A struct, or a variant of an enum.
pub(crate) struct Shape {
    /// `None` for a struct.
    pub(crate) variant: Option<Ident>,
    pub(crate) rules: Vec<FieldRule>,
}

/// A newtype, which gets a trait from its field.
pub(crate) struct Newtype {
    pub(crate) derived: NewtypeTrait,
    pub(crate) ident: Ident,
    pub(crate) generics: Generics,
    pub(crate) settings: Settings,
    /// `None` after a reported mistake.
    pub(crate) field: Option<InnerField>,
}

/// The trait that a newtype gets from its field.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum NewtypeTrait {
    KeyPart,
    ToExtensionValue,
}

impl NewtypeTrait {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::KeyPart => "KeyPart",
            Self::ToExtensionValue => "ToExtensionValue",
        }
    }
}

pub(crate) struct Field {
    pub(crate) member: Member,
    pub(crate) path: String,
    pub(crate) ty: Type,
    /// The name in the payload, if it has one there.
    #[cfg_attr(
        not(feature = "schema"),
        allow(dead_code, reason = "the contract says it")
    )]
    pub(crate) payload_member: Option<String>,
}

impl From<&RawField> for Field {
    fn from(raw: &RawField) -> Self {
        Self {
            member: raw.member.clone(),
            path: raw.path.clone(),
            ty: raw.ty.clone(),
            payload_member: raw.payload_member.clone(),
        }
    }
}

pub(crate) struct KeyField {
    pub(crate) field: Field,
    /// True if the key is the text of `Display`, not of `KeyPart`.
    pub(crate) is_display: bool,
}

/// A field that is also sent as an attribute.
pub(crate) struct Extension {
    pub(crate) field: Field,
    pub(crate) name: Text,
}

pub(crate) struct FieldRule {
    pub(crate) field: Field,
    /// The rule's name as it is written; the rule's own mistakes are reported at its place.
    pub(crate) name: Ident,
    pub(crate) rule: Rule,
    /// The message that replaces the default message.
    pub(crate) message: Option<Expr>,
}

pub(crate) enum Rule {
    Email,
    Url,
    Length(Vec<Bound>),
    Range(Vec<Bound>),
    Required {
        /// True if a value that is written as `null` is read back as absent.
        is_null_absent: bool,
    },
    Nested,
    Custom(ExprPath),
    /// Each float that is written is finite. The function decides whether the field is left out.
    Finite(Option<ExprPath>),
}

/// A bound of a `length` or a `range` rule.
pub(crate) struct Bound {
    pub(crate) name: &'static str,
    pub(crate) value: Expr,
}

impl Bound {
    pub(crate) fn is_exclusive(&self) -> bool {
        self.name.starts_with("exclusive_")
    }
}

/// Returns the lower and the upper bound, if there are both.
pub(crate) fn lower_and_upper(bounds: &[Bound]) -> Option<(&Bound, &Bound)> {
    let find = |end: &str| bounds.iter().find(|bound| bound.name.ends_with(end));
    find("min").zip(find("max"))
}
