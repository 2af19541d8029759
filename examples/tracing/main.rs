//! An event carries the trace of the request that made it, and its consumer continues that trace.
//!
//! ```sh
//! cargo run --example tracing --features opentelemetry
//! ```
//!
//! The event takes the trace when it is made. A relay sends it much later, in another trace or in none.

mod trace;

use std::error::Error;

use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::trace::SdkTracerProvider;
use outbox_core::{Envelope, OutboxEvent, OutboxRow};
use serde::{Deserialize, Serialize};
use tracing::info_span;
use tracing_subscriber::Registry;
use tracing_subscriber::layer::SubscriberExt;

use trace::{InCurrentTrace, continue_trace};

/// An order was placed.
#[derive(Debug, PartialEq, Serialize, Deserialize, OutboxEvent)]
#[outbox(event_type = "com.example.order.placed", source = "/orders")]
struct OrderPlaced {
    #[aggregate_id]
    order_id: u64,
}

fn main() -> Result<(), Box<dyn Error>> {
    let provider = SdkTracerProvider::builder().build();
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("orders"));
    let _guard = tracing::subscriber::set_default(Registry::default().with(layer));

    let row = info_span!("POST /orders").in_scope(place_order)?;
    println!("the row has the traceparent {:?}", row.trace_parent);
    read(&row)
}

/// Handles a request, in a span of its own.
fn place_order() -> Result<OutboxRow, Box<dyn Error>> {
    let event = Envelope::new(OrderPlaced { order_id: 7 })?.in_current_trace();
    Ok(event.to_row()?)
}

/// Handles the event in a span that is a child of the request's span.
fn read(row: &OutboxRow) -> Result<(), Box<dyn Error>> {
    let event = Envelope::<OrderPlaced>::from_row(row)?;
    let span = info_span!("on order placed");
    continue_trace(&span, &event)?;
    let here = span
        .in_scope(trace::current)
        .ok_or("the reader is in no trace")?;
    println!("the reader is in the trace {}", here.trace_id());

    let sent = event.trace_parent().ok_or("the event has no trace")?;
    if !sent.as_str().contains(&here.trace_id().to_string()) {
        return Err("the reader is in another trace than the event".into());
    }
    Ok(())
}
