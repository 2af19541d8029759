//! Older versions of an event, read as the latest one.

use outbox_core::{ContentMode, DecodeError, DecodeEvent, Envelope, EventDefinition, OutboxEvent};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, OutboxEvent)]
#[outbox(event_type = "com.example.person.named", source = "/s")]
struct NamedV1 {
    /// A field that was the flat message's own member in this version.
    aggregate_id: String,
    name: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, OutboxEvent)]
#[outbox(
    event_type = "com.example.person.named",
    source = "/s",
    data_version = "2.1",
    upcast_from(NamedV1)
)]
struct NamedV2 {
    #[aggregate_id]
    person: String,
    first: String,
    last: Option<String>,
}

impl From<NamedV1> for NamedV2 {
    fn from(old: NamedV1) -> Self {
        let mut names = old.name.splitn(2, ' ').map(str::to_owned);
        Self {
            person: old.aggregate_id,
            first: names.next().unwrap_or_default(),
            last: names.next(),
        }
    }
}

/// A version that names only its predecessor, which names its own predecessor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, OutboxEvent)]
#[outbox(
    event_type = "com.example.person.named",
    source = "/s",
    data_version = "3.0",
    upcast_from(NamedV2)
)]
struct NamedV3 {
    #[aggregate_id]
    person: String,
    #[validate(length(min = 1))]
    given: Vec<String>,
    family: Option<String>,
}

impl From<NamedV2> for NamedV3 {
    fn from(old: NamedV2) -> Self {
        Self {
            person: old.person,
            given: Some(old.first)
                .filter(|name| !name.is_empty())
                .into_iter()
                .collect(),
            family: old.last,
        }
    }
}

/// A version that names all versions that it reads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, OutboxEvent)]
#[outbox(
    event_type = "com.example.person.named",
    source = "/s",
    data_version = "4",
    upcast_from(NamedV1, NamedV2, NamedV3,)
)]
struct NamedV4 {
    #[aggregate_id]
    person: String,
    from: u8,
}

macro_rules! from {
    ($($old:ty: $version:literal),*) => {$(
        impl From<$old> for NamedV4 {
            fn from(old: $old) -> Self {
                Self { person: old.aggregate_id().into_owned(), from: $version }
            }
        }
    )*};
}

from!(NamedV1: 1, NamedV2: 2, NamedV3: 3);

#[derive(Debug, Clone, PartialEq, OutboxEvent)]
enum PersonEvent {
    Named(NamedV3),
}

fn v1() -> NamedV1 {
    NamedV1 {
        aggregate_id: "7".to_owned(),
        name: "Ada Lovelace".to_owned(),
    }
}

fn v3() -> NamedV3 {
    NamedV3 {
        person: "7".to_owned(),
        given: vec!["Ada".to_owned()],
        family: Some("Lovelace".to_owned()),
    }
}

#[test]
fn a_chain_is_followed_in_every_format() {
    let old = Envelope::new(v1()).unwrap();
    let (row, cloudevent, message) = (
        old.to_row().unwrap(),
        old.to_cloudevent_json().unwrap(),
        old.to_message_json().unwrap(),
    );
    for envelope in [
        Envelope::<NamedV3>::from_row(&row),
        Envelope::from_cloudevent_json(&cloudevent),
        Envelope::from_message_json(&message),
        Envelope::from_kafka_record(&old.to_kafka_record(ContentMode::Binary).unwrap()),
        Envelope::from_kafka_record(&old.to_kafka_record(ContentMode::Structured).unwrap()),
        Envelope::from_cloudevent(old.to_cloudevent().unwrap()),
    ] {
        let envelope = envelope.unwrap();
        assert_eq!(envelope.event(), &v3());
        assert_eq!(envelope.data_version(), "3.0");
        assert_eq!(envelope.event_id(), old.event_id());
        assert_eq!(envelope.occurred_at(), old.occurred_at());
        assert_eq!(envelope.aggregate_id(), "7");
    }
    let set = Envelope::<PersonEvent>::from_message_json(&message).unwrap();
    assert_eq!(set.event(), &PersonEvent::Named(v3()));
}

#[test]
fn a_list_is_looked_through() {
    let rows = [
        Envelope::new(v1()).unwrap().to_row(),
        Envelope::new(NamedV2::from(v1())).unwrap().to_row(),
        Envelope::new(v3()).unwrap().to_row(),
    ];
    for (row, version) in rows.into_iter().zip(1..) {
        let envelope = Envelope::<NamedV4>::from_row(&row.unwrap()).unwrap();
        assert_eq!(envelope.event().from, version);
    }
}

/// The latest version is listed first. An old event could be read through it, but is read directly.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, OutboxEvent)]
#[outbox(
    event_type = "com.example.person.named",
    source = "/s",
    data_version = "4.1",
    upcast_from(NamedV3, NamedV1)
)]
struct NewestFirst {
    #[aggregate_id]
    person: String,
    from: u8,
}

impl From<NamedV1> for NewestFirst {
    fn from(old: NamedV1) -> Self {
        let (person, from) = (old.aggregate_id, 1);
        Self { person, from }
    }
}

impl From<NamedV3> for NewestFirst {
    fn from(old: NamedV3) -> Self {
        let (person, from) = (old.person, 3);
        Self { person, from }
    }
}

#[test]
fn the_shortest_way_is_taken() {
    let v2 = NamedV2::from(v1());
    let rows = [
        (Envelope::new(v1()).unwrap().to_row(), 1),
        (Envelope::new(v2).unwrap().to_row(), 3),
        (Envelope::new(v3()).unwrap().to_row(), 3),
    ];
    for (row, version) in rows {
        let envelope = Envelope::<NewestFirst>::from_row(&row.unwrap()).unwrap();
        assert_eq!(envelope.event().from, version);
    }
}

#[test]
fn what_was_sent_with_an_older_version_stays() {
    let sent = Envelope::new(v1()).unwrap();
    let mut row = sent.to_row().unwrap();
    row.partition_key = "the old key".to_owned();
    let read = Envelope::<NamedV3>::from_row(&row).unwrap();
    assert_eq!(read.partition_key(), "the old key");
    assert_eq!(read.event().partition_key(), "7");
}

#[test]
fn only_the_newest_rules_count() {
    let nameless = NamedV1 {
        name: String::new(),
        ..v1()
    };
    let row = Envelope::new(nameless).unwrap().to_row().unwrap();
    assert!(Envelope::<NamedV2>::from_row(&row).is_ok());
    let error = Envelope::<NamedV3>::from_row(&row).unwrap_err();
    assert!(
        matches!(&error, DecodeError::Invalid(errors) if errors.violations()[0].path() == "given")
    );
}

/// The cases: `(data_version, data, the event that is read)`.
type Case = (Option<&'static str>, Value, Result<(), &'static str>);

#[test]
fn the_major_version_decides() {
    let named = json!({"aggregate_id": "7", "name": "Ada"});
    let first = json!({"person": "7", "first": "Ada"});
    let given = json!({"person": "7", "given": ["Ada"]});
    let cases: [Case; 10] = [
        (None, named.clone(), Ok(())),
        (Some("1"), named.clone(), Ok(())),
        (Some("1.9.9"), named, Ok(())),
        (Some("2.0"), first.clone(), Ok(())),
        (Some("2.1"), first.clone(), Ok(())),
        (Some("3"), given.clone(), Ok(())),
        (Some("3.7"), given.clone(), Ok(())),
        (Some("3.0"), first, Err("missing field `given`")),
        (
            Some("4.0"),
            given.clone(),
            Err("has the data version 4.0, but this reader supports 1.x, 2.x, 3.x"),
        ),
        (
            Some("0.9"),
            given,
            Err("has the data version 0.9, but this reader supports 1.x, 2.x, 3.x"),
        ),
    ];
    for (version, data, expected) in cases {
        let mut cloudevent = json!({
            "specversion": "1.0", "id": Uuid::now_v7(), "source": "/s",
            "type": "com.example.person.named", "time": "2026-01-01T00:00:00Z", "data": data,
        });
        if let Some(version) = version {
            cloudevent["dataversion"] = version.into();
        }
        let read = Envelope::<NamedV3>::from_cloudevent_json(cloudevent.to_string().as_bytes());
        match (read, expected) {
            (Ok(envelope), Ok(())) => assert_eq!(envelope.event().given, ["Ada"]),
            (Err(error), Err(reason)) => {
                assert!(error.to_string().contains(reason), "{error}");
            }
            (read, _) => panic!("{version:?}: {read:?}"),
        }
    }
}

#[test]
fn another_type_is_not_upcast() {
    let error = NamedV3::decode("com.example.person.born", "1.0", "{}").unwrap_err();
    assert!(matches!(error, DecodeError::UnexpectedType { .. }));
    let error = NamedV3::decode("com.example.person.named", "not a version", "{}").unwrap_err();
    assert!(matches!(error, DecodeError::UnsupportedVersion { .. }));
}

#[test]
fn a_definition_knows_what_it_reads() {
    let older: Vec<&str> = NamedV3::DEFINITION
        .upcast_from()
        .map(EventDefinition::data_version)
        .collect();
    assert_eq!(older, ["2.1"]);
    assert_eq!(NamedV1::DEFINITION.upcast_from().count(), 0);
    assert_eq!(NamedV4::DEFINITION.upcast_from().count(), 3);
}

/// A hand-written event, with a definition that names the older version.
#[derive(Debug, PartialEq, Serialize)]
struct ByHand(String);

impl OutboxEvent for ByHand {
    const DEFINITIONS: &'static [EventDefinition] =
        &[EventDefinition::new("com.example.person.named", "/s")
            .with_data_version("2.0")
            .with_upcast_from(&[NamedV1::DEFINITIONS])];

    fn aggregate_id(&self) -> std::borrow::Cow<'_, str> {
        (&self.0).into()
    }
}

impl DecodeEvent for ByHand {
    fn decode(event_type: &str, data_version: &str, data: &str) -> Result<Self, DecodeError> {
        NamedV1::decode(event_type, data_version, data).map(|old| Self(old.aggregate_id))
    }
}

#[test]
fn an_event_by_hand_reads_an_older_flat_message() {
    let message = Envelope::new(v1()).unwrap().to_message_json().unwrap();
    let envelope = Envelope::<ByHand>::from_message_json(&message).unwrap();
    assert_eq!(envelope.event(), &ByHand("7".to_owned()));
}

/// Versions with parameters.
#[derive(Debug, PartialEq, Serialize, Deserialize, OutboxEvent)]
#[outbox(event_type = "com.example.thing.changed", source = "/s")]
struct ThingV1<T> {
    #[aggregate_id]
    id: u8,
    value: T,
}

#[derive(Debug, PartialEq, Serialize, Deserialize, OutboxEvent)]
#[outbox(
    event_type = "com.example.thing.changed",
    source = "/s",
    data_version = "2.0",
    upcast_from(ThingV1<T>)
)]
struct ThingV2<T> {
    #[aggregate_id]
    id: u8,
    values: Vec<T>,
}

impl<T> From<ThingV1<T>> for ThingV2<T> {
    fn from(old: ThingV1<T>) -> Self {
        Self {
            id: old.id,
            values: vec![old.value],
        }
    }
}

/// An event that can be made from an older version only if its parameter allows it.
#[derive(Debug, PartialEq, Serialize, Deserialize, OutboxEvent)]
#[outbox(
    event_type = "com.example.person.named",
    source = "/s",
    data_version = "2.0",
    upcast_from(NamedV1)
)]
struct Conditional<T> {
    #[aggregate_id]
    person: String,
    value: T,
}

impl<T: Default> From<NamedV1> for Conditional<T> {
    fn from(old: NamedV1) -> Self {
        Self {
            person: old.aggregate_id,
            value: T::default(),
        }
    }
}

#[test]
fn an_upcast_may_be_conditional() {
    let row = Envelope::new(v1()).unwrap().to_row().unwrap();
    let envelope = Envelope::<Conditional<u8>>::from_row(&row).unwrap();
    assert_eq!(envelope.event().value, 0);
}

#[test]
fn the_versions_that_are_known_are_told_once() {
    let error = NamedV4::decode("com.example.person.named", "9.0", "{}").unwrap_err();
    let DecodeError::UnsupportedVersion { supported, .. } = error else {
        panic!("{error}");
    };
    assert_eq!(supported, ["1.x", "2.x", "3.x", "4.x"]);
}

#[test]
fn a_version_may_have_parameters() {
    let row = Envelope::new(ThingV1 { id: 1, value: 7_u8 })
        .unwrap()
        .to_row()
        .unwrap();
    let envelope = Envelope::<ThingV2<u8>>::from_row(&row).unwrap();
    assert_eq!(envelope.event().values, [7]);
}

/// Versions with the same name, each in its own module.
mod placed {
    /// The first version.
    pub(crate) mod v1 {
        use outbox_core::OutboxEvent;
        use serde::{Deserialize, Serialize};

        #[derive(Debug, PartialEq, Serialize, Deserialize, OutboxEvent)]
        #[outbox(event_type = "com.example.order.placed", source = "/s")]
        pub(crate) struct Placed {
            #[aggregate_id]
            pub(crate) id: u8,
        }

        /// With a parameter.
        #[derive(Debug, PartialEq, Serialize, Deserialize, OutboxEvent)]
        #[outbox(event_type = "com.example.order.filled", source = "/s")]
        pub(crate) struct Filled<T> {
            #[aggregate_id]
            pub(crate) id: T,
        }
    }

    /// The second version.
    pub(crate) mod v2 {
        use outbox_core::OutboxEvent;
        use serde::{Deserialize, Serialize};

        macro_rules! version {
            ($older:ty, $version:literal) => {
                #[derive(Debug, PartialEq, Serialize, Deserialize, OutboxEvent)]
                #[outbox(
                                                    event_type = "com.example.order.placed",
                                                    source = "/s",
                                                    data_version = $version,
                                                    upcast_from($older)
                                                )]
                pub(crate) struct Placed {
                    #[aggregate_id]
                    pub(crate) id: u8,
                }

                impl From<$older> for Placed {
                    fn from(old: $older) -> Self {
                        Self { id: old.id }
                    }
                }
            };
        }

        version!(super::v1::Placed, "2.0");

        #[derive(Debug, PartialEq, Serialize, Deserialize, OutboxEvent)]
        #[outbox(
            event_type = "com.example.order.filled",
            source = "/s",
            data_version = "2.0",
            upcast_from(super::v1::Filled<T>)
        )]
        pub(crate) struct Filled<T> {
            #[aggregate_id]
            pub(crate) id: T,
        }

        impl<T> From<super::v1::Filled<T>> for Filled<T> {
            fn from(old: super::v1::Filled<T>) -> Self {
                Self { id: old.id }
            }
        }
    }

    #[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize, outbox_core::OutboxEvent)]
    #[outbox(
        event_type = "com.example.order.placed",
        source = "/s",
        data_version = "3.0",
        upcast_from(crate::placed::v1::Placed, self::v2::Placed)
    )]
    pub(crate) struct Placed {
        #[aggregate_id]
        pub(crate) id: u8,
    }

    macro_rules! from {
        ($($older:path),*) => {$(
            impl From<$older> for Placed {
                fn from(old: $older) -> Self {
                    Self { id: old.id }
                }
            }
        )*};
    }

    from!(v1::Placed, v2::Placed);
}

#[test]
fn versions_of_one_name_may_be_in_modules() {
    let old = placed::v1::Placed { id: 7 };
    let row = Envelope::new(old).unwrap().to_row().unwrap();
    let newer = Envelope::<placed::v2::Placed>::from_row(&row).unwrap();
    assert_eq!(newer.into_event(), placed::v2::Placed { id: 7 });
    let newest = Envelope::<placed::Placed>::from_row(&row).unwrap();
    assert_eq!(newest.into_event(), placed::Placed { id: 7 });

    let old = placed::v1::Filled { id: 7_u8 };
    let row = Envelope::new(old).unwrap().to_row().unwrap();
    let newer = Envelope::<placed::v2::Filled<u8>>::from_row(&row).unwrap();
    assert_eq!(newer.into_event(), placed::v2::Filled { id: 7 });
}
