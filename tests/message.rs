//! The flat message, as `python-outbox-core` writes and reads it.

use std::collections::BTreeMap;

use chrono::{TimeZone, Utc};
use outbox_core::{ContentMode, DecodeError, EncodeError, Envelope, EventDefinition, OutboxEvent};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/invite-service")]
#[serde(deny_unknown_fields)]
struct Invited {
    #[aggregate_id]
    id: u64,
    name: String,
}

fn event() -> Envelope<Invited> {
    let name = "Ada".to_owned();
    Envelope::new(Invited { id: 7, name })
        .expect("a valid event")
        .with_event_id(Uuid::from_u128(1))
        .with_occurred_at(Utc.with_ymd_and_hms(2026, 1, 1, 0, 0, 0).unwrap())
}

/// The text that the Python package writes for this event. It leaves out microseconds that are zero.
fn from_python() -> Value {
    json!({
        "event_id": "00000000-0000-0000-0000-000000000001",
        "event_type": "com.example.invite.created",
        "aggregate_id": "7",
        "occurred_at": "2026-01-01T00:00:00+00:00",
        "source": "/invite-service",
        "data_version": "1.0",
        "correlation_id": null,
        "causation_id": null,
        "id": 7,
        "name": "Ada",
    })
}

fn read(message: &Value) -> Result<Envelope<Invited>, DecodeError> {
    Envelope::from_message_json(message.to_string().as_bytes())
}

#[test]
fn it_is_the_metadata_and_then_the_payload() {
    let json = String::from_utf8(event().to_message_json().unwrap()).unwrap();
    assert_eq!(
        json,
        concat!(
            r#"{"event_id":"00000000-0000-0000-0000-000000000001","#,
            r#""event_type":"com.example.invite.created","aggregate_id":"7","#,
            r#""occurred_at":"2026-01-01T00:00:00.000000Z","source":"/invite-service","#,
            r#""data_version":"1.0","correlation_id":null,"causation_id":null,"id":7,"name":"Ada"}"#
        )
    );
    let message = event().to_message().unwrap();
    assert_eq!(
        Value::Object(message),
        serde_json::from_str::<Value>(&json).unwrap()
    );
}

#[test]
fn ids_of_the_context_are_members() {
    let message = event()
        .with_correlation_id(Uuid::from_u128(2))
        .with_causation_id(Uuid::from_u128(3))
        .to_message()
        .unwrap();
    assert_eq!(
        message["correlation_id"],
        "00000000-0000-0000-0000-000000000002"
    );
    assert_eq!(
        message["causation_id"],
        "00000000-0000-0000-0000-000000000003"
    );
}

#[test]
fn what_python_wrote_is_read() {
    assert_eq!(read(&from_python()), Ok(event()));
}

#[test]
fn members_may_be_absent_where_there_is_a_default() {
    let mut message = from_python();
    for name in ["data_version", "correlation_id", "causation_id"] {
        message.as_object_mut().unwrap().remove(name);
    }
    assert_eq!(read(&message), Ok(event()));
}

#[test]
fn a_member_that_is_missing_is_named() {
    for name in [
        "event_id",
        "event_type",
        "aggregate_id",
        "occurred_at",
        "source",
    ] {
        for missing in [None, Some(Value::Null)] {
            let mut message = from_python();
            let members = message.as_object_mut().unwrap();
            match missing {
                None => drop(members.remove(name)),
                Some(null) => members[name] = null,
            }
            let expected = DecodeError::MissingAttribute {
                name: name.to_owned(),
            };
            assert_eq!(read(&message), Err(expected));
        }
    }
}

#[test]
fn a_member_that_is_wrong_is_named() {
    for (name, wrong) in [
        ("event_id", json!("7")),
        ("event_id", json!(7)),
        ("event_id", json!("")),
        ("event_type", json!(["com.example.invite.created"])),
        ("aggregate_id", json!(7)),
        ("aggregate_id", json!("")),
        ("occurred_at", json!("2026-01-01T00:00:00")),
        ("occurred_at", json!("2026-02-30T00:00:00Z")),
        ("occurred_at", json!(1_767_225_600)),
        ("source", json!("my service")),
        ("source", json!(true)),
        ("data_version", json!("one")),
        ("data_version", json!(1.0)),
        ("correlation_id", json!("order 7")),
        ("causation_id", json!({})),
    ] {
        let mut message = from_python();
        message[name] = wrong.clone();
        let error = read(&message).unwrap_err();
        assert!(
            matches!(&error, DecodeError::InvalidAttribute { name: told, .. } if told == name),
            "{name}: {wrong}: {error:?}"
        );
    }
}

#[test]
fn another_type_or_version_is_refused() {
    let mut message = from_python();
    message["event_type"] = "com.example.invite.accepted".into();
    assert!(matches!(
        read(&message),
        Err(DecodeError::UnexpectedType { expected, found })
            if expected == ["com.example.invite.created"] && found == "com.example.invite.accepted"
    ));
    for (version, supported) in [
        ("1", true),
        ("1.7.2", true),
        ("2.0", false),
        ("0.9", false),
        ("10.0", false),
    ] {
        let mut message = from_python();
        message["data_version"] = version.into();
        match read(&message) {
            Ok(_) => assert!(supported, "{version}"),
            Err(DecodeError::UnsupportedVersion { found, .. }) => {
                assert_eq!((supported, found.as_str()), (false, version));
            }
            Err(other) => panic!("{version}: {other:?}"),
        }
    }
}

#[test]
fn a_payload_that_does_not_fit_says_what_is_wrong() {
    let mut message = from_python();
    message["more"] = 1.into();
    assert!(
        read(&message)
            .unwrap_err()
            .to_string()
            .contains("unknown field `more`")
    );
    let mut message = from_python();
    message["name"] = 1.into();
    assert!(matches!(read(&message), Err(DecodeError::Payload(_))));
}

#[test]
fn what_is_no_object_is_refused() {
    for text in [
        "",
        "null",
        "[]",
        "7",
        "{",
        "{}x",
        "\"a\"",
        "{\"event_id\":}",
        "\u{FEFF}{}",
    ] {
        let error = Envelope::<Invited>::from_message_json(text.as_bytes()).unwrap_err();
        assert!(matches!(error, DecodeError::Json(_)), "{text}: {error:?}");
    }
    let twice = from_python()
        .to_string()
        .replacen('{', "{\"n\\u0061me\":\"Eve\",", 1);
    let error = Envelope::<Invited>::from_message_json(twice.as_bytes()).unwrap_err();
    assert!(
        error.to_string().contains("duplicate member `name`"),
        "{error}"
    );
}

#[test]
fn the_order_of_the_members_does_not_matter() {
    let message = from_python();
    let members: Vec<_> = message.as_object().unwrap().iter().collect();
    for start in 0..members.len() {
        let (head, tail) = members.split_at(start);
        let text: Vec<String> = [tail, head]
            .concat()
            .iter()
            .map(|(name, value)| format!("\"{name}\" : {value}"))
            .collect();
        let text = format!(" {{ {} }} ", text.join(" , "));
        assert_eq!(
            Envelope::from_message_json(text.as_bytes()),
            Ok(event()),
            "{text}"
        );
    }
}

/// A payload whose aggregate id is also the member of the flat message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, OutboxEvent)]
#[outbox(event_type = "com.example.user.renamed", source = "/s")]
#[serde(deny_unknown_fields)]
struct Renamed {
    aggregate_id: String,
    name: String,
}

#[test]
fn a_shared_aggregate_id_is_written_once_and_read_twice() {
    let event = Envelope::new(Renamed {
        aggregate_id: "u1".to_owned(),
        name: "Ada".to_owned(),
    })
    .unwrap();
    let json = event.to_message_json().unwrap();
    assert_eq!(
        String::from_utf8_lossy(&json)
            .matches("aggregate_id")
            .count(),
        1
    );
    assert_eq!(Envelope::from_message_json(&json), Ok(event));
}

/// An aggregate id whose text in the payload differs from its key: it is in lower case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, OutboxEvent)]
#[outbox(event_type = "com.example.user.removed", source = "/s")]
struct Removed {
    aggregate_id: Uuid,
}

#[test]
fn what_was_read_can_be_written_again() {
    let id = "019B76DA-A800-7000-8000-00000000000A";
    let mut message = from_python();
    message["event_type"] = "com.example.user.removed".into();
    message["aggregate_id"] = id.into();
    let event = Envelope::<Removed>::from_message_json(message.to_string().as_bytes()).unwrap();
    assert_eq!(event.aggregate_id(), id);
    let again = Envelope::<Removed>::from_message_json(&event.to_message_json().unwrap()).unwrap();
    assert_eq!(again.event(), event.event());
    for time in ["0000-01-01T00:00:00+23:59", "9999-12-31T23:59:59-01:00"] {
        let mut message = from_python();
        message["occurred_at"] = time.into();
        let error = read(&message).unwrap_err();
        assert!(
            matches!(error, DecodeError::InvalidAttribute { .. }),
            "{error:?}"
        );
    }
}

type Number = u64;

/// A type that the derive cannot recognise as a number.
#[derive(Debug, Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.user.counted", source = "/s")]
struct Numbered {
    aggregate_id: Number,
}

/// A type that the derive must not take for a number.
#[derive(Debug, PartialEq, Serialize, Deserialize, OutboxEvent)]
#[outbox(event_type = "com.example.user.counted", source = "/s")]
struct AsText {
    #[serde(with = "as_text")]
    aggregate_id: u64,
}

mod as_text {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes it so")]
    pub(super) fn serialize<S: Serializer>(number: &u64, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(number)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
        String::deserialize(from)?.parse().map_err(D::Error::custom)
    }
}

#[test]
fn a_shared_aggregate_id_is_a_string() {
    let event = Envelope::new(Numbered { aggregate_id: 7 }).unwrap();
    assert!(matches!(
        event.to_message_json(),
        Err(EncodeError::SharedMember { name }) if name == "aggregate_id"
    ));
    let event = Envelope::new(AsText { aggregate_id: 7 }).unwrap();
    assert_eq!(
        Envelope::from_message_json(&event.to_message_json().unwrap()),
        Ok(event)
    );
}

/// A hand-written event whose payload has its time with more digits than an envelope.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Timed {
    aggregate_id: String,
    occurred_at: chrono::DateTime<Utc>,
}

impl OutboxEvent for Timed {
    const DEFINITIONS: &'static [outbox_core::EventDefinition] = &[
        outbox_core::EventDefinition::new("com.example.bell.rung", "/s")
            .with_shared_members(&["aggregate_id", "occurred_at"]),
    ];

    fn definition(&self) -> &'static outbox_core::EventDefinition {
        &Self::DEFINITIONS[0]
    }

    fn aggregate_id(&self) -> std::borrow::Cow<'_, str> {
        self.aggregate_id.as_str().into()
    }

    fn occurred_at(&self) -> Option<chrono::DateTime<Utc>> {
        Some(self.occurred_at)
    }
}

impl outbox_core::DecodeEvent for Timed {
    fn decode(_: &str, _: &str, data: &str) -> Result<Self, DecodeError> {
        Ok(serde_json::from_str(data).expect("the test's own data"))
    }
}

#[test]
fn a_shared_time_keeps_its_nanoseconds() {
    let event = Envelope::new(Timed {
        aggregate_id: "b1".to_owned(),
        occurred_at: Utc.timestamp_opt(1_767_225_600, 123_456_789).unwrap(),
    })
    .unwrap();
    let json = event.to_message_json().unwrap();
    assert!(String::from_utf8_lossy(&json).contains("\"2026-01-01T00:00:00.123456789Z\""));
    let read = Envelope::from_message_json(&json).unwrap();
    assert_eq!(read, event);
    // One member cannot hold two different times.
    let moved = read.with_occurred_at(Utc.timestamp_opt(0, 0).unwrap());
    assert!(matches!(
        moved.to_message_json(),
        Err(EncodeError::AmbiguousMember { name }) if name == "occurred_at"
    ));
}

#[test]
fn an_event_that_says_its_time_needs_no_attribute_for_it() {
    let event = Timed {
        aggregate_id: "b1".to_owned(),
        occurred_at: Utc.timestamp_opt(1_767_225_600, 0).unwrap(),
    };
    let json = Envelope::new(event).unwrap().to_cloudevent_json().unwrap();
    let mut cloudevent: Value = serde_json::from_slice(&json).unwrap();
    cloudevent.as_object_mut().unwrap().remove("time");
    let read = Envelope::<Timed>::from_cloudevent_json(cloudevent.to_string().as_bytes()).unwrap();
    assert_eq!(read.occurred_at(), read.event().occurred_at);
}

#[derive(Debug, PartialEq, Serialize, Deserialize, OutboxEvent)]
#[outbox(event_type = "com.example.number.drawn", source = "/s")]
struct Drawn {
    #[aggregate_id]
    id: u8,
    number: u128,
}

#[test]
fn a_number_that_a_value_cannot_hold_is_refused_there() {
    let number = u128::from(u64::MAX) + 2;
    let event = Envelope::new(Drawn { id: 1, number }).unwrap();
    assert!(matches!(event.to_message(), Err(EncodeError::Payload(_))));
    assert_eq!(
        Envelope::from_message_json(&event.to_message_json().unwrap()),
        Ok(event)
    );
}

/// A payload whose members are known only at run time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, OutboxEvent)]
#[outbox(event_type = "com.example.user.tagged", source = "/s")]
struct Tagged {
    #[aggregate_id]
    id: String,
    #[serde(flatten)]
    tags: BTreeMap<String, Value>,
}

fn tagged(name: &str) -> Envelope<Tagged> {
    Envelope::new(Tagged {
        id: "u1".to_owned(),
        tags: BTreeMap::from([(name.to_owned(), Value::from("x"))]),
    })
    .unwrap()
}

#[test]
fn members_of_a_map_are_members_of_the_message() {
    let event = tagged("colour");
    let json = event.to_message_json().unwrap();
    assert_eq!(Envelope::from_message_json(&json), Ok(event));
}

#[test]
fn a_member_that_would_hide_a_metadatum_is_refused() {
    for name in [
        "event_id",
        "event_type",
        "aggregate_id",
        "occurred_at",
        "source",
        "data_version",
        "correlation_id",
        "causation_id",
    ] {
        let error = tagged(name).to_message_json().unwrap_err();
        assert!(
            matches!(&error, EncodeError::AmbiguousMember { name: told } if told == name),
            "{name}: {error:?}"
        );
        assert!(tagged(name).to_cloudevent_json().is_ok(), "{name}");
    }
    // A member with the same value is refused too: it would be missing in the payload that is read.
    let mut event = tagged("aggregate_id").into_event();
    event.tags.insert("aggregate_id".to_owned(), "u1".into());
    let event = Envelope::new(event).unwrap();
    assert!(matches!(
        event.to_message_json(),
        Err(EncodeError::AmbiguousMember { .. })
    ));
    // The map and the struct both have a member of this name.
    assert!(matches!(
        tagged("id").to_message_json(),
        Err(EncodeError::Payload(_))
    ));
}

/// A payload that is not an object has no members to stand beside the metadata.
#[derive(Debug, Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.user.counted", source = "/s")]
#[serde(into = "u64")]
#[derive(Clone)]
struct Counted {
    #[aggregate_id]
    id: u64,
}

impl From<Counted> for u64 {
    fn from(counted: Counted) -> Self {
        counted.id
    }
}

#[test]
fn a_payload_that_is_no_object_is_refused() {
    let event = Envelope::new(Counted { id: 7 }).unwrap();
    assert!(matches!(
        event.to_message_json(),
        Err(EncodeError::NotAnObject)
    ));
    assert!(event.to_cloudevent_json().is_ok());
}

/// An event whose key differs from the text of its member.
#[derive(Debug, PartialEq, Serialize, Deserialize, OutboxEvent)]
#[outbox(event_type = "com.example.person.named", source = "/s")]
struct TwoTexts {
    #[aggregate_id(display)]
    aggregate_id: Id,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Id(String);

impl std::fmt::Display for Id {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ID-{}", self.0)
    }
}

#[test]
fn a_shared_aggregate_id_is_the_key() {
    let event = Envelope::new(TwoTexts {
        aggregate_id: Id("7".to_owned()),
    })
    .unwrap();
    let error = event.to_message_json().unwrap_err();
    assert!(matches!(error, EncodeError::AmbiguousMember { name } if name == "aggregate_id"));
}

/// An event whose payload uses the metadata's names, and that is never sent as a flat message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, OutboxEvent)]
#[outbox(
    event_type = "com.example.lead.bought",
    source = "/s",
    flat_message = false
)]
#[serde(tag = "data_version")]
struct Bought {
    aggregate_id: u64,
    source: String,
    event_type: String,
    event_id: Option<Uuid>,
    occurred_at: String,
    #[serde(rename = "correlation_id")]
    correlation: u8,
    causation_id: Vec<u8>,
}

fn bought() -> Bought {
    Bought {
        aggregate_id: 7,
        source: "newsletter".to_owned(),
        event_type: "sale".to_owned(),
        event_id: None,
        occurred_at: "yesterday".to_owned(),
        correlation: 1,
        causation_id: vec![2],
    }
}

fn no_flat_message() -> DecodeError {
    DecodeError::NoFlatMessage {
        event_type: "com.example.lead.bought",
    }
}

#[test]
fn an_event_without_a_flat_message_may_have_the_names_of_metadata() {
    let event = Envelope::new(bought()).unwrap();
    assert!(!Bought::DEFINITION.has_flat_message());
    assert_eq!(event.aggregate_id(), "7");
    for error in [
        event.to_message().map(|_| ()).unwrap_err(),
        event.to_message_json().map(|_| ()).unwrap_err(),
    ] {
        assert!(
            matches!(error, EncodeError::NoFlatMessage { event_type } if event_type == event.event_type())
        );
        assert_eq!(
            error.to_string(),
            "the definition of `com.example.lead.bought` rules out the flat message; send the event as a CloudEvent, or remove `flat_message = false`"
        );
    }
    let message = json!({
        "event_id": Uuid::from_u128(1),
        "event_type": "com.example.lead.bought",
        "aggregate_id": "7",
        "occurred_at": "2026-01-01T00:00:00Z",
        "source": "/s",
    });
    for message in ["", "{}", &message.to_string()] {
        let read = Envelope::<Bought>::from_message_json(message.as_bytes());
        assert_eq!(read, Err(no_flat_message()));
    }
    assert_eq!(
        no_flat_message().to_string(),
        "the definition of `com.example.lead.bought` rules out the flat message; read the event from a CloudEvent, or remove `flat_message = false`"
    );
    let row = event.to_row().unwrap();
    assert_eq!(Envelope::from_row(&row).as_ref(), Ok(&event));
    let cloudevent = event.to_cloudevent_json().unwrap();
    assert_eq!(
        Envelope::from_cloudevent_json(&cloudevent).as_ref(),
        Ok(&event)
    );
    for mode in [ContentMode::Binary, ContentMode::Structured] {
        let record = event.to_kafka_record(mode).unwrap();
        assert_eq!(Envelope::from_kafka_record(&record).as_ref(), Ok(&event));
    }
}

/// An event that was sent as a flat message in its first version.
#[derive(Debug, PartialEq, Serialize, Deserialize, OutboxEvent)]
#[outbox(
    event_type = "com.example.lead.lost",
    source = "/s",
    flat_message = true
)]
struct LostV1 {
    aggregate_id: String,
}

#[derive(Debug, PartialEq, Serialize, Deserialize, OutboxEvent)]
#[outbox(
    event_type = "com.example.lead.lost",
    source = "/s",
    data_version = "2.0",
    flat_message = false,
    upcast_from(LostV1)
)]
struct Lost {
    aggregate_id: String,
    source: Option<String>,
}

impl From<LostV1> for Lost {
    fn from(old: LostV1) -> Self {
        Self {
            aggregate_id: old.aggregate_id,
            source: None,
        }
    }
}

#[derive(Debug, PartialEq, OutboxEvent)]
enum LeadEvent {
    Bought(Bought),
    Lost(Lost),
    Invited(Invited),
}

#[test]
fn each_version_and_each_event_of_a_set_has_a_flat_message_or_not() {
    let old = Envelope::new(LostV1 {
        aggregate_id: "7".to_owned(),
    })
    .unwrap();
    let mut message = old.to_message().unwrap();
    let read = |message: &serde_json::Map<String, Value>| {
        Envelope::<LeadEvent>::from_message_json(&serde_json::to_vec(message).unwrap())
    };
    let lost = LeadEvent::Lost(Lost {
        aggregate_id: "7".to_owned(),
        source: None,
    });
    assert_eq!(read(&message).unwrap().event(), &lost);
    message["data_version"] = json!("2.0");
    assert_eq!(
        read(&message),
        Err(DecodeError::NoFlatMessage {
            event_type: "com.example.lead.lost"
        })
    );
    message["event_type"] = json!("com.example.lead.bought");
    message["data_version"] = json!("1.0");
    assert_eq!(read(&message), Err(no_flat_message()));

    let event = Envelope::new(LeadEvent::Bought(bought())).unwrap();
    assert!(matches!(
        event.to_message_json(),
        Err(EncodeError::NoFlatMessage { .. })
    ));
    let event = Envelope::new(LeadEvent::Invited(event_payload())).unwrap();
    assert_eq!(
        Envelope::<LeadEvent>::from_message_json(&event.to_message_json().unwrap())
            .unwrap()
            .event(),
        event.event()
    );
}

fn event_payload() -> Invited {
    event().into_event()
}

/// A hand-written definition can rule out the flat message too.
#[test]
fn a_definition_by_hand_may_rule_out_the_flat_message() {
    const DEFINITION: EventDefinition =
        EventDefinition::new("com.example.lead.bought", "/s").without_flat_message();
    assert!(!DEFINITION.has_flat_message());
    assert_ne!(
        DEFINITION,
        EventDefinition::new("com.example.lead.bought", "/s")
    );
}
