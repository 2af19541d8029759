//! Sets of events: an enum with a variant for each.

use outbox_core::{
    ContentMode, DecodeError, Envelope, ExtensionName, OutboxEvent, OutboxRow, ValidationErrors,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/invites")]
struct Created {
    #[aggregate_id]
    id: Uuid,
    #[partition_key]
    tenant: String,
    #[validate(email)]
    email: String,
    #[outbox(extension)]
    plan: Option<String>,
}

/// A person said yes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, OutboxEvent)]
#[outbox(
    event_type = "com.example.invite.accepted",
    source = "/answers",
    data_version = "2.3",
    topic = "answers"
)]
struct Accepted {
    aggregate_id: Uuid,
    #[partition_key]
    #[validate(length(min = 1))]
    person: String,
    #[outbox(extension)]
    device: Option<String>,
    #[outbox(occurred_at)]
    occurred_at: chrono::DateTime<chrono::Utc>,
}

#[derive(Debug, Clone, PartialEq, OutboxEvent)]
enum InviteEvent {
    Created(Created),
    Accepted(Box<Accepted>),
}

fn created() -> Created {
    Created {
        id: Uuid::now_v7(),
        tenant: "acme".to_owned(),
        email: "ada@example.com".to_owned(),
        plan: Some("paid".to_owned()),
    }
}

fn accepted() -> Accepted {
    Accepted {
        aggregate_id: Uuid::now_v7(),
        person: "ada".to_owned(),
        device: Some("phone".to_owned()),
        occurred_at: chrono::DateTime::from_timestamp(1_780_000_000, 0).unwrap(),
    }
}

#[test]
fn a_set_has_the_definitions_of_its_events() {
    assert_eq!(
        InviteEvent::DEFINITIONS,
        [Created::DEFINITION, Accepted::DEFINITION]
    );
}

#[test]
fn an_event_of_a_set_is_that_event() {
    for event in [
        InviteEvent::from(created()),
        InviteEvent::from(Box::new(accepted())),
    ] {
        let envelope = Envelope::new(event.clone()).unwrap();
        let row = envelope.to_row().unwrap();
        let own: OutboxRow = match event {
            InviteEvent::Created(event) => Envelope::new(event)
                .unwrap()
                .with_occurred_at(envelope.occurred_at())
                .with_event_id(envelope.event_id())
                .to_row(),
            InviteEvent::Accepted(event) => Envelope::new(*event)
                .unwrap()
                .with_event_id(envelope.event_id())
                .to_row(),
        }
        .unwrap();
        assert_eq!(row, own);
    }
}

#[test]
fn a_set_is_read_by_event_type_in_every_format() {
    let name = ExtensionName::from_static("shard");
    for event in [
        InviteEvent::from(created()),
        InviteEvent::from(Box::new(accepted())),
    ] {
        let envelope = Envelope::new(event).unwrap();
        let message = envelope.to_message_json().unwrap();
        let read = Envelope::<InviteEvent>::from_message_json(&message).unwrap();
        assert_eq!(read.event(), envelope.event());

        let envelope = envelope.with_extension(name.clone(), 7);
        let row = envelope.to_row().unwrap();
        assert_eq!(Envelope::from_row(&row), Ok(envelope.clone()));
        let cloudevent = envelope.to_cloudevent_json().unwrap();
        assert_eq!(Envelope::from_cloudevent_json(&cloudevent), Ok(envelope));
    }
}

#[test]
fn a_single_event_and_its_set_read_one_another() {
    let envelope = Envelope::new(created()).unwrap();
    let cloudevent = envelope.to_cloudevent_json().unwrap();
    let read = Envelope::<InviteEvent>::from_cloudevent_json(&cloudevent).unwrap();
    assert_eq!(read.event(), &InviteEvent::Created(created_like(&envelope)));
    let again = read.to_cloudevent_json().unwrap();
    assert_eq!(Envelope::from_cloudevent_json(&again), Ok(envelope));
}

fn created_like(envelope: &Envelope<Created>) -> Created {
    envelope.event().clone()
}

#[test]
fn each_event_keeps_its_own_topic_and_key() {
    let record = Envelope::new(InviteEvent::from(Box::new(accepted())))
        .unwrap()
        .to_kafka_record(ContentMode::Binary)
        .unwrap();
    assert_eq!(record.topic(), "answers");
    assert_eq!(record.key(), Some(&b"ada"[..]));
    assert!(
        record
            .headers()
            .any(|header| header == ("ce_device", b"phone"))
    );
    let record = Envelope::new(InviteEvent::from(created()))
        .unwrap()
        .to_kafka_record(ContentMode::Binary)
        .unwrap();
    assert_eq!(record.topic(), "outbox.event.invite");
    assert_eq!(record.key(), Some(&b"acme"[..]));
}

#[test]
fn the_rules_of_the_event_are_those_of_the_set() {
    let invalid = Created {
        email: "ada".to_owned(),
        tenant: String::new(),
        ..created()
    };
    let errors: ValidationErrors = Envelope::new(InviteEvent::from(invalid)).unwrap_err();
    let paths: Vec<_> = errors.iter().map(outbox_core::Violation::path).collect();
    assert_eq!(paths, ["email", "tenant"]);

    let invalid = Accepted {
        person: String::new(),
        device: Some("\u{0}".to_owned()),
        ..accepted()
    };
    let errors = Envelope::new(InviteEvent::from(Box::new(invalid))).unwrap_err();
    let told: Vec<_> = errors.iter().map(|one| (one.path(), one.code())).collect();
    let expected = [
        ("person", "length"),
        ("person", "partition_key"),
        ("device", "extension"),
    ];
    assert_eq!(told, expected);
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.deleted", source = "/s")]
struct Deleted {
    #[aggregate_id]
    id: u8,
}

#[test]
fn an_event_of_another_type_is_told_with_those_that_are_known() {
    let cloudevent = Envelope::new(Deleted { id: 1 })
        .unwrap()
        .to_cloudevent_json()
        .unwrap();
    let error = Envelope::<InviteEvent>::from_cloudevent_json(&cloudevent).unwrap_err();
    assert!(
        matches!(&error, DecodeError::UnexpectedType { found, .. } if found == "com.example.invite.deleted")
    );
    assert_eq!(
        error.to_string(),
        "the event is a `com.example.invite.deleted`, but this reader expects com.example.invite.created, com.example.invite.accepted"
    );
}

#[test]
fn an_event_of_a_later_version_is_told_by_its_variant() {
    let event = Envelope::new(accepted()).unwrap();
    let mut row = event.to_row().unwrap();
    row.data_version = "3.0".to_owned();
    let error = Envelope::<InviteEvent>::from_row(&row).unwrap_err();
    assert!(
        matches!(error, DecodeError::UnsupportedVersion { supported, .. } if supported == ["2.x"])
    );
}

/// Events that are only sent.
#[derive(Debug, Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.note.written", source = "/s")]
struct Written<'a, T: Serialize, const N: usize> {
    #[aggregate_id]
    id: &'a str,
    #[validate(length(min = 1))]
    #[serde(skip)]
    notes: [T; N],
}

#[derive(Debug, OutboxEvent)]
enum NoteEvent<'a, T, const N: usize>
where
    T: Serialize,
{
    Written(Written<'a, T, N>),
    Deleted(Deleted),
}

#[test]
fn a_set_may_have_parameters_and_be_sent_only() {
    let notes = [1.5];
    let event = NoteEvent::from(Written { id: "a", notes });
    assert_eq!(event.aggregate_id(), "a");
    assert_eq!(
        NoteEvent::<f32, 1>::DEFINITIONS,
        [Written::<f32, 1>::DEFINITION, Deleted::DEFINITION]
    );
    assert!(Envelope::new(event).is_ok());
    assert!(Envelope::new(NoteEvent::from(Written::<u8, 0> { id: "a", notes: [] })).is_err());
    assert!(Envelope::new(NoteEvent::<u8, 0>::from(Deleted { id: 1 })).is_ok());
}

/// An event that is written by hand belongs to a set like any other.
#[derive(Debug, Serialize)]
struct ByHand;

impl OutboxEvent for ByHand {
    const DEFINITIONS: &'static [outbox_core::EventDefinition] =
        &[outbox_core::EventDefinition::new(
            "com.example.by.hand",
            "/s",
        )];

    fn aggregate_id(&self) -> std::borrow::Cow<'_, str> {
        "a".into()
    }
}

#[derive(Debug, OutboxEvent)]
enum Mixed {
    ByHand(ByHand),
    Deleted(Deleted),
}

#[test]
fn a_set_may_hold_an_event_by_hand() {
    assert_eq!(Mixed::from(ByHand).aggregate_id(), "a");
    assert_eq!(Mixed::from(Deleted { id: 1 }).partition_key(), "1");
    assert_eq!(
        serde_json::to_value(Mixed::from(ByHand)).unwrap(),
        serde_json::Value::Null
    );
}

/// A set compares a hash of the event types before the texts. These two have the same hash.
mod alike {
    use super::*;

    pub(super) const ONE: &str = "com.examgpceodmnyoyztykh.a.b";
    pub(super) const OTHER: &str = "com.examsvmtizijphonqyuu.a.b";

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, OutboxEvent)]
    #[outbox(event_type = ONE, source = "/s")]
    pub(super) struct One {
        #[aggregate_id]
        pub(super) id: u8,
    }

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, OutboxEvent)]
    #[outbox(event_type = OTHER, source = "/s")]
    pub(super) struct Other {
        #[aggregate_id]
        pub(super) id: u8,
    }

    #[derive(Debug, Clone, PartialEq, OutboxEvent)]
    pub(super) enum Both {
        One(One),
        Other(Other),
    }

    #[derive(Debug, Clone, PartialEq, OutboxEvent)]
    pub(super) enum Only {
        One(One),
    }
}

#[test]
fn event_types_that_look_alike_are_told_apart() {
    use alike::{Both, ONE, OTHER, Only, Other};

    let fingerprint = outbox_core::__private::fingerprint;
    assert_eq!(fingerprint(ONE), fingerprint(OTHER));
    let event = Envelope::new(Both::from(Other { id: 7 })).unwrap();
    let json = event.to_cloudevent_json().unwrap();
    assert_eq!(Envelope::from_cloudevent_json(&json), Ok(event.clone()));
    let row = event.to_row().unwrap();
    assert_eq!(Envelope::from_row(&row), Ok(event));
    for error in [
        Envelope::<Only>::from_cloudevent_json(&json).unwrap_err(),
        Envelope::<Only>::from_row(&row).unwrap_err(),
    ] {
        assert!(
            matches!(error, DecodeError::UnexpectedType { .. }),
            "{error}"
        );
    }
}
