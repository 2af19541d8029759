//! The definition that all events of one type share.

pub mod check;

use std::borrow::Cow;
use std::hash::{Hash, Hasher};

use outbox_rules as rules;

/// The definition that all events of one type share: names, version and topic.
///
/// It is made and checked at compile time:
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
    /// The topic that follows from the aggregate type, if that is known when the event is compiled.
    default_topic: Option<&'static str>,
    dataschema: Option<&'static str>,
    description: Option<&'static str>,
    shared_members: &'static [&'static str],
    has_flat_message: bool,
    upcast_from: &'static [&'static [EventDefinition]],
}

impl EventDefinition {
    /// Makes a definition with the data version `1.0` and the second-to-last segment of the event
    /// type as its aggregate type.
    ///
    /// `event_type` is in reverse DNS order: three or more segments joined by `.`, each `[a-z]` and then
    /// `[a-z0-9_-]`. `source` is a non-empty URI-reference (RFC 3986 section 4.1).
    ///
    /// # Panics
    ///
    /// Panics if one of them is not legal; in a constant, this is a compile error.
    #[must_use]
    #[track_caller]
    pub const fn new(event_type: &'static str, source: &'static str) -> Self {
        check::event_type(event_type);
        Self::named(event_type, source)
    }

    /// Makes a definition like [`new`](Self::new), for an existing event type that breaks the rule: it
    /// may be any non-empty CloudEvents String. If its second-to-last segment is not a legal aggregate
    /// type, the aggregate type is empty, and no [`Envelope`](crate::Envelope) can be made until
    /// [`with_aggregate_type`](Self::with_aggregate_type) sets it.
    ///
    /// # Panics
    ///
    /// Panics if the event type or the source is not legal; in a constant, this is a compile error.
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
    /// Panics if it does not have that form; in a constant, this is a compile error.
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
    /// Panics if it is empty, longer than 236 characters or has other characters; in a constant, this
    /// is a compile error.
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
    /// Panics if it is not a legal topic name (1 to 249 of `[a-zA-Z0-9._-]`, not `.` or `..`); in a
    /// constant, this is a compile error.
    #[must_use]
    #[track_caller]
    pub const fn with_topic(mut self, topic: &'static str) -> Self {
        check::topic(topic);
        self.topic = Some(topic);
        self
    }

    /// Sets the address of the payload's schema: an absolute URI (RFC 3986 section 4.3).
    ///
    /// # Panics
    ///
    /// Panics if it is not an absolute URI; in a constant, this is a compile error.
    #[must_use]
    #[track_caller]
    pub const fn with_dataschema(mut self, dataschema: &'static str) -> Self {
        check::dataschema(dataschema);
        self.dataschema = Some(dataschema);
        self
    }

    /// Sets the meaning of the event, in prose.
    #[must_use]
    pub const fn with_description(mut self, description: &'static str) -> Self {
        self.description = Some(description);
        self
    }

    /// Declares that the payload itself has the members `aggregate_id` or `occurred_at`, which the [flat
    /// message](crate::Envelope::to_message) then shares. In the derive, a field of that name has the same effect.
    ///
    /// # Panics
    ///
    /// Panics if there is another name; in a constant, this is a compile error.
    #[must_use]
    #[track_caller]
    pub const fn with_shared_members(mut self, names: &'static [&'static str]) -> Self {
        let mut i = 0;
        while i < names.len() {
            assert!(
                matches!(names[i].as_bytes(), b"aggregate_id" | b"occurred_at"),
                "of the metadata, only `aggregate_id` and `occurred_at` can also be members of the payload"
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

    /// Sets the older versions of this event that [`decode`](crate::DecodeEvent::decode) also reads, by
    /// their [`DEFINITIONS`](crate::OutboxEvent::DEFINITIONS). Set the data version first.
    ///
    /// # Panics
    ///
    /// Panics if one of them has another event type or no lower major version, or if two share a
    /// major version; in a constant, this is a compile error.
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

    /// Returns the name of the event, such as `com.example.invite.created`: the CloudEvents attribute `type`.
    #[must_use]
    pub const fn event_type(&self) -> &'static str {
        self.event_type
    }

    /// Returns the source of the event: the CloudEvents attribute `source`, a URI-reference.
    #[must_use]
    pub const fn source(&self) -> &'static str {
        self.source
    }

    /// Returns the version of the payload, `MAJOR[.MINOR[.PATCH]]`: the extension attribute `dataversion`.
    #[must_use]
    pub const fn data_version(&self) -> &'static str {
        self.data_version
    }

    /// Returns the kind of the aggregate root, such as `invite`.
    #[must_use]
    pub const fn aggregate_type(&self) -> &'static str {
        self.aggregate_type
    }

    /// Returns the Kafka topic, if the definition names one; otherwise records go to `outbox.event.<aggregate_type>`.
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

    /// Returns the older versions of this event that are also read; each may itself read older ones.
    pub fn upcast_from(&self) -> impl Iterator<Item = &'static Self> + use<> {
        self.upcast_from.iter().copied().flatten()
    }

    /// Returns the definitions of each type that is named as an older version.
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

    /// Returns the parts of a definition, without the values that follow from them.
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

/// Returns a hash of the event type, by which one event type is found among many.
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

/// The parts of a definition in a derive. The derive checks each part by itself, with [`check`], so that
/// each mistake is its own error.
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
    /// A definition without parts.
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

    /// Returns the definition, with defaults for the missing parts.
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
