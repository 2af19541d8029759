//! An event with a value for every column, and an event with as few as possible.

use chrono::{TimeZone, Utc};
use outbox_core::{Envelope, OutboxEvent, TraceParent, TraceState};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, OutboxEvent)]
#[outbox(
    event_type = "com.example.order.placed",
    source = "/orders",
    topic = "orders.v1",
    dataschema = "https://example.com/order.json"
)]
pub(crate) struct Placed {
    #[aggregate_id]
    order_id: String,
    #[partition_key]
    tenant: String,
    #[partition_key]
    shelf: u8,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, OutboxEvent)]
#[outbox(event_type = "com.example.order.closed", source = "/orders")]
pub(crate) struct Closed {
    #[aggregate_id]
    order_id: String,
}

pub(crate) fn placed() -> Envelope<Placed> {
    let event = Placed {
        order_id: "für \"7\"".to_owned(),
        tenant: "acme:eu".to_owned(),
        shelf: 3,
    };
    Envelope::new(event)
        .expect("it is valid")
        .with_occurred_at(Utc.with_ymd_and_hms(2026, 1, 1, 0, 0, 0).unwrap())
        .with_correlation_id(Uuid::from_u128(2))
        .with_causation_id(Uuid::from_u128(3))
        .with_trace_parent(TraceParent::from_static(
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        ))
        .with_trace_state(TraceState::new("rojo=1").expect("a tracestate"))
}

pub(crate) fn closed() -> Envelope<Closed> {
    let order_id = "7".to_owned();
    Envelope::new(Closed { order_id }).expect("it is valid")
}
