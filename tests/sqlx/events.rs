//! The events that the tests store.

use chrono::{DateTime, Utc};
use outbox_core::{Envelope, ExtensionName, OutboxEvent, TraceParent, TraceState};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, OutboxEvent)]
#[outbox(
    event_type = "com.example.order.placed",
    source = "/orders",
    data_version = "2.1",
    topic = "orders",
    dataschema = "https://example.com/order.json"
)]
pub(crate) struct Placed {
    #[aggregate_id]
    pub(crate) order: u64,
    #[partition_key]
    tenant: String,
    #[outbox(extension)]
    region: Option<String>,
    note: String,
}

/// An event without any optional value.
pub(crate) fn plain(order: u64) -> Envelope<Placed> {
    Envelope::new(Placed {
        order,
        tenant: "acme's \"ä\" {1,NULL,\\}".to_owned(),
        region: None,
        note: "nul: \0, tab: \t".to_owned(),
    })
    .expect("it is valid")
}

/// An event with every optional value.
pub(crate) fn full(order: u64) -> Envelope<Placed> {
    let event = Placed {
        region: Some("eu".to_owned()),
        ..plain(order).into_event()
    };
    let time: DateTime<Utc> = "2026-01-01T00:00:00.123456Z".parse().expect("a time");
    Envelope::new(event)
        .expect("it is valid")
        .with_occurred_at(time)
        .with_correlation_id(Uuid::from_u128(2))
        .with_causation_id(Uuid::from_u128(3))
        .with_trace_parent(TraceParent::from_static(
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        ))
        .with_trace_state(TraceState::new("rojo=1").expect("a tracestate"))
        .with_extension(ExtensionName::from_static("attempt"), 3)
}

/// Returns events, the first half plain and the second half full.
pub(crate) fn many(count: u64) -> Vec<Envelope<Placed>> {
    let event = |order| match order {
        order if order < count / 2 => plain(order),
        order => full(order),
    };
    (0..count).map(event).collect()
}
