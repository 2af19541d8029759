//! Parts of the payload that become attributes: keys in all their forms, the time, the extensions.

use std::borrow::Cow;
use std::fmt;

use chrono::{DateTime, FixedOffset, SubsecRound, TimeZone, Utc};
use outbox_core::{
    ContentMode, DecodeEvent, Envelope, ExtensionName, ExtensionValue, Extensions, KeyPart,
    OutboxEvent, ToExtensionValue, composite_key,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

/// Sends the event through every format and back.
fn round_trip<E>(envelope: &Envelope<E>)
where
    E: DecodeEvent + PartialEq + fmt::Debug,
{
    let row = envelope.to_row().unwrap();
    assert_eq!(Envelope::from_row(&row).as_ref(), Ok(envelope));
    let cloudevent = envelope.to_cloudevent_json().unwrap();
    assert_eq!(
        Envelope::from_cloudevent_json(&cloudevent).as_ref(),
        Ok(envelope)
    );
    let message = envelope.to_message_json().unwrap();
    let read = Envelope::<E>::from_message_json(&message).unwrap();
    assert_eq!(read.event(), envelope.event());
    assert_eq!(read.occurred_at(), envelope.occurred_at());
}

fn cloudevent<E: OutboxEvent>(envelope: &Envelope<E>) -> Value {
    serde_json::from_slice(&envelope.to_cloudevent_json().unwrap()).unwrap()
}

/// A type of another crate, which has `Display` and no `KeyPart`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
enum Region {
    Eu,
    Us,
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Eu => "eu:west",
            Self::Us => "",
        })
    }
}

#[derive(Debug, PartialEq, Serialize, Deserialize, OutboxEvent)]
#[outbox(event_type = "com.example.stock.moved", source = "/s")]
struct ByDisplay {
    #[aggregate_id(display)]
    home: Region,
    #[partition_key(display)]
    region: Region,
    #[partition_key]
    shelf: u8,
}

#[test]
fn a_key_may_be_the_text_of_display() {
    let event = ByDisplay {
        home: Region::Eu,
        region: Region::Eu,
        shelf: 7,
    };
    assert_eq!(event.aggregate_id(), "eu:west");
    assert_eq!(event.partition_key(), "eu%3Awest:7");
    round_trip(&Envelope::new(event).unwrap());

    let errors = Envelope::new(ByDisplay {
        home: Region::Us,
        region: Region::Us,
        shelf: 7,
    })
    .unwrap_err();
    let told: Vec<_> = errors.iter().map(|one| (one.path(), one.code())).collect();
    assert_eq!(
        told,
        [("home", "aggregate_id"), ("region", "partition_key")]
    );
}

#[derive(Debug, PartialEq, Serialize, Deserialize, OutboxEvent)]
#[outbox(event_type = "com.example.stock.moved", source = "/s")]
struct OneField {
    #[aggregate_id(display)]
    #[partition_key(display)]
    home: Region,
}

#[test]
fn a_field_that_is_both_is_told_once() {
    let errors = Envelope::new(OneField { home: Region::Us }).unwrap_err();
    assert_eq!(errors.violations().len(), 1, "{errors}");
    assert_eq!(OneField { home: Region::Eu }.partition_key(), "eu:west");
}

#[derive(Debug, PartialEq, Serialize, Deserialize, OutboxEvent)]
#[outbox(event_type = "com.example.stock.moved", source = "/s")]
#[partition_key(with = Self::warehouse)]
struct Computed {
    #[aggregate_id]
    article: u32,
    shelf: String,
}

impl Computed {
    fn warehouse(&self) -> Cow<'_, str> {
        self.shelf.split('-').next().unwrap_or_default().into()
    }
}

/// A function outside the type, which returns a number as the key.
#[derive(Debug, PartialEq, Serialize, Deserialize, OutboxEvent)]
#[outbox(event_type = "com.example.stock.moved", source = "/s")]
#[partition_key(with = bucket)]
struct Bucketed {
    #[aggregate_id]
    article: u32,
}

fn bucket(event: &Bucketed) -> impl KeyPart + use<> {
    event.article % 10
}

#[derive(Debug, PartialEq, Serialize, Deserialize, OutboxEvent)]
#[outbox(event_type = "com.example.stock.moved", source = "/s")]
#[partition_key(with = Self::key)]
struct ComputedOfParts {
    #[aggregate_id]
    article: u32,
    tenant: String,
}

impl ComputedOfParts {
    fn key(&self) -> impl KeyPart + use<'_> {
        composite_key(&[&self.tenant, &self.article])
    }
}

#[test]
fn a_key_may_be_computed() {
    let event = |shelf: &str| Computed {
        article: 7,
        shelf: shelf.to_owned(),
    };
    assert_eq!(event("north-4").partition_key(), "north");
    assert_eq!(event("north-4").aggregate_id(), "7");
    round_trip(&Envelope::new(event("north-4")).unwrap());
    let errors = Envelope::new(event("-4")).unwrap_err();
    assert_eq!(
        errors.to_string(),
        "partition_key: must not be empty, since the partition key is made from it"
    );
    assert_eq!(Bucketed { article: 27 }.partition_key(), "7");
    let event = ComputedOfParts {
        article: 1,
        tenant: "a:b".to_owned(),
    };
    assert_eq!(event.partition_key(), "a%3Ab:1");
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.accepted", source = "/s")]
struct Accepted {
    #[aggregate_id]
    id: u8,
    #[outbox(occurred_at)]
    accepted_at: DateTime<Utc>,
}

/// A payload member that is also the flat message's own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.accepted", source = "/s")]
struct AcceptedThere {
    #[aggregate_id]
    id: u8,
    #[outbox(occurred_at)]
    occurred_at: DateTime<FixedOffset>,
}

#[test]
fn an_event_says_when_it_happened() {
    let accepted_at = Utc.with_ymd_and_hms(2026, 1, 31, 9, 30, 0).unwrap();
    let envelope = Envelope::new(Accepted { id: 1, accepted_at }).unwrap();
    assert_eq!(envelope.occurred_at(), accepted_at);
    assert_eq!(cloudevent(&envelope)["time"], "2026-01-31T09:30:00.000000Z");
    round_trip(&envelope);

    let later = accepted_at + chrono::TimeDelta::days(1);
    let envelope = envelope.with_occurred_at(later);
    assert_eq!(envelope.occurred_at(), later);
    assert_eq!(envelope.event().accepted_at, accepted_at);
}

#[test]
fn a_time_is_cut_to_microseconds_and_kept_in_the_payload() {
    let offset = FixedOffset::east_opt(3600).unwrap();
    let occurred_at = offset
        .with_ymd_and_hms(2026, 1, 31, 10, 30, 0)
        .unwrap()
        .checked_add_signed(chrono::TimeDelta::nanoseconds(123_456_789))
        .unwrap();
    let envelope = Envelope::new(AcceptedThere { id: 1, occurred_at }).unwrap();
    assert_eq!(
        envelope.occurred_at(),
        occurred_at.to_utc().trunc_subsecs(6)
    );
    let message = envelope.to_message().unwrap();
    assert_eq!(
        message["occurred_at"],
        "2026-01-31T10:30:00.123456789+01:00"
    );
    round_trip(&envelope);
}

#[test]
fn a_time_that_cannot_be_sent_is_a_violation_of_its_field() {
    let errors = Envelope::new(Accepted {
        id: 1,
        accepted_at: DateTime::<Utc>::MAX_UTC,
    })
    .unwrap_err();
    let violation = &errors.violations()[0];
    assert_eq!(
        (violation.path(), violation.code()),
        ("accepted_at", "occurred_at")
    );
}

#[test]
fn without_a_time_attribute_the_payloads_time_counts() {
    let accepted_at = Utc.with_ymd_and_hms(2026, 1, 31, 9, 30, 0).unwrap();
    let cloudevent = json!({
        "specversion": "1.0", "id": Uuid::now_v7(), "source": "/s",
        "type": "com.example.invite.accepted",
        "data": {"id": 1, "accepted_at": "2026-01-31T10:30:00+01:00"},
    });
    let envelope =
        Envelope::<Accepted>::from_cloudevent_json(cloudevent.to_string().as_bytes()).unwrap();
    assert_eq!(envelope.occurred_at(), accepted_at);
}

/// A type of the user's own as an extension.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
enum Plan {
    Free,
    Paid,
}

impl ToExtensionValue for Plan {
    fn to_extension_value(&self) -> Option<ExtensionValue> {
        matches!(self, Self::Paid).then(|| "paid".into())
    }
}

const SHARD: &str = "shard";

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s")]
struct Routed {
    #[aggregate_id]
    id: u8,
    #[outbox(extension)]
    tenant_id: String,
    #[outbox(extension = "plan")]
    billing_plan: Plan,
    #[outbox(extension = SHARD)]
    number: Option<u16>,
    #[outbox(extension)]
    r#final: bool,
    #[outbox(extension)]
    #[partition_key]
    account: Uuid,
}

fn routed() -> Routed {
    Routed {
        id: 1,
        tenant_id: "acme".to_owned(),
        billing_plan: Plan::Paid,
        number: Some(7),
        r#final: true,
        account: Uuid::nil(),
    }
}

#[test]
fn a_field_may_be_sent_as_an_attribute_too() {
    let envelope = Envelope::new(routed()).unwrap();
    let event = cloudevent(&envelope);
    assert_eq!(event["tenantid"], "acme");
    assert_eq!(event["plan"], "paid");
    assert_eq!(event["shard"], 7);
    assert_eq!(event["account"], Uuid::nil().to_string());
    assert_eq!(event["data"]["tenant_id"], "acme");
    round_trip(&envelope);

    let record = envelope.to_kafka_record(ContentMode::Binary).unwrap();
    assert!(record.headers().any(|header| header == ("ce_shard", b"7")));
    let row = envelope.to_row().unwrap();
    assert!(row.extensions.unwrap().contains("\"plan\":\"paid\""));
}

#[test]
fn what_is_absent_is_not_sent() {
    let envelope = Envelope::new(Routed {
        billing_plan: Plan::Free,
        number: None,
        ..routed()
    })
    .unwrap();
    let event = cloudevent(&envelope);
    assert_eq!((event.get("plan"), event.get("shard")), (None, None));
    round_trip(&envelope);
}

#[test]
fn an_attribute_may_be_overridden_and_is_checked() {
    let name = ExtensionName::from_static("plan");
    let envelope = Envelope::new(routed())
        .unwrap()
        .with_extension(name, "trial");
    assert_eq!(cloudevent(&envelope)["plan"], "trial");
    round_trip(&envelope);

    let errors = Envelope::new(Routed {
        tenant_id: "a\u{0}".to_owned(),
        ..routed()
    })
    .unwrap_err();
    let violation = &errors.violations()[0];
    assert_eq!(
        (violation.path(), violation.code()),
        ("tenant_id", "extension")
    );
}

#[test]
fn every_kind_of_value_is_an_attribute() {
    let uuid = Uuid::nil();
    let values: [(&dyn ToExtensionValue, Option<ExtensionValue>); 13] = [
        (&"a", Some("a".into())),
        (&"a".to_owned(), Some("a".into())),
        (&Cow::Borrowed("a"), Some("a".into())),
        (&Box::<str>::from("a"), Some("a".into())),
        (&'a', Some("a".into())),
        (&true, Some(true.into())),
        (&-1_i8, Some((-1).into())),
        (&i16::MIN, Some(i32::from(i16::MIN).into())),
        (&i32::MAX, Some(i32::MAX.into())),
        (&u8::MAX, Some(255.into())),
        (&u16::MAX, Some(65_535.into())),
        (&uuid, Some(uuid.to_string().into())),
        (&None::<u8>, None),
    ];
    for (value, expected) in values {
        assert_eq!(value.to_extension_value(), expected);
    }
}

#[test]
fn an_event_by_hand_says_its_attributes_too() {
    #[derive(Debug, Serialize)]
    struct ByHand(&'static str, DateTime<Utc>);

    impl OutboxEvent for ByHand {
        const DEFINITIONS: &'static [outbox_core::EventDefinition] =
            &[outbox_core::EventDefinition::new("com.example.a.b", "/s")];

        fn aggregate_id(&self) -> Cow<'_, str> {
            "a".into()
        }

        fn occurred_at(&self) -> Option<DateTime<Utc>> {
            Some(self.1)
        }

        fn extensions(&self, extensions: &mut Extensions) {
            extensions.insert(ExtensionName::from_static("plan"), self.0);
        }
    }

    let now = Utc::now();
    let envelope = Envelope::new(ByHand("paid", now)).unwrap();
    assert_eq!(cloudevent(&envelope)["plan"], "paid");
    let errors = Envelope::new(ByHand("\u{0}", DateTime::<Utc>::MAX_UTC)).unwrap_err();
    let told: Vec<_> = errors.iter().map(|one| (one.path(), one.code())).collect();
    assert_eq!(
        told,
        [("occurred_at", "occurred_at"), ("plan", "extension")]
    );
}
