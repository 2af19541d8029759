//! Conversions between the spans of `tracing`, with OpenTelemetry's ids, and the attributes of an event. Copy this
//! file.

use std::error::Error;

use opentelemetry::Context;
use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState as OtelTraceState,
};
use outbox_core::{Envelope, OutboxEvent, TraceParent, TraceState};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

pub trait InCurrentTrace {
    /// Returns the event with `traceparent` and `tracestate` of the current span, or unchanged if there is no span.
    #[must_use]
    fn in_current_trace(self) -> Self;
}

impl<E: OutboxEvent> InCurrentTrace for Envelope<E> {
    fn in_current_trace(self) -> Self {
        let Some(span) = current() else {
            return self;
        };
        // Both sides follow W3C Trace Context, so neither text is refused.
        let traced = match TraceParent::new(trace_parent(&span)) {
            Ok(trace_parent) => self.with_trace_parent(trace_parent),
            Err(_) => return self,
        };
        match TraceState::new(span.trace_state().header()) {
            Ok(trace_state) => traced.with_trace_state(trace_state),
            // An empty `tracestate` counts as none.
            Err(_) => traced,
        }
    }
}

/// Returns the current span's context, if the span is part of a trace.
pub fn current() -> Option<SpanContext> {
    let context = Span::current().context();
    let span = context.span().span_context().clone();
    span.is_valid().then_some(span)
}

/// Makes a span the child of the span in which the event was made. An event without a trace changes nothing.
pub fn continue_trace<E>(span: &Span, event: &Envelope<E>) -> Result<(), Box<dyn Error>> {
    let Some(trace_parent) = event.trace_parent() else {
        return Ok(());
    };
    let trace_state = event.trace_state().map_or("", AsRef::as_ref);
    let parent = span_context(trace_parent, trace_state)?;
    span.set_parent(Context::new().with_remote_span_context(parent))?;
    Ok(())
}

fn trace_parent(span: &SpanContext) -> String {
    let (trace, parent, flags) = (span.trace_id(), span.span_id(), span.trace_flags());
    format!("00-{trace}-{parent}-{flags:02x}")
}

/// Reads a `traceparent` as W3C Trace Context says in section 3.2: `version-trace-parent-flags`.
fn span_context(
    trace_parent: &TraceParent,
    trace_state: &str,
) -> Result<SpanContext, Box<dyn Error>> {
    let mut fields = trace_parent.as_str().split('-').skip(1);
    let mut field = || fields.next().ok_or("a traceparent has four fields");
    Ok(SpanContext::new(
        TraceId::from_hex(field()?)?,
        SpanId::from_hex(field()?)?,
        TraceFlags::new(u8::from_str_radix(field()?, 16)?),
        true,
        trace_state.parse::<OtelTraceState>()?,
    ))
}
