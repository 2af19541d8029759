//! The link to the trace that an event was made in.

use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceId, TraceState};
use outbox_core::OutboxRow;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

pub(super) fn add(span: &Span, row: &OutboxRow) {
    let state = row.trace_state.as_deref().unwrap_or_default();
    let context = row
        .trace_parent
        .as_deref()
        .and_then(|parent| span_context(parent, state));
    if let Some(context) = context {
        span.add_link(context);
    }
}

/// Reads W3C Trace Context, section 3.2: `version-trace-parent-flags`. A trace state that cannot be read is left out.
fn span_context(trace_parent: &str, trace_state: &str) -> Option<SpanContext> {
    let mut fields = trace_parent.split('-').skip(1);
    Some(SpanContext::new(
        TraceId::from_hex(fields.next()?).ok()?,
        SpanId::from_hex(fields.next()?).ok()?,
        TraceFlags::new(u8::from_str_radix(fields.next()?, 16).ok()?),
        true,
        trace_state.parse::<TraceState>().unwrap_or_default(),
    ))
}
