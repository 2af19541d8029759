//! Newtypes as keys and as extension attributes, by their derives.
#![deny(warnings, missing_docs)]

use std::borrow::Cow;
use std::fmt::Debug;
use std::marker::PhantomData;

use outbox_core::{
    ContentMode, DecodeEvent, EncodeError, Envelope, ExtensionValue, KeyPart, OutboxEvent,
    ToExtensionValue, Validate, ValidationErrors, Violation, composite_key,
};
use proptest::prelude::{any, proptest};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, KeyPart, ToExtensionValue)]
struct TenantId(String);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, KeyPart, ToExtensionValue)]
struct OrderId(Uuid);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, KeyPart, ToExtensionValue)]
#[serde(transparent)]
struct Region {
    r#type: Cow<'static, str>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, KeyPart, ToExtensionValue)]
struct Id<T>(T);

#[derive(KeyPart, ToExtensionValue)]
struct Name<'a>(&'a str);

/// An id that knows the kind of its aggregate.
#[derive(Debug, PartialEq, KeyPart, ToExtensionValue)]
struct IdOf<T: ?Sized> {
    of: PhantomData<fn() -> PhantomData<T>>,
    value: u16,
}

#[derive(KeyPart, ToExtensionValue)]
struct Bounded<'a, T: ?Sized, const N: usize = 3>(PhantomData<[u8; N]>, &'a T)
where
    T: Debug;

#[derive(KeyPart, ToExtensionValue)]
struct Unsized<T: ?Sized>(T);

#[derive(KeyPart, ToExtensionValue)]
#[allow(dead_code, reason = "a value of it cannot be made")]
struct Text(str);

const ID: Uuid = Uuid::from_u128(0x0192_0000_0000_7000_8000_0000_0000_0001);
const ID_TEXT: &str = "01920000-0000-7000-8000-000000000001";

fn id_of<T>(value: u16) -> IdOf<T> {
    IdOf {
        of: PhantomData,
        value,
    }
}

#[test]
fn a_newtype_has_the_key_of_its_field() {
    let text = "eu".to_owned();
    let parts: [(&dyn KeyPart, &str); 11] = [
        (&TenantId("acme".to_owned()), "acme"),
        (&OrderId(ID), ID_TEXT),
        (
            &Region {
                r#type: "eu".into(),
            },
            "eu",
        ),
        (&Id(-7_i64), "-7"),
        (&Id(Box::new(Id('a'))), "a"),
        (&Id(&OrderId(ID)), ID_TEXT),
        (&Name(&text), "eu"),
        (&id_of::<OrderPlaced>(7), "7"),
        (&Bounded::<str>(PhantomData, "a:b"), "a:b"),
        (&Bounded::<_, 9>(PhantomData, &true), "true"),
        (&(&Unsized(7_u8) as &Unsized<dyn KeyPart>), "7"),
    ];
    for (part, expected) in parts {
        assert_eq!(part.key_part(), expected);
    }
}

#[test]
fn a_newtype_has_the_extension_value_of_its_field() {
    let values: [(&dyn ToExtensionValue, Option<ExtensionValue>); 10] = [
        (&TenantId("acme".to_owned()), Some("acme".into())),
        (&OrderId(ID), Some(ID_TEXT.into())),
        (
            &Region {
                r#type: "eu".into(),
            },
            Some("eu".into()),
        ),
        (&Id(-7), Some((-7).into())),
        (&Id(Some(Id(true))), Some(true.into())),
        (&Id(None::<TenantId>), None),
        (&Name("eu"), Some("eu".into())),
        (&id_of::<OrderPlaced>(7), Some(7.into())),
        (&Bounded::<str>(PhantomData, "a:b"), Some("a:b".into())),
        (
            &(&Unsized(7_u8) as &Unsized<dyn ToExtensionValue>),
            Some(7.into()),
        ),
    ];
    for (value, expected) in values {
        assert_eq!(value.to_extension_value(), expected);
    }
}

#[test]
fn an_unsized_newtype_is_a_key_too() {
    fn is_key<T: KeyPart + ToExtensionValue + ?Sized>() {}
    is_key::<Text>();
    is_key::<Unsized<str>>();
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, OutboxEvent)]
#[outbox(event_type = "com.example.order.placed", source = "/orders")]
struct OrderPlaced {
    #[aggregate_id]
    order: OrderId,
    #[partition_key]
    #[outbox(extension)]
    tenant: TenantId,
    #[partition_key]
    region: Region,
    #[partition_key]
    shop: Id<u8>,
    #[outbox(extension)]
    plan: Id<Option<String>>,
}

fn placed(tenant: &str, plan: Option<&str>) -> OrderPlaced {
    OrderPlaced {
        order: OrderId(ID),
        tenant: TenantId(tenant.to_owned()),
        region: Region {
            r#type: "eu".into(),
        },
        shop: Id(7),
        plan: Id(plan.map(str::to_owned)),
    }
}

/// Sends the event through every format and back.
fn round_trip<E: DecodeEvent + PartialEq + Debug>(envelope: &Envelope<E>) {
    let row = envelope.to_row().unwrap();
    assert_eq!(Envelope::from_row(&row).as_ref(), Ok(envelope));
    let json = envelope.to_cloudevent_json().unwrap();
    assert_eq!(Envelope::from_cloudevent_json(&json).as_ref(), Ok(envelope));
    for mode in [ContentMode::Binary, ContentMode::Structured] {
        let record = envelope.to_kafka_record(mode).unwrap();
        assert_eq!(Envelope::from_kafka_record(&record).as_ref(), Ok(envelope));
    }
    let message = envelope.to_message_json().unwrap();
    let read = Envelope::<E>::from_message_json(&message).unwrap();
    assert_eq!(read.event(), envelope.event());
}

#[test]
fn an_event_of_newtypes_has_their_texts() {
    let envelope = Envelope::new(placed("a:b", Some("paid"))).unwrap();
    assert_eq!(envelope.aggregate_id(), ID_TEXT);
    assert_eq!(envelope.partition_key(), "a%3Ab:eu:7");

    let record = envelope.to_kafka_record(ContentMode::Binary).unwrap();
    assert_eq!(record.key(), Some("a%3Ab:eu:7".as_bytes()));
    let has = |name, value: &str| {
        let mut headers = record.headers();
        headers.any(|header| header == (name, value.as_bytes()))
    };
    assert!(has("ce_subject", ID_TEXT) && has("ce_tenant", "a:b") && has("ce_plan", "paid"));

    let row = envelope.to_row().unwrap();
    assert_eq!(
        (&*row.aggregate_id, &*row.partition_key),
        (ID_TEXT, "a%3Ab:eu:7")
    );
    round_trip(&envelope);
}

#[test]
fn a_newtype_without_a_value_is_not_sent() {
    let envelope = Envelope::new(placed("acme", None)).unwrap();
    assert_eq!(envelope.to_cloudevent().unwrap().extension("plan"), None);
    round_trip(&envelope);
}

#[test]
fn the_text_of_a_newtype_is_checked() {
    for (tenant, expected) in [
        ("", &[("tenant", "partition_key")][..]),
        (
            "\u{7}",
            &[("tenant", "partition_key"), ("tenant", "extension")],
        ),
    ] {
        let errors = Envelope::new(placed(tenant, None)).unwrap_err();
        let told: Vec<_> = errors.iter().map(|one| (one.path(), one.code())).collect();
        assert_eq!(told, expected, "{tenant:?}");
    }
    let errors = Envelope::new(placed("acme", Some("\u{7}"))).unwrap_err();
    assert_eq!(errors.violations()[0].path(), "plan");
}

proptest! {
    #[test]
    fn a_key_of_newtypes_is_that_of_their_fields(tenant in any::<String>(), number in any::<i128>()) {
        let newtypes: [&dyn KeyPart; 2] = [&Id(TenantId(tenant.clone())), &Id(number)];
        let fields: [&dyn KeyPart; 2] = [&tenant, &number];
        assert_eq!(composite_key(&newtypes), composite_key(&fields));
    }
}

/// A generic event has the bounds that the newtypes need for its parameters.
#[derive(Debug, PartialEq, Serialize, Deserialize, OutboxEvent)]
#[outbox(event_type = "com.example.thing.changed", source = "/s")]
struct Changed<K, V> {
    #[aggregate_id]
    id: Id<K>,
    #[outbox(extension)]
    value: Id<V>,
}

#[test]
fn a_generic_event_may_have_generic_newtypes() {
    let envelope = Envelope::new(Changed {
        id: Id(7_u8),
        value: Id(false),
    })
    .unwrap();
    assert_eq!(envelope.partition_key(), "7");
    round_trip(&envelope);
}

/// The member of the flat message is the event's own aggregate id.
#[derive(Debug, PartialEq, Serialize, Deserialize, OutboxEvent)]
#[outbox(event_type = "com.example.order.paid", source = "/s")]
struct Paid<I> {
    aggregate_id: I,
}

#[test]
fn a_newtype_that_serde_writes_as_text_may_be_the_aggregate_id_by_name() {
    let envelope = Envelope::new(Paid {
        aggregate_id: OrderId(ID),
    })
    .unwrap();
    assert_eq!(envelope.to_message().unwrap()["aggregate_id"], ID_TEXT);
    round_trip(&envelope);
    let region = Region {
        r#type: "eu".into(),
    };
    let envelope = Envelope::new(Paid {
        aggregate_id: region,
    })
    .unwrap();
    assert_eq!(envelope.to_message().unwrap()["aggregate_id"], "eu");
    round_trip(&envelope);

    let number = Envelope::new(Paid {
        aggregate_id: Id(7_u8),
    })
    .unwrap();
    let error = number.to_message().unwrap_err();
    assert!(
        matches!(error, EncodeError::SharedMember { .. }),
        "{error:?}"
    );
    assert!(number.to_row().is_ok());
}

/// A newtype with rules of its own, whose keys are beside those of its other derives.
#[derive(Debug, PartialEq, Serialize, Deserialize, Validate, KeyPart, ToExtensionValue)]
#[outbox(crate = ::outbox_core, validate_with = Self::is_lower_case)]
struct Slug(#[validate(length(min = 2))] String);

impl Slug {
    fn is_lower_case(&self) -> Result<(), ValidationErrors> {
        if self.0 == self.0.to_lowercase() {
            return Ok(());
        }
        Err(Violation::new("", "case", "must be in lower case").into())
    }
}

#[derive(Debug, PartialEq, Serialize, Deserialize, OutboxEvent)]
#[outbox(event_type = "com.example.page.written", source = "/s")]
struct Written {
    #[aggregate_id]
    #[outbox(extension)]
    #[validate(nested)]
    slug: Slug,
}

#[test]
fn a_newtype_may_have_rules_too() {
    let event = |slug: &str| Written {
        slug: Slug(slug.to_owned()),
    };
    round_trip(&Envelope::new(event("ab")).unwrap());
    let errors = Envelope::new(event("A")).unwrap_err();
    let told: Vec<_> = errors.iter().map(|one| (one.path(), one.code())).collect();
    assert_eq!(told, [("slug", "length"), ("slug", "case")]);
}
