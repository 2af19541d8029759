//! All events that a service publishes, and what each of them is.

use std::fmt;

use schemars::JsonSchema;
use serde_json::{Map, Value};

use super::constraints::SchemaRules;
use super::schema::Schemas;
use crate::decode::major;
use crate::envelope::Envelope;
use crate::error::EncodeError;
use crate::event::{EventDefinition, OutboxEvent};

/// The events of a service: what its contract consists of.
///
/// It is made where it is used: in a test that guards the contract, in a program that publishes it.
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
    /// In the order of their types and versions.
    pub(super) events: Vec<Event>,
    /// Whether what is added is an older version of what is sent.
    is_older: bool,
}

/// One version of one event.
#[derive(Debug, Clone)]
pub(super) struct Event {
    pub(super) definition: EventDefinition,
    pub(super) facts: EventFacts,
    pub(super) schemas: Schemas,
    /// Whether it is sent; an older version is read only.
    pub(super) is_sent: bool,
    pub(super) examples: Vec<Example>,
}

/// An envelope, as binary mode shows it.
#[derive(Debug, Clone)]
pub(super) struct Example {
    pub(super) cloudevent: Value,
}

/// What the derive knows of an event beside its definition. Members are named as in the payload.
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs, reason = "each is what its name says")]
pub struct EventFacts {
    pub aggregate_id: Option<&'static str>,
    pub partition_key: KeyFacts,
    pub occurred_at: Option<&'static str>,
    pub extensions: &'static [&'static str],
    pub describe: fn(&mut SchemaRules<'_>),
}

/// What the partition key is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is what its name says")]
pub enum KeyFacts {
    AggregateId,
    Members(&'static [&'static str]),
    Function(&'static str),
}

impl EventFacts {
    /// What is known of an event that is written by hand.
    pub const BY_HAND: Self = Self {
        aggregate_id: None,
        partition_key: KeyFacts::AggregateId,
        occurred_at: None,
        extensions: &[],
        describe: |_| {},
    };
}

impl fmt::Display for KeyFacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AggregateId => f.write_str("the aggregate id"),
            Self::Members(names) => f.write_str(&names.join(", ")),
            Self::Function(path) => write!(f, "what `{path}` makes of the event"),
        }
    }
}

/// An event or a set of events whose contract can be published. The derive of
/// [`OutboxEvent`](macro@crate::OutboxEvent) implements it, for a struct that is
/// [`JsonSchema`] and for an enum of such structs.
///
/// For an event that is written by hand:
///
/// ```
/// # use std::borrow::Cow;
/// # use outbox_core::{EventDefinition, OutboxEvent};
/// # #[derive(serde::Serialize, schemars::JsonSchema)] struct Shipped { order: String }
/// # impl OutboxEvent for Shipped {
/// #     const DEFINITIONS: &'static [EventDefinition] = &[EventDefinition::new("com.example.order.shipped", "/o")];
/// #     fn aggregate_id(&self) -> Cow<'_, str> { (&self.order).into() }
/// # }
/// use outbox_core::contract::{Catalog, Published};
///
/// impl Published for Shipped {
///     fn publish(catalog: &mut Catalog) {
///         catalog.add::<Self>();
///     }
/// }
/// # assert_eq!(Catalog::new("", "").with::<Shipped>().definitions().count(), 1);
/// ```
#[diagnostic::on_unimplemented(
    message = "the contract of `{Self}` is not known",
    label = "`{Self}` has no JSON schema, or is no event",
    note = "annotate it with `#[derive(schemars::JsonSchema, OutboxEvent)]`; the types of its fields and the older versions that it names need `JsonSchema` as well, the enum of a set does not"
)]
pub trait Published {
    /// Adds each event, and the older versions that it is made from.
    fn publish(catalog: &mut Catalog);
}

impl<E: Published> Published for Box<E> {
    fn publish(catalog: &mut Catalog) {
        E::publish(catalog);
    }
}

/// A struct whose contract is known. A derived impl asks for it with `for<'s>`, which the compiler leaves alone
/// until the impl is used.
#[diagnostic::on_unimplemented(
    message = "the contract of `{Self}` is not known",
    label = "`{Self}` has no JSON schema",
    note = "derive `schemars::JsonSchema` for it, and for the types of its fields"
)]
pub trait Described<'s>: OutboxEvent + JsonSchema {}

#[diagnostic::do_not_recommend]
impl<E: OutboxEvent + JsonSchema> Described<'_> for E {}

/// An event of a set whose contract is known.
#[diagnostic::on_unimplemented(
    message = "the contract of `{Self}` is not known",
    label = "`{Self}` has no JSON schema",
    note = "derive `schemars::JsonSchema` for it, and for the types of its fields"
)]
pub trait PublishedMember<'s>: Published {}

#[diagnostic::do_not_recommend]
impl<E: Published> PublishedMember<'_> for E {}

impl Catalog {
    /// A catalogue without events. `title` and `version` are those of the published documents; the version is
    /// that of the contract as a whole, in the form of your choice.
    #[must_use]
    pub fn new(title: impl Into<String>, version: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            version: version.into(),
            events: Vec::new(),
            is_older: false,
        }
    }

    /// With an event, or with each event of a set, and with the older versions that they are made from.
    ///
    /// # Panics
    ///
    /// If there is another definition of the same event type and data version, or of the same major version.
    #[must_use]
    #[track_caller]
    pub fn with<E: Published>(mut self) -> Self {
        E::publish(&mut self);
        self
    }

    /// With an example of an event that is in the catalogue; the published documents show it.
    ///
    /// # Errors
    ///
    /// Those of [`Envelope::to_cloudevent_json`], and [`EncodeError::InvalidAttribute`] if the event is not in
    /// the catalogue.
    pub fn with_example<E: OutboxEvent>(
        mut self,
        envelope: &Envelope<E>,
    ) -> Result<Self, EncodeError> {
        let cloudevent = serde_json::from_slice(&envelope.to_cloudevent_json()?)
            .map_err(|error| EncodeError::json(&error))?;
        let definition = envelope.definition();
        let event = self.events.iter_mut().find(|event| event.is(definition));
        let event = event.ok_or_else(|| {
            EncodeError::invalid(
                "type",
                "the example is of an event that the catalogue has not",
            )
        })?;
        event.examples.push(Example { cloudevent });
        Ok(self)
    }

    /// Adds an event that is written by hand, for [`Published`].
    ///
    /// # Panics
    ///
    /// If there is another definition of the same event type and data version.
    #[track_caller]
    pub fn add<E: OutboxEvent + JsonSchema>(&mut self) {
        self.add_with::<E>(EventFacts::BY_HAND);
    }

    #[doc(hidden)]
    #[track_caller]
    pub fn add_with<E: OutboxEvent + JsonSchema>(&mut self, facts: EventFacts) {
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

    #[doc(hidden)]
    #[track_caller]
    pub fn add_older<E: Published>(&mut self) {
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
                "`{}` is in the catalogue in {other} and in {}, which one struct reads; keep the newer",
                event.definition.event_type(),
                event.definition.data_version(),
            );
        }
        let place = self
            .events
            .binary_search_by(|other| other.order().cmp(&event.order()));
        match place {
            Ok(place) => {
                let other = &mut self.events[place];
                assert!(
                    other.is_same(&event),
                    "two definitions of `{}` {} are in the catalogue, and they are not the same; give one of them another event type or data version",
                    event.definition.event_type(),
                    event.definition.data_version(),
                );
                other.is_sent |= event.is_sent;
            }
            Err(place) => self.events.insert(place, event),
        }
    }

    /// Every event type and data version that there is, sorted by both.
    pub fn definitions(&self) -> impl Iterator<Item = &EventDefinition> {
        self.events.iter().map(|event| &event.definition)
    }

    /// The JSON Schema (draft 2020-12) of the payload of this event type, in the newest version that there is;
    /// `None` if there is no such event.
    ///
    /// It accepts whatever [`Envelope::new`] accepts, as it is written, and older events of the same major
    /// version that have not got a member that a reader does without.
    #[must_use]
    pub fn json_schema(&self, event_type: &str) -> Option<Value> {
        self.newest(event_type).map(Event::json_schema)
    }

    /// [`json_schema`](Self::json_schema) of this version.
    #[must_use]
    pub fn json_schema_of(&self, event_type: &str, data_version: &str) -> Option<Value> {
        self.of_version(event_type, data_version)
            .map(Event::json_schema)
    }

    /// The JSON Schema (draft 2020-12) of the whole CloudEvent in the JSON format, in the newest version of this
    /// event type that there is; `None` if there is no such event.
    #[must_use]
    pub fn cloudevent_schema(&self, event_type: &str) -> Option<Value> {
        self.newest(event_type).map(Event::cloudevent_schema)
    }

    /// [`cloudevent_schema`](Self::cloudevent_schema) of this version.
    #[must_use]
    pub fn cloudevent_schema_of(&self, event_type: &str, data_version: &str) -> Option<Value> {
        self.of_version(event_type, data_version)
            .map(Event::cloudevent_schema)
    }

    pub(super) fn of_type<'c, 't>(
        &'c self,
        event_type: &'t str,
    ) -> impl DoubleEndedIterator<Item = &'c Event> + use<'c, 't> {
        let is_of_type = move |event: &&Event| event.definition.event_type() == event_type;
        self.events.iter().filter(is_of_type)
    }

    /// Returns whether this version is sent, and not read only.
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

impl Event {
    fn is(&self, definition: &EventDefinition) -> bool {
        self.definition.event_type() == definition.event_type()
            && self.definition.data_version() == definition.data_version()
    }

    /// By type, then by version.
    fn order(&self) -> (&'static str, Vec<u32>, &'static str) {
        let version = self.definition.data_version();
        let numbers = version.split('.').filter_map(|number| number.parse().ok());
        (self.definition.event_type(), numbers.collect(), version)
    }

    /// Returns whether it says the same. What the rules say is in the schemas.
    fn is_same(&self, other: &Self) -> bool {
        let (one, two) = (&self.facts, &other.facts);
        self.definition == other.definition
            && self.schemas == other.schemas
            && (one.aggregate_id, one.partition_key) == (two.aggregate_id, two.partition_key)
            && (one.occurred_at, one.extensions) == (two.occurred_at, two.extensions)
    }

    pub(super) fn major(&self) -> u32 {
        major(self.definition.data_version()).unwrap_or_default()
    }

    /// The members that make the partition key, or what else does.
    pub(super) fn key_in_words(&self) -> String {
        match (self.facts.partition_key, self.facts.aggregate_id) {
            (KeyFacts::AggregateId, Some(name)) => name.to_owned(),
            (key, _) => key.to_string(),
        }
    }

    /// The struct's name.
    pub(super) fn title(&self) -> &str {
        let title = self.schemas.written.get("title").and_then(Value::as_str);
        title.unwrap_or(self.definition.event_type())
    }

    pub(super) fn json_schema(&self) -> Value {
        let mut schema = self.schemas.published();
        if let Some(id) = self.definition.dataschema() {
            schema.insert("$id".to_owned(), id.into());
        }
        Value::Object(schema)
    }

    /// The published schema and its definitions, apart.
    pub(super) fn published_parts(&self) -> (Map<String, Value>, Map<String, Value>) {
        let mut schema = self.schemas.published();
        schema.remove("$schema");
        let definitions = schema
            .remove("$defs")
            .map_or_else(Map::new, super::schema::schema_object);
        (schema, definitions)
    }
}
