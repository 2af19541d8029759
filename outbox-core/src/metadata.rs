//! The occurrence: what is true of one event and not of all events of its type.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::extensions::Extensions;
use crate::names::{Source, TraceParent, TraceState};

/// Ids, time and context of one event.
///
/// A part that an event says itself (its source, key, ...) is `None` here, unless this event was made or
/// received with another one. So two envelopes of equal parts are equal, whichever way they came.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Metadata {
    pub(crate) event_id: Uuid,
    pub(crate) occurred_at: DateTime<Utc>,
    pub(crate) correlation_id: Option<Uuid>,
    pub(crate) causation_id: Option<Uuid>,
    pub(crate) trace_parent: Option<TraceParent>,
    pub(crate) trace_state: Option<TraceState>,
    pub(crate) source: Option<Source>,
    pub(crate) aggregate_id: Option<String>,
    pub(crate) partition_key: Option<String>,
    pub(crate) extensions: Extensions,
}

impl Metadata {
    pub(crate) fn new(event_id: Uuid, occurred_at: DateTime<Utc>) -> Self {
        Self {
            event_id,
            occurred_at,
            correlation_id: None,
            causation_id: None,
            trace_parent: None,
            trace_state: None,
            source: None,
            aggregate_id: None,
            partition_key: None,
            extensions: Extensions::new(),
        }
    }
}
