//! Items for derived code only; `__private` re-exports them.

use schemars::JsonSchema;

use super::catalog::Catalog;
use super::published::Published;
use crate::event::OutboxEvent;

pub use super::constraints::{DescribeRules, Marked, NoRules, RulesOf, SchemaRules};
// The twins of the derive are in a crate that may not depend on schemars by this name.
pub use super::facts::{EventFacts, KeyFacts};
pub use schemars;
pub use std::marker::PhantomData;

/// The names that the code of schemars' derive expects in scope; a user may shadow them, or have no prelude.
pub mod schemars_scope {
    pub use core::convert::{From, Into};
    pub use core::default::Default;
    pub use core::iter::{Extend, IntoIterator, Iterator};
    pub use core::option::Option::{self, None, Some};
    pub use core::primitive::{bool, str};
    pub use std::borrow::ToOwned;
    pub use std::string::ToString;
}

/// A type that leads to the twin of another one. The twin is outside of the scope of the user's types.
pub trait HasTwin {
    /// The twin.
    type Twin: JsonSchema;
}

/// A struct whose contract is known. A derived impl requires it with `for<'s>`, which the compiler does not
/// check until the impl is used.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no contract",
    label = "`{Self}` has no JSON schema",
    note = "derive `schemars::JsonSchema` for it, and for the types of its fields"
)]
pub trait Described<'s>: OutboxEvent + JsonSchema {}

#[diagnostic::do_not_recommend]
impl<E: OutboxEvent + JsonSchema> Described<'_> for E {}

/// An event of a set whose contract is known.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no contract",
    label = "`{Self}` has no JSON schema",
    note = "derive `schemars::JsonSchema` for it, and for the types of its fields"
)]
pub trait PublishedMember<'s>: Published {}

#[diagnostic::do_not_recommend]
impl<E: Published> PublishedMember<'_> for E {}

/// Adds an event to the catalogue.
#[track_caller]
pub fn publish_event<E: OutboxEvent + JsonSchema>(catalog: &mut Catalog, facts: EventFacts) {
    catalog.add_with::<E>(facts);
}

/// Adds an older version of an event to the catalogue.
#[track_caller]
pub fn publish_older<E: Published>(catalog: &mut Catalog) {
    catalog.add_older::<E>();
}
