//! Types of other crates: an event with each goes through the catalogue, the gate and the formats.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use bytes::Bytes;
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use outbox_core::contract::{Catalog, Compatibility, Update, check_compatible};
use outbox_core::{ContentMode, Envelope, OutboxEvent};
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::Url;
use uuid::Uuid;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, OutboxEvent)]
#[outbox(event_type = "com.example.thing.done", source = "/things")]
struct Done<T: Serialize> {
    #[aggregate_id]
    id: String,
    v: T,
    list: Vec<T>,
    option: Option<T>,
}

/// Checks that an event with this value is published, recorded, written and read, and that a reader of the schema
/// accepts it. `wrong` is a value that the type does not accept.
fn check<T>(v: T, wrong: &Value)
where
    T: std::fmt::Debug + Clone + PartialEq + Serialize + for<'de> Deserialize<'de> + JsonSchema,
{
    let name = std::any::type_name::<T>();
    let catalog = Catalog::new("Test", "1").with::<Done<T>>();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.lock.json");
    for update in [Update::Additions, Update::Nothing] {
        let verdict = check_compatible(&catalog, &path, Compatibility::Full, update);
        assert_eq!(verdict, Ok(()), "{name}");
    }
    let event = Envelope::new(Done {
        id: "1".to_owned(),
        v: v.clone(),
        list: vec![v.clone()],
        option: Some(v),
    });
    let event = event.unwrap();
    let schema = catalog.json_schema("com.example.thing.done").unwrap();
    let validator = jsonschema::draft202012::options()
        .should_validate_formats(true)
        .build(&schema)
        .expect(name);
    let mut payload = serde_json::to_value(event.event()).unwrap();
    assert!(validator.is_valid(&payload), "{payload} {schema}");
    payload["v"] = wrong.clone();
    assert!(!validator.is_valid(&payload), "{payload} {schema}");
    assert!(catalog.markdown().contains("| `list[]` |"));
    assert!(catalog.asyncapi().is_object());

    let read = Envelope::from_cloudevent_json(&event.to_cloudevent_json().unwrap());
    assert_eq!(read.as_ref(), Ok(&event), "{name}");
    let read = Envelope::from_row(&event.to_row().unwrap());
    assert_eq!(read.as_ref(), Ok(&event), "{name}");
    let read = Envelope::from_message_json(&event.to_message_json().unwrap());
    assert_eq!(read.as_ref(), Ok(&event), "{name}");
    for mode in [ContentMode::Binary, ContentMode::Structured] {
        let read = Envelope::from_kafka_record(&event.to_kafka_record(mode).unwrap());
        assert_eq!(read.as_ref(), Ok(&event), "{name}");
    }
}

#[test]
fn events_may_have_them() {
    let time: DateTime<Utc> = "2026-01-01T00:00:00.5Z".parse().unwrap();
    for money in ["0", "-1.50", "79228162514264337593543950335"] {
        check::<Decimal>(money.parse().unwrap(), &json!("one"));
    }
    check(time, &json!("yesterday"));
    check(time.fixed_offset(), &json!(1));
    check::<NaiveDate>(time.date_naive(), &json!("2026-13-01"));
    check::<NaiveTime>(time.time(), &json!(1));
    check::<NaiveDateTime>(time.naive_utc(), &json!(1));
    check(std::time::Duration::from_millis(1500), &json!("1s"));
    check(
        Url::parse("https://example.com/?a=b#c").unwrap(),
        &json!("no URL"),
    );
    check(IpAddr::V4(Ipv4Addr::LOCALHOST), &json!(1));
    check(IpAddr::V6(Ipv6Addr::LOCALHOST), &json!(1));
    check(Ipv4Addr::LOCALHOST, &json!("::1"));
    check(SocketAddr::from((Ipv4Addr::LOCALHOST, 80)), &json!(80));
    check(Uuid::from_u128(7), &json!("7"));
    check(Bytes::from_static(b"abc"), &json!("abc"));
    check(std::path::PathBuf::from("/a"), &json!(1));
    check(std::num::NonZeroU64::MIN, &json!(0));
}
