//! The trait of events whose contract can be published.

use super::catalog::Catalog;

/// An event or a set of events whose contract can be published. The derive of
/// [`OutboxEvent`](macro@crate::OutboxEvent) implements it, for a struct that is
/// [`JsonSchema`](schemars::JsonSchema) and for an enum of such structs.
///
/// Implement it for a hand-written event:
///
/// ```
/// # use std::borrow::Cow;
/// # use outbox_core::{EventDefinition, OutboxEvent};
/// # #[derive(serde::Serialize, schemars::JsonSchema)] struct Shipped { order: String }
/// # impl OutboxEvent for Shipped {
/// #     const DEFINITIONS: &'static [EventDefinition] = &[EventDefinition::new("com.example.order.shipped", "/o")];
/// #     fn aggregate_id(&self) -> Cow<'_, str> { (&self.order).into() }
/// # }
/// use outbox_core::contract::{Catalog, Published};
///
/// impl Published for Shipped {
///     fn publish(catalog: &mut Catalog) {
///         catalog.add::<Self>();
///     }
/// }
/// # assert_eq!(Catalog::new("", "").with::<Shipped>().definitions().count(), 1);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no contract",
    label = "`{Self}` has no JSON schema, or is not an event",
    note = "annotate it with `#[derive(schemars::JsonSchema, OutboxEvent)]`; the types of its fields and the older versions that it names need `JsonSchema` too, but the enum of a set does not"
)]
pub trait Published {
    /// Adds each event, and the older versions that it is made from.
    fn publish(catalog: &mut Catalog);
}

impl<E: Published> Published for Box<E> {
    fn publish(catalog: &mut Catalog) {
        E::publish(catalog);
    }
}
