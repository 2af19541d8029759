//! The span of each send, by OpenTelemetry's [conventions for messaging].
//!
//! A span is the root of a trace of its own, with a link to the trace that the event was made in: the event can be sent
//! days later, and several times. Its kind is `client`, since consumers continue the event's own trace, and not the
//! relay's.
//!
//! [conventions for messaging]: https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/

#[cfg(feature = "opentelemetry")]
mod link;

use tracing::field::Empty;
use tracing::{Instrument, Level, Span};

use crate::event::Event;
use crate::sink::{SendError, Sink};

/// The target of the spans. `docs/watching.md` names it, and the binary exports it.
const TARGET: &str = "outbox_relay::trace";

/// Sends an event in a span of its own, if anybody listens.
pub(super) async fn send<K: Sink>(sink: &K, relay: &str, event: &Event) -> Result<(), SendError> {
    if !tracing::span_enabled!(target: TARGET, Level::DEBUG) {
        return sink.send(event).await;
    }
    let span = start(sink, relay, event);
    // In a box, so that a send takes no more memory where nobody listens.
    let result = Box::pin(sink.send(event).instrument(span.clone())).await;
    if let Err(error) = &result {
        fail(&span, error);
    }
    result
}

fn start<K: Sink>(sink: &K, relay: &str, event: &Event) -> Span {
    let row = event.row();
    let destination = sink.destination(event);
    let span = tracing::debug_span!(
        target: TARGET,
        parent: None,
        "send",
        otel.name = format_args!("send {destination}"),
        otel.kind = "client",
        otel.status_code = Empty,
        otel.status_description = Empty,
        error.type = Empty,
        messaging.system = sink.system(),
        messaging.operation.type = "send",
        messaging.operation.name = "send",
        messaging.destination.name = &*destination,
        messaging.message.id = display(row.id),
        messaging.message.conversation_id = row.correlation_id.map(display),
        cloudevents.event_id = display(row.id),
        cloudevents.event_source = row.source,
        cloudevents.event_type = row.event_type,
        outbox_relay.name = relay,
        outbox_relay.seq = event.seq(),
    );
    #[cfg(feature = "opentelemetry")]
    link::add(&span, row);
    span
}

fn fail(span: &Span, error: &SendError) {
    span.record("error.type", error.kind());
    span.record("otel.status_code", "error");
    span.record("otel.status_description", error.reason());
}
