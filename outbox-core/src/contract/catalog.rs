//! The events that a service publishes.

use schemars::JsonSchema;
use serde_json::Value;

use super::entry::{Event, Example};
use super::facts::{EventFacts, KeyFacts};
use super::payload_schema::Schemas;
use super::published::Published;
use crate::definition::EventDefinition;
use crate::envelope::Envelope;
use crate::error::EncodeError;
use crate::event::OutboxEvent;

/// The events of a service, which make up its contract.
///
/// Make it where you use it: in a test that guards the contract, or in a program that publishes it.
///
/// ```
/// use outbox_core::OutboxEvent;
/// use outbox_core::contract::Catalog;
/// use schemars::JsonSchema;
/// use serde::Serialize;
///
/// /// A person was invited.
/// #[derive(Serialize, JsonSchema, OutboxEvent)]
/// #[outbox(event_type = "com.example.invite.created", source = "/invites")]
/// struct InviteCreated {
///     #[aggregate_id]
///     invite_id: String,
///     #[validate(length(min = 1, max = 40))]
///     role: String,
/// }
///
/// let catalog = Catalog::new("Invites", "1.0.0").with::<InviteCreated>();
/// let schema = catalog.json_schema("com.example.invite.created").unwrap();
/// assert_eq!(schema["properties"]["role"]["maxLength"], 40);
/// ```
#[derive(Debug, Clone)]
pub struct Catalog {
    pub(super) title: String,
    pub(super) version: String,
    /// The events, in the order of their types and versions.
    pub(super) events: Vec<Event>,
    /// True if the events that are added are older versions.
    is_older: bool,
}

impl Catalog {
    /// Returns a catalogue without events. `title` and `version` appear in the published documents; the version is
    /// the version of the whole contract, in the form of your choice.
    #[must_use]
    pub fn new(title: impl Into<String>, version: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            version: version.into(),
            events: Vec::new(),
            is_older: false,
        }
    }

    /// Adds an event, or each event of a set, and the older versions that they are made from.
    ///
    /// # Panics
    ///
    /// Panics if there is another definition of the same event type and data version, or of the same major version.
    #[must_use]
    #[track_caller]
    pub fn with<E: Published>(mut self) -> Self {
        E::publish(&mut self);
        self
    }

    /// Adds an example of an event that is in the catalogue; the published documents show the example.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`Envelope::to_cloudevent_json`], and [`EncodeError::InvalidAttribute`] if the event is not in
    /// the catalogue.
    pub fn with_example<E: OutboxEvent>(
        mut self,
        envelope: &Envelope<E>,
    ) -> Result<Self, EncodeError> {
        let cloudevent = serde_json::from_slice(&envelope.to_cloudevent_json()?)
            .map_err(|error| EncodeError::json(&error))?;
        let definition = envelope.definition();
        let event = self
            .events
            .iter_mut()
            .find(|event| event.has_definition(definition));
        let event = event.ok_or_else(|| {
            EncodeError::invalid(
                "type",
                "the catalogue does not contain the event of this example",
            )
        })?;
        event.examples.push(Example { cloudevent });
        Ok(self)
    }

    /// Adds a hand-written event, for [`Published`].
    ///
    /// # Panics
    ///
    /// Panics if there is another definition of the same event type and data version.
    #[track_caller]
    pub fn add<E: OutboxEvent + JsonSchema>(&mut self) {
        self.add_with::<E>(EventFacts::BY_HAND);
    }

    /// Adds an event with the facts beside its definition.
    #[track_caller]
    pub(super) fn add_with<E: OutboxEvent + JsonSchema>(&mut self, facts: EventFacts) {
        let schemas = Schemas::of::<E>(|schema| {
            (facts.describe)(schema);
            let keys = match facts.partition_key {
                KeyFacts::Members(names) => names,
                KeyFacts::AggregateId | KeyFacts::Function(_) => &[],
            };
            for name in facts.aggregate_id.iter().chain(keys) {
                schema.member(name, |member| {
                    member.not_empty();
                });
            }
        });
        for definition in E::DEFINITIONS {
            self.insert(Event {
                definition: *definition,
                facts,
                schemas: schemas.clone(),
                is_sent: !self.is_older,
                examples: Vec::new(),
            });
        }
    }

    /// Adds an event as an older version, which is read but not sent.
    #[track_caller]
    pub(super) fn add_older<E: Published>(&mut self) {
        let is_older = std::mem::replace(&mut self.is_older, true);
        E::publish(self);
        self.is_older = is_older;
    }

    #[track_caller]
    fn insert(&mut self, event: Event) {
        let versions = self.of_type(event.definition.event_type());
        let same_major = versions.filter(|other| other.major() == event.major());
        for other in same_major.map(|other| other.definition.data_version()) {
            assert!(
                other == event.definition.data_version(),
                "`{}` is in the catalogue in versions {other} and {}, which one struct can read; keep the newer",
                event.definition.event_type(),
                event.definition.data_version(),
            );
        }
        let place = self
            .events
            .binary_search_by(|other| other.sort_key().cmp(&event.sort_key()));
        match place {
            Ok(place) => {
                let other = &mut self.events[place];
                assert!(
                    other.is_same(&event),
                    "the catalogue has two different definitions of `{}` {}; give one of them another event type or data version",
                    event.definition.event_type(),
                    event.definition.data_version(),
                );
                other.is_sent |= event.is_sent;
            }
            Err(place) => self.events.insert(place, event),
        }
    }

    /// Returns the definition of every event type and data version, sorted by both.
    pub fn definitions(&self) -> impl Iterator<Item = &EventDefinition> {
        self.events.iter().map(|event| &event.definition)
    }

    /// Returns the JSON Schema (draft 2020-12) of the payload of this event type, in its newest version; `None` if
    /// there is no such event.
    ///
    /// The schema accepts every event that [`Envelope::new`] accepts, in its written form, and older events of the
    /// same major version that lack a member which readers do not require.
    #[must_use]
    pub fn json_schema(&self, event_type: &str) -> Option<Value> {
        self.newest(event_type).map(Event::json_schema)
    }

    /// Returns the [`json_schema`](Self::json_schema) of this version.
    #[must_use]
    pub fn json_schema_of(&self, event_type: &str, data_version: &str) -> Option<Value> {
        self.of_version(event_type, data_version)
            .map(Event::json_schema)
    }

    /// Returns the JSON Schema (draft 2020-12) of the whole CloudEvent in the JSON format, in the newest version of
    /// this event type; `None` if there is no such event.
    #[must_use]
    pub fn cloudevent_schema(&self, event_type: &str) -> Option<Value> {
        self.newest(event_type).map(Event::cloudevent_schema)
    }

    /// Returns the [`cloudevent_schema`](Self::cloudevent_schema) of this version.
    #[must_use]
    pub fn cloudevent_schema_of(&self, event_type: &str, data_version: &str) -> Option<Value> {
        self.of_version(event_type, data_version)
            .map(Event::cloudevent_schema)
    }

    /// Lists the rules of `#[validate(...)]` that the schemas have no place for: the event type, and the rule with
    /// its path, such as `price: range(min = 1)`. This happens if a `JsonSchema` is written by hand, or serde
    /// converts a type. [`check_compatible`](super::check_compatible) refuses such a catalogue.
    pub fn unplaced_rules(&self) -> impl Iterator<Item = (&str, &str)> {
        self.events.iter().flat_map(|event| {
            let rules = event.schemas.unplaced.iter();
            rules.map(|rule| (event.definition.event_type(), rule.as_str()))
        })
    }

    pub(super) fn of_type<'c, 't>(
        &'c self,
        event_type: &'t str,
    ) -> impl DoubleEndedIterator<Item = &'c Event> + use<'c, 't> {
        let is_of_type = move |event: &&Event| event.definition.event_type() == event_type;
        self.events.iter().filter(is_of_type)
    }

    /// Returns whether this version is sent, and not only read.
    pub(super) fn sends(&self, event_type: &str, major: u32) -> bool {
        self.of_type(event_type)
            .any(|event| event.major() == major && event.is_sent)
    }

    fn newest(&self, event_type: &str) -> Option<&Event> {
        self.of_type(event_type).next_back()
    }

    fn of_version(&self, event_type: &str, data_version: &str) -> Option<&Event> {
        self.of_type(event_type)
            .find(|event| event.definition.data_version() == data_version)
    }
}
