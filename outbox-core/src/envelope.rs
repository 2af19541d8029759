//! The event and its metadata, which every format writes.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use outbox_rules::Attribute;
use uuid::Uuid;

use crate::attributes::Attributes;
use crate::decode::DecodeEvent;
use crate::definition::EventDefinition;
use crate::error::{DecodeError, EncodeError};
use crate::event::{OutboxEvent, declared_extensions};
use crate::extensions::{ExtensionValue, Extensions};
use crate::metadata::{Context, Declared, Metadata};
use crate::names::{ExtensionName, Source, TraceParent, TraceState};
use crate::set::unexpected_type;
use crate::time;
use crate::validate::{ValidationErrors, Violation, merge_verdict};

/// A validated event with its metadata, ready to be written.
///
/// It cannot be changed once it is made, so the event that was validated is the event that is sent. The
/// setters consume the envelope and cannot fail. Names and ids are checked when they are made. A year
/// after 9999 and the text of an extension are checked when the event is written.
///
/// NaN and infinity are serialized as `null` and cannot be read back. [`new`](Self::new) refuses them where the
/// derive sees a field of a float type, also in the containers of the standard library. Do not put them in other
/// fields, such as those of types without `Validate`.
///
/// # Writing and reading
///
/// | format | write | read |
/// |---|---|---|
/// | outbox row | [`to_row`](Self::to_row) | [`from_row`](Self::from_row) |
/// | CloudEvents structured JSON | [`to_cloudevent_json`](Self::to_cloudevent_json) | [`from_cloudevent_json`](Self::from_cloudevent_json) |
/// | Kafka record | [`to_kafka_record`](Self::to_kafka_record) | [`from_kafka_record`](Self::from_kafka_record) |
/// | untyped [`CloudEvent`](crate::CloudEvent) | [`to_cloudevent`](Self::to_cloudevent) | [`from_cloudevent`](Self::from_cloudevent) |
/// | flat message | [`to_message_json`](Self::to_message_json) | [`from_message_json`](Self::from_message_json) |
#[derive(Debug, Clone, PartialEq)]
#[must_use = "insert its row in your transaction"]
pub struct Envelope<E> {
    metadata: Metadata,
    event: E,
}

impl<E: OutboxEvent> Envelope<E> {
    /// Validates the event and stamps it with a new event id and with the time that the event declares, or the
    /// current time. The time is cut to microseconds.
    ///
    /// # The event id
    ///
    /// The event id is a UUID version 7 (RFC 9562 section 5.7) from [`Uuid::now_v7`]. The ids of one process grow,
    /// whatever the clock does, and their random bits come from the operating system.
    ///
    /// uuid's feature `fast-rng` makes an id several times faster: turn it on in your own manifest,
    /// `uuid = { version = "1", features = ["fast-rng"] }`. The random bits then come from a generator in the
    /// process, which does not notice a `fork`: a forked child can draw the same bits as its parent.
    ///
    /// # Panics
    ///
    /// Panics if the operating system cannot provide randomness.
    ///
    /// # Errors
    ///
    /// [`ValidationErrors`] names every violation of the event's own rules, and an aggregate id or a
    /// partition key that is empty or has a character that CloudEvents forbids.
    pub fn new(event: E) -> Result<Self, ValidationErrors> {
        validate(&event)?;
        let occurred_at = event.occurred_at().unwrap_or_else(Utc::now);
        let metadata = Metadata::new(Uuid::now_v7(), occurred_at);
        Ok(Self { metadata, event })
    }

    /// Returns the event's name, such as `com.example.invite.created`.
    #[must_use]
    pub fn event_type(&self) -> &'static str {
        self.definition().event_type()
    }

    /// Returns the kind of the aggregate root, such as `invite`.
    #[must_use]
    pub fn aggregate_type(&self) -> &'static str {
        self.definition().aggregate_type()
    }

    /// Returns the version of the payload, such as `1.0`.
    #[must_use]
    pub fn data_version(&self) -> &'static str {
        self.definition().data_version()
    }

    /// Returns the id of the aggregate root that the event belongs to.
    #[must_use]
    pub fn aggregate_id(&self) -> Cow<'_, str> {
        match &self.metadata.aggregate_id {
            Some(received) => Cow::Borrowed(received),
            None => self.event.aggregate_id(),
        }
    }

    /// Returns the key by which records are ordered.
    #[must_use]
    pub fn partition_key(&self) -> Cow<'_, str> {
        match &self.metadata.partition_key {
            Some(received) => Cow::Borrowed(received),
            None => self.event.partition_key(),
        }
    }

    /// Returns the Kafka topic of the event's record and row: the definition's, or `outbox.event.<aggregate_type>`.
    #[must_use]
    pub fn topic(&self) -> Cow<'static, str> {
        self.definition().topic_or_default()
    }

    /// Returns the event as a member of a set, with the same metadata.
    ///
    /// ```
    /// use outbox_core::{Envelope, OutboxEvent};
    ///
    /// #[derive(serde::Serialize, OutboxEvent)]
    /// #[outbox(event_type = "com.example.step.taken", source = "/walks")]
    /// struct Step {
    ///     #[aggregate_id]
    ///     walk: u32,
    /// }
    ///
    /// #[derive(OutboxEvent)]
    /// enum WalkEvent {
    ///     Step(Step),
    /// }
    ///
    /// let step = Envelope::new(Step { walk: 7 })?;
    /// let id = step.event_id();
    /// let event: Envelope<WalkEvent> = step.into_set();
    /// assert_eq!(event.event_id(), id);
    /// # Ok::<(), outbox_core::ValidationErrors>(())
    /// ```
    pub fn into_set<S: OutboxEvent + From<E>>(self) -> Envelope<S> {
        Envelope {
            metadata: self.metadata,
            event: S::from(self.event),
        }
    }

    /// Returns the source of the event: a URI-reference.
    #[must_use]
    pub fn source(&self) -> &str {
        self.metadata
            .source
            .as_ref()
            .map_or(self.definition().source(), Source::as_str)
    }

    /// Sets a source that is known only at run time; it replaces the definition's source.
    pub fn with_source(mut self, source: Source) -> Self {
        self.metadata.source = Some(source).filter(|source| *source != self.definition().source());
        self
    }

    /// Sets an extension attribute; it replaces one that the event declares.
    pub fn with_extension(mut self, name: ExtensionName, value: impl Into<ExtensionValue>) -> Self {
        let value = value.into();
        if declared_extensions(&self.event).get(name.as_str()) == Some(&value) {
            self.metadata.extensions.remove(&name);
        } else {
            self.metadata.extensions.insert(name, value);
        }
        self
    }

    /// Returns the extension attributes: declared by the event, set, or received.
    #[must_use]
    pub fn extensions(&self) -> Extensions {
        declared_extensions(&self.event).overridden_by(&self.metadata.extensions)
    }

    pub(crate) fn definition(&self) -> &'static EventDefinition {
        self.event.definition()
    }

    /// Puts every attribute that a format writes.
    pub(crate) fn put_into<'a>(
        &'a self,
        attributes: &mut Attributes<'a>,
    ) -> Result<(), EncodeError> {
        let extensions = self.sendable_extensions()?;
        let (aggregate_id, partition_key) = (self.aggregate_id(), self.partition_key());
        let definition = self.definition();
        let metadata = &self.metadata;
        metadata.put_into(
            attributes,
            definition,
            aggregate_id,
            partition_key,
            extensions,
        );
        Ok(())
    }

    /// Returns the extensions, if they and the time can be sent.
    pub(crate) fn sendable_extensions(&self) -> Result<Extensions, EncodeError> {
        let extensions = self.extensions();
        self.metadata.check_sendable(&extensions)?;
        Ok(extensions)
    }
}

impl<E: DecodeEvent> Envelope<E> {
    /// Decodes a received payload and joins it with its attributes.
    pub(crate) fn decode(
        attributes: &mut Attributes<'_>,
        payload: Option<&[u8]>,
    ) -> Result<Self, DecodeError> {
        if let Err(error) = attributes.make_typed() {
            // Events of other producers need not obey the rules of a typed event.
            return Err(foreign::<E>(attributes).unwrap_or(error));
        }
        let payload = payload.ok_or_else(|| DecodeError::missing("data"))?;
        let payload = str::from_utf8(payload).map_err(|_| {
            let found = String::from_utf8_lossy(payload);
            DecodeError::invalid("data", &found, "the payload is JSON, and so UTF-8")
        })?;
        let (event_type, data_version) = attributes.payload_type()?;
        let event = E::decode(event_type, data_version, payload)?;
        Self::with_attributes(attributes, event)
    }

    /// Joins an event that was decoded between its attributes with them.
    pub(crate) fn decoded(attributes: &mut Attributes<'_>, event: E) -> Result<Self, DecodeError> {
        attributes.make_typed()?;
        Self::with_attributes(attributes, event)
    }

    fn with_attributes(attributes: &mut Attributes<'_>, event: E) -> Result<Self, DecodeError> {
        let metadata = Metadata::received(attributes, &Declared::by(&event))?;
        validate(&event)?;
        Ok(Self { metadata, event })
    }
}

/// Returns the error of an event whose type `E` does not read.
fn foreign<E: DecodeEvent>(attributes: &Attributes<'_>) -> Option<DecodeError> {
    let found = attributes.text_of(Attribute::Type)?;
    let is_read = E::__READS
        .iter()
        .any(|definition| definition.event_type() == found);
    (!is_read).then(|| unexpected_type::<E>(found))
}

impl<E> Envelope<E> {
    /// Returns the event's own id, by which consumers recognise a repeated delivery.
    #[must_use]
    pub fn event_id(&self) -> Uuid {
        self.metadata.event_id
    }

    /// Returns the time at which the event happened, in microseconds.
    #[must_use]
    pub fn occurred_at(&self) -> DateTime<Utc> {
        self.metadata.occurred_at
    }

    /// Returns the id that the events of one business process share.
    #[must_use]
    pub fn correlation_id(&self) -> Option<Uuid> {
        self.metadata.context.correlation_id
    }

    /// Returns the id of the event or command that caused this event.
    #[must_use]
    pub fn causation_id(&self) -> Option<Uuid> {
        self.metadata.context.causation_id
    }

    /// Returns the position of the event in a distributed trace.
    #[must_use]
    pub fn trace_parent(&self) -> Option<&TraceParent> {
        self.metadata.context.trace_parent.as_ref()
    }

    /// Returns the data that tracing systems add to the trace parent.
    #[must_use]
    pub fn trace_state(&self) -> Option<&TraceState> {
        self.metadata.context.trace_state.as_ref()
    }

    /// Returns the event.
    #[must_use]
    pub fn event(&self) -> &E {
        &self.event
    }

    /// Returns the event, without its metadata.
    #[must_use]
    pub fn into_event(self) -> E {
        self.event
    }

    /// Sets the event id, for an id that was given from outside, such as an idempotency key.
    pub fn with_event_id(mut self, event_id: Uuid) -> Self {
        self.metadata.event_id = event_id;
        self
    }

    /// Sets the time at which the event happened, cut to microseconds. The payload stays as it is: an event
    /// with a field `occurred_at` of another time has no flat message
    /// ([`EncodeError::AmbiguousMember`](crate::EncodeError::AmbiguousMember)).
    pub fn with_occurred_at(mut self, occurred_at: DateTime<Utc>) -> Self {
        self.metadata.occurred_at = time::cut(occurred_at);
        self
    }

    /// Sets the id that the events of one business process share.
    pub fn with_correlation_id(mut self, correlation_id: Uuid) -> Self {
        self.metadata.context.correlation_id = Some(correlation_id);
        self
    }

    /// Sets the id of the event or command that caused this event.
    pub fn with_causation_id(mut self, causation_id: Uuid) -> Self {
        self.metadata.context.causation_id = Some(causation_id);
        self
    }

    /// Sets the position of the event in a distributed trace.
    pub fn with_trace_parent(mut self, trace_parent: TraceParent) -> Self {
        self.metadata.context.trace_parent = Some(trace_parent);
        self
    }

    /// Sets the data that tracing systems add to the trace parent.
    pub fn with_trace_state(mut self, trace_state: TraceState) -> Self {
        self.metadata.context.trace_state = Some(trace_state);
        self
    }

    /// Makes this event an effect of `cause`: it gets the cause's correlation id (or the cause's event id, if there
    /// is none), the cause's event id as its causation id, and the cause's trace, if there is one.
    ///
    /// ```
    /// # use std::borrow::Cow;
    /// # use outbox_core::{Envelope, EventDefinition, OutboxEvent};
    /// # #[derive(serde::Serialize)] struct Step(u8);
    /// # impl OutboxEvent for Step {
    /// #     const DEFINITIONS: &'static [EventDefinition] = &[EventDefinition::new("com.example.step.taken", "/s")];
    /// #     fn definition(&self) -> &'static EventDefinition { &Self::DEFINITIONS[0] }
    /// #     fn aggregate_id(&self) -> Cow<'_, str> { "walk".into() }
    /// # }
    /// let first = Envelope::new(Step(1))?;
    /// let second = Envelope::new(Step(2))?.caused_by(&first);
    /// let third = Envelope::new(Step(3))?.caused_by(&second);
    ///
    /// assert_eq!(third.correlation_id(), Some(first.event_id()));
    /// assert_eq!(third.causation_id(), Some(second.event_id()));
    /// # Ok::<(), outbox_core::ValidationErrors>(())
    /// ```
    pub fn caused_by<C>(mut self, cause: &Envelope<C>) -> Self {
        self.metadata.context.correlation_id =
            Some(cause.correlation_id().unwrap_or(cause.event_id()));
        self.metadata.context.causation_id = Some(cause.event_id());
        if cause.metadata.context.trace_parent.is_some() {
            let Context {
                trace_parent,
                trace_state,
                ..
            } = &cause.metadata.context;
            self.metadata.context.trace_parent.clone_from(trace_parent);
            self.metadata.context.trace_state.clone_from(trace_state);
        }
        self
    }
}

/// Checks the event's own rules and the rules of all events.
fn validate<E: OutboxEvent>(event: &E) -> Result<(), ValidationErrors> {
    let mut errors = ValidationErrors::new();
    merge_verdict(&mut errors, event.validate());
    merge_verdict(&mut errors, event.__validate_attributes());
    check_aggregate_type(event.definition(), &mut errors);
    errors.into_result()
}

fn check_aggregate_type(definition: &EventDefinition, errors: &mut ValidationErrors) {
    if definition.aggregate_type().is_empty() {
        let message =
            "must not be empty; the event type gives no valid one, so set it in the definition";
        errors.push(Violation::new("aggregate_type", "aggregate_type", message));
    }
}
