//! The metadata of one event, beside its type and its payload.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use outbox_rules::{self as rules, Attribute};
use uuid::Uuid;

use crate::attributes::{Attributes, CONTENT_TYPE, SPEC_VERSION, Value};
use crate::definition::EventDefinition;
use crate::error::{DecodeError, EncodeError};
use crate::event::{OutboxEvent, declared_extensions};
use crate::extensions::{ExtensionValue, Extensions};
use crate::names::{Source, TraceParent, TraceState};
use crate::time;

/// The ids, the time and the context of one event.
///
/// A part that the event declares itself (its source, its key, ...) is `None` here, unless the event was made or
/// received with another value. So two envelopes of equal parts are equal, however they were made.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Metadata {
    pub(crate) event_id: Uuid,
    pub(crate) occurred_at: DateTime<Utc>,
    pub(crate) context: Context,
    pub(crate) source: Option<Source>,
    pub(crate) aggregate_id: Option<String>,
    pub(crate) partition_key: Option<String>,
    pub(crate) extensions: Extensions,
}

/// The attributes that relate an event to others.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Context {
    pub(crate) correlation_id: Option<Uuid>,
    pub(crate) causation_id: Option<Uuid>,
    pub(crate) trace_parent: Option<TraceParent>,
    pub(crate) trace_state: Option<TraceState>,
}

impl Context {
    fn take_from(attributes: &mut Attributes<'_>) -> Self {
        let trace_parent = attributes.take_text(Attribute::TraceParent);
        let trace_state = attributes.take_text(Attribute::TraceState);
        Self {
            correlation_id: attributes.take_id(Attribute::CorrelationId),
            causation_id: attributes.take_id(Attribute::CausationId),
            trace_parent: trace_parent.map(|text| TraceParent::checked(text.into_owned())),
            trace_state: trace_state.map(|text| TraceState::checked(text.into_owned())),
        }
    }

    fn put_into<'a>(&'a self, attributes: &mut Attributes<'a>) {
        attributes.put_optional(Attribute::CorrelationId, self.correlation_id);
        attributes.put_optional(Attribute::CausationId, self.causation_id);
        let trace_parent = self.trace_parent.as_ref().map(TraceParent::as_str);
        attributes.put_optional(Attribute::TraceParent, trace_parent);
        let trace_state = self.trace_state.as_ref().map(TraceState::as_str);
        attributes.put_optional(Attribute::TraceState, trace_state);
    }
}

/// The facts that an event declares about itself.
pub(crate) struct Declared<'e> {
    pub(crate) definition: &'static EventDefinition,
    pub(crate) aggregate_id: Cow<'e, str>,
    pub(crate) partition_key: Cow<'e, str>,
    pub(crate) occurred_at: Option<DateTime<Utc>>,
    pub(crate) extensions: Extensions,
}

impl<'e> Declared<'e> {
    pub(crate) fn by<E: OutboxEvent>(event: &'e E) -> Self {
        Self {
            definition: event.definition(),
            aggregate_id: event.aggregate_id(),
            partition_key: event.partition_key(),
            occurred_at: event.occurred_at(),
            extensions: declared_extensions(event),
        }
    }
}

impl Metadata {
    pub(crate) fn new(event_id: Uuid, occurred_at: DateTime<Utc>) -> Self {
        Self {
            event_id,
            occurred_at: time::cut(occurred_at),
            context: Context::default(),
            source: None,
            aggregate_id: None,
            partition_key: None,
            extensions: Extensions::new(),
        }
    }

    /// Takes from the [typed](Attributes::make_typed) attributes of a received event what the event does not declare
    /// itself.
    pub(crate) fn received(
        attributes: &mut Attributes<'_>,
        declared: &Declared<'_>,
    ) -> Result<Self, DecodeError> {
        let event_id = attributes.take_id(Attribute::Id);
        let event_id = event_id.ok_or_else(|| attributes.missing(Attribute::Id))?;
        let source = attributes.take_text(Attribute::Source);
        let source = source.ok_or_else(|| attributes.missing(Attribute::Source))?;
        let occurred_at = attributes.take_time().or(declared.occurred_at);
        let occurred_at = occurred_at.ok_or_else(|| attributes.missing(Attribute::Time))?;
        time::check_year(occurred_at).map_err(|reason| {
            attributes.invalid(Attribute::Time, &occurred_at.to_string(), reason)
        })?;
        let aggregate_id = attributes.take_text(Attribute::Subject);
        let partition_key = attributes.take_text(Attribute::PartitionKey);
        let extensions = attributes.take_envelope_extensions();
        Ok(Self {
            context: Context::take_from(attributes),
            source: other_than(Some(source), declared.definition.source()).map(Source::checked),
            aggregate_id: other_than(aggregate_id, &declared.aggregate_id),
            partition_key: other_than(partition_key, &declared.partition_key),
            extensions: extensions.different_from(&declared.extensions),
            ..Self::new(event_id, occurred_at)
        })
    }

    /// Checks the time and the extensions of the event, which neither a type nor
    /// [`Envelope::new`](crate::Envelope::new) has checked.
    pub(crate) fn check_sendable(&self, extensions: &Extensions) -> Result<(), EncodeError> {
        time::check_year(self.occurred_at)
            .map_err(|reason| EncodeError::invalid("time", reason))?;
        for (name, value) in extensions.iter() {
            if let ExtensionValue::String(text) = value {
                rules::sendable(text).map_err(|reason| EncodeError::invalid(name, reason))?;
            }
        }
        Ok(())
    }

    /// Puts all attributes of an event with this metadata.
    pub(crate) fn put_into<'a>(
        &'a self,
        attributes: &mut Attributes<'a>,
        definition: &'static EventDefinition,
        aggregate_id: Cow<'a, str>,
        partition_key: Cow<'a, str>,
        extensions: Extensions,
    ) {
        let source = self.source.as_ref();
        let source = source.map_or(definition.source(), Source::as_str);
        attributes.put(Attribute::SpecVersion, SPEC_VERSION);
        attributes.put(Attribute::Id, self.event_id);
        attributes.put(Attribute::Source, source);
        attributes.put(Attribute::Type, definition.event_type());
        attributes.put(Attribute::Subject, aggregate_id);
        attributes.put(Attribute::Time, Value::Time(self.occurred_at));
        attributes.put(Attribute::DataContentType, CONTENT_TYPE);
        attributes.put_optional(Attribute::DataSchema, definition.dataschema());
        attributes.put(Attribute::DataVersion, definition.data_version());
        attributes.put(Attribute::PartitionKey, partition_key);
        self.context.put_into(attributes);
        if !extensions.is_empty() {
            let extensions = extensions.into_iter();
            attributes
                .put_extensions(extensions.map(|(name, value)| (name.into_text(), value.into())));
        }
    }
}

fn other_than(received: Option<Cow<'_, str>>, declared: &str) -> Option<String> {
    received
        .filter(|received| received != declared)
        .map(Cow::into_owned)
}
