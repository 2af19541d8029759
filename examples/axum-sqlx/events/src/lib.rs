//! The events of the order service. A consumer depends on this crate and on nothing else of the service.

mod ids;
mod money;
pub mod order_cancelled;
pub mod order_placed;

use outbox_core::OutboxEvent;

pub use ids::{CustomerId, OrderId};
pub use money::Money;

/// Every event of the service, for consumers that read all of them.
#[derive(Debug, Clone, PartialEq, OutboxEvent)]
pub enum OrderEvent {
    Placed(order_placed::v2::OrderPlaced),
    Cancelled(order_cancelled::OrderCancelled),
}
