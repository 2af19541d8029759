//! The definition that all events of one type share.

pub mod check;

use std::borrow::Cow;
use std::hash::{Hash, Hasher};

use outbox_rules as rules;

/// The definition that all events of one type share: names, version and topic.
///
/// It is made at compile time, and every part of it is checked there:
///
/// ```
/// use outbox_core::EventDefinition;
///
/// const SHIPPED: EventDefinition =
///     EventDefinition::new("com.example.order.shipped", "/order-service").with_data_version("2.1");
///
/// assert_eq!(SHIPPED.aggregate_type(), "order");
/// ```
#[derive(Debug, Clone, Copy)]
pub struct EventDefinition {
    event_type: &'static str,
    fingerprint: u64,
    source: &'static str,
    data_version: &'static str,
    aggregate_type: &'static str,
    topic: Option<&'static str>,
    /// The topic that follows from the aggregate type, where it is known when the event is compiled.
    default_topic: Option<&'static str>,
    dataschema: Option<&'static str>,
    description: Option<&'static str>,
    shared_members: &'static [&'static str],
    has_flat_message: bool,
    upcast_from: &'static [&'static [EventDefinition]],
}

impl EventDefinition {
    /// A definition with the data version `1.0` and the last segment but one of the event type as its
    /// aggregate type.
    ///
    /// `event_type` is in reverse DNS order: three or more segments joined by `.`, each `[a-z]` and then
    /// `[a-z0-9_-]`. `source` is a non-empty URI-reference (RFC 3986 section 4.1).
    ///
    /// # Panics
    ///
    /// If one of them is not; in a constant that is a compile error.
    #[must_use]
    #[track_caller]
    pub const fn new(event_type: &'static str, source: &'static str) -> Self {
        check::event_type(event_type);
        Self::named(event_type, source)
    }

    /// [`new`](Self::new) for an event type that exists already and does not follow the rule: it need
    /// only be a non-empty CloudEvents String. Where no legal aggregate type stands in the last segment
    /// but one, the aggregate type is empty until [`with_aggregate_type`](Self::with_aggregate_type)
    /// gives it, and no [`Envelope`](crate::Envelope) is made before that.
    ///
    /// # Panics
    ///
    /// If the event type or the source is not legal; in a constant that is a compile error.
    #[must_use]
    #[track_caller]
    pub const fn legacy(event_type: &'static str, source: &'static str) -> Self {
        check::legacy_event_type(event_type);
        Self::named(event_type, source)
    }

    #[track_caller]
    const fn named(event_type: &'static str, source: &'static str) -> Self {
        check::source(source);
        DerivedDefinition {
            event_type,
            source,
            ..DerivedDefinition::NOTHING
        }
        .finish()
    }

    /// Sets the version of the payload: `MAJOR[.MINOR[.PATCH]]`.
    ///
    /// # Panics
    ///
    /// If it is not of that form; in a constant that is a compile error.
    #[must_use]
    #[track_caller]
    pub const fn with_data_version(mut self, data_version: &'static str) -> Self {
        check::data_version(data_version);
        self.data_version = data_version;
        self.check_upcasts();
        self
    }

    /// Sets the kind of the aggregate root: characters `[a-zA-Z0-9._-]`, since the default topic is made
    /// from it.
    ///
    /// # Panics
    ///
    /// If it is empty, longer than 236 characters or has others; in a constant that is a compile error.
    #[must_use]
    #[track_caller]
    pub const fn with_aggregate_type(mut self, aggregate_type: &'static str) -> Self {
        check::aggregate_type(aggregate_type);
        self.aggregate_type = aggregate_type;
        self.default_topic = None;
        self
    }

    /// Sets the Kafka topic.
    ///
    /// # Panics
    ///
    /// If it is not a legal topic name (1 to 249 of `[a-zA-Z0-9._-]`, not `.` or `..`); in a constant
    /// that is a compile error.
    #[must_use]
    #[track_caller]
    pub const fn with_topic(mut self, topic: &'static str) -> Self {
        check::topic(topic);
        self.topic = Some(topic);
        self
    }

    /// Sets where the payload's schema is published: an absolute URI (RFC 3986 section 4.3).
    ///
    /// # Panics
    ///
    /// If it is none; in a constant that is a compile error.
    #[must_use]
    #[track_caller]
    pub const fn with_dataschema(mut self, dataschema: &'static str) -> Self {
        check::dataschema(dataschema);
        self.dataschema = Some(dataschema);
        self
    }

    /// Sets what the event means, in prose.
    #[must_use]
    pub const fn with_description(mut self, description: &'static str) -> Self {
        self.description = Some(description);
        self
    }

    /// Says that the payload has itself the members `aggregate_id` or `occurred_at` of the
    /// [flat message](crate::Envelope::to_message), so that the two are one there. A field of the struct
    /// with that name has the same effect in the derive.
    ///
    /// # Panics
    ///
    /// If there is another name; in a constant that is a compile error.
    #[must_use]
    #[track_caller]
    pub const fn with_shared_members(mut self, names: &'static [&'static str]) -> Self {
        let mut i = 0;
        while i < names.len() {
            assert!(
                matches!(names[i].as_bytes(), b"aggregate_id" | b"occurred_at"),
                "only `aggregate_id` and `occurred_at` can be members of the payload too"
            );
            i += 1;
        }
        self.shared_members = names;
        self
    }

    /// Rules out the [flat message](crate::Envelope::to_message): the payload may then have members with the names
    /// of the metadata. The methods of the flat message return [`EncodeError::NoFlatMessage`] and
    /// [`DecodeError::NoFlatMessage`].
    ///
    /// [`EncodeError::NoFlatMessage`]: crate::EncodeError::NoFlatMessage
    /// [`DecodeError::NoFlatMessage`]: crate::DecodeError::NoFlatMessage
    #[must_use]
    pub const fn without_flat_message(mut self) -> Self {
        self.has_flat_message = false;
        self
    }

    /// Says which older versions of this event [`decode`](crate::DecodeEvent::decode) reads as well: their
    /// [`DEFINITIONS`](crate::OutboxEvent::DEFINITIONS). Set the data version before.
    ///
    /// # Panics
    ///
    /// If one of them is of another event type, is not of an older major version, or has the major
    /// version of another one; in a constant that is a compile error.
    #[must_use]
    #[track_caller]
    pub const fn with_upcast_from(mut self, older: &'static [&'static [Self]]) -> Self {
        self.upcast_from = older;
        self.check_upcasts();
        self
    }

    #[track_caller]
    const fn check_upcasts(&self) {
        let older = self.upcast_from;
        let mut i = 0;
        while i < older.len() {
            check::upcast_from(self, older.split_at(i).0, older[i]);
            i += 1;
        }
    }

    /// The name of the event, such as `com.example.invite.created`: the CloudEvents attribute `type`.
    #[must_use]
    pub const fn event_type(&self) -> &'static str {
        self.event_type
    }

    /// Who makes the event: the CloudEvents attribute `source`, a URI-reference.
    #[must_use]
    pub const fn source(&self) -> &'static str {
        self.source
    }

    /// The version of the payload, `MAJOR[.MINOR[.PATCH]]`: the extension attribute `dataversion`.
    #[must_use]
    pub const fn data_version(&self) -> &'static str {
        self.data_version
    }

    /// The kind of the aggregate root, such as `invite`.
    #[must_use]
    pub const fn aggregate_type(&self) -> &'static str {
        self.aggregate_type
    }

    /// The Kafka topic, if the definition names one; records go to `outbox.event.<aggregate_type>`
    /// otherwise.
    #[must_use]
    pub const fn topic(&self) -> Option<&'static str> {
        self.topic
    }

    /// Returns the URI of the payload's schema: the CloudEvents attribute `dataschema`.
    #[must_use]
    pub const fn dataschema(&self) -> Option<&'static str> {
        self.dataschema
    }

    /// Returns the meaning of the event: the struct's doc comment.
    #[must_use]
    pub const fn description(&self) -> Option<&'static str> {
        self.description
    }

    /// Returns whether the event can be sent as a [flat message](crate::Envelope::to_message).
    #[must_use]
    pub const fn has_flat_message(&self) -> bool {
        self.has_flat_message
    }

    /// The older versions of this event that are read as well, each of which may itself read older ones.
    pub fn upcast_from(&self) -> impl Iterator<Item = &'static Self> + use<> {
        self.upcast_from.iter().copied().flatten()
    }

    /// The definitions of each type that is named as an older version.
    pub(crate) const fn upcast_lists(&self) -> &'static [&'static [Self]] {
        self.upcast_from
    }

    /// Returns the [`fingerprint`] of the event type.
    pub(crate) const fn fingerprint(&self) -> u64 {
        self.fingerprint
    }

    pub(crate) const fn shared_members(&self) -> &'static [&'static str] {
        self.shared_members
    }

    /// Returns the topic that a record goes to.
    pub(crate) fn topic_or_default(&self) -> Cow<'static, str> {
        match self.topic.or(self.default_topic) {
            Some(topic) => Cow::Borrowed(topic),
            None => Cow::Owned([rules::DEFAULT_TOPIC_PREFIX, self.aggregate_type].concat()),
        }
    }

    /// Returns what a definition consists of, without what follows from it.
    fn parts(&self) -> impl Eq + Hash {
        (
            (self.event_type, self.source, self.data_version),
            (self.aggregate_type, self.topic, self.dataschema),
            (self.description, self.shared_members, self.upcast_from),
            self.has_flat_message,
        )
    }
}

impl PartialEq for EventDefinition {
    fn eq(&self, other: &Self) -> bool {
        self.parts() == other.parts()
    }
}

impl Eq for EventDefinition {}

impl Hash for EventDefinition {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.parts().hash(state);
    }
}

/// A number that different event types seldom have in common, so that one event type is looked for among many
/// by comparing numbers.
#[must_use]
pub const fn fingerprint(event_type: &str) -> u64 {
    const MULTIPLIER: u64 = 0x9E37_79B9_7F4A_7C15;
    let mut rest = event_type.as_bytes();
    let mut number = rest.len() as u64;
    while let Some((word, after)) = rest.split_first_chunk() {
        number = (number ^ u64::from_le_bytes(*word)).wrapping_mul(MULTIPLIER);
        number ^= number >> 32;
        rest = after;
    }
    let mut i = 0;
    while i < rest.len() {
        number = (number ^ rest[i] as u64).wrapping_mul(MULTIPLIER);
        i += 1;
    }
    number
}

/// The parts of a definition as a derive has them. It checks each by itself, with [`check`], so that each
/// mistake is an error of its own.
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs, reason = "each is the part of that name")]
pub struct DerivedDefinition {
    pub event_type: &'static str,
    pub source: &'static str,
    pub data_version: Option<&'static str>,
    pub aggregate_type: Option<&'static str>,
    pub topic: Option<&'static str>,
    pub default_topic: Option<&'static str>,
    pub dataschema: Option<&'static str>,
    pub description: Option<&'static str>,
    pub shared_members: &'static [&'static str],
    pub flat_message: bool,
    pub upcast_from: &'static [&'static [EventDefinition]],
}

impl DerivedDefinition {
    /// No part yet.
    pub const NOTHING: Self = Self {
        event_type: "",
        source: "",
        data_version: None,
        aggregate_type: None,
        topic: None,
        default_topic: None,
        dataschema: None,
        description: None,
        shared_members: &[],
        flat_message: true,
        upcast_from: &[],
    };

    /// The definition, with the defaults of the parts that are not given.
    #[must_use]
    pub const fn finish(self) -> EventDefinition {
        let aggregate_type = match self.aggregate_type {
            Some(aggregate_type) => aggregate_type,
            None => rules::default_aggregate_type(self.event_type),
        };
        EventDefinition {
            event_type: self.event_type,
            fingerprint: fingerprint(self.event_type),
            source: self.source,
            data_version: match self.data_version {
                Some(data_version) => data_version,
                None => rules::DEFAULT_DATA_VERSION,
            },
            aggregate_type,
            topic: self.topic,
            default_topic: self.default_topic,
            dataschema: self.dataschema,
            description: self.description,
            shared_members: self.shared_members,
            has_flat_message: self.flat_message,
            upcast_from: self.upcast_from,
        }
    }
}
