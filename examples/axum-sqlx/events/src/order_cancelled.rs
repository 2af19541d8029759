//! The event of a cancelled order.

use outbox_core::OutboxEvent;
use serde::{Deserialize, Serialize};

use crate::ids::OrderId;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, OutboxEvent)]
#[outbox(
    event_type = "com.example.order.cancelled",
    source = "/orders",
    topic = "orders"
)]
pub struct OrderCancelled {
    #[aggregate_id]
    pub order_id: OrderId,
    #[validate(length(min = 1, max = 200))]
    pub reason: String,
}
