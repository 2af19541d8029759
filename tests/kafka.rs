//! The CloudEvents Kafka protocol binding: the record that a client sends.

use chrono::{TimeZone, Utc};
use outbox_core::{ContentMode, Envelope, ExtensionName, KafkaRecord, OutboxEvent};
use serde::Serialize;
use uuid::Uuid;

#[derive(Debug, Clone, PartialEq, Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.stock.moved", source = "/stock")]
struct Moved {
    #[aggregate_id]
    article: String,
    #[partition_key]
    tenant: String,
    #[partition_key]
    shelf: u8,
}

fn event() -> Envelope<Moved> {
    let moved = Moved {
        article: "bolt".to_owned(),
        tenant: "a:ö".to_owned(),
        shelf: 7,
    };
    Envelope::new(moved)
        .expect("a valid event")
        .with_event_id(Uuid::from_u128(1))
        .with_occurred_at(Utc.with_ymd_and_hms(2026, 1, 1, 0, 0, 0).unwrap())
        .with_correlation_id(Uuid::from_u128(2))
        .with_extension(ExtensionName::from_static("region"), "eü%")
        .with_extension(ExtensionName::from_static("attempt"), -3)
        .with_extension(ExtensionName::from_static("replayed"), true)
}

fn headers(record: &KafkaRecord) -> Vec<(&str, &str)> {
    record
        .headers()
        .map(|(name, value)| (name, std::str::from_utf8(value).expect("UTF-8")))
        .collect()
}

#[test]
fn in_binary_mode_the_attributes_are_headers() {
    let record = event().to_kafka_record(ContentMode::Binary).unwrap();
    assert_eq!(record.topic(), "outbox.event.stock");
    assert_eq!(record.key(), Some("a%3Aö:7".as_bytes()));
    assert_eq!(
        headers(&record),
        [
            ("content-type", "application/json"),
            ("ce_specversion", "1.0"),
            ("ce_id", "00000000-0000-0000-0000-000000000001"),
            ("ce_source", "/stock"),
            ("ce_type", "com.example.stock.moved"),
            ("ce_subject", "bolt"),
            ("ce_time", "2026-01-01T00:00:00.000000Z"),
            ("ce_dataversion", "1.0"),
            ("ce_partitionkey", "a%3Aö:7"),
            ("ce_correlationid", "00000000-0000-0000-0000-000000000002"),
            ("ce_attempt", "-3"),
            ("ce_region", "eü%"),
            ("ce_replayed", "true"),
        ]
    );
    let value = r#"{"article":"bolt","tenant":"a:ö","shelf":7}"#;
    assert_eq!(record.value(), Some(value.as_bytes()));
}

#[test]
fn in_structured_mode_the_value_is_the_event() {
    let record = event().to_kafka_record(ContentMode::Structured).unwrap();
    assert_eq!(record.topic(), "outbox.event.stock");
    assert_eq!(record.key(), Some("a%3Aö:7".as_bytes()));
    assert_eq!(
        headers(&record),
        [(
            "content-type",
            "application/cloudevents+json; charset=UTF-8"
        )]
    );
    assert_eq!(
        record.value(),
        Some(&*event().to_cloudevent_json().unwrap())
    );
}

#[test]
fn a_definition_may_name_its_topic() {
    #[derive(Serialize, OutboxEvent)]
    #[outbox(
        event_type = "com.example.stock.moved",
        source = "/s",
        topic = "stock-v1"
    )]
    struct Moved {
        #[aggregate_id]
        id: u8,
    }
    let event = Envelope::new(Moved { id: 7 }).unwrap();
    for mode in [ContentMode::Binary, ContentMode::Structured] {
        let record = event.to_kafka_record(mode).unwrap();
        assert_eq!(
            (record.topic(), record.key()),
            ("stock-v1", Some(&b"7"[..]))
        );
    }
}

#[test]
fn a_record_is_made_of_what_a_client_received() {
    let headers = vec![
        ("a".to_owned(), b"1".to_vec()),
        ("a".to_owned(), vec![0xFF]),
    ];
    let record = KafkaRecord::from_parts("t", None, headers, None);
    assert_eq!(
        (record.topic(), record.key(), record.value()),
        ("t", None, None)
    );
    let headers: Vec<_> = record.headers().collect();
    assert_eq!(headers, [("a", &b"1"[..]), ("a", &[0xFF][..])]);
}

#[test]
fn a_record_can_be_read_by_people() {
    let headers = vec![("a".to_owned(), b"1\xFF".to_vec())];
    let record = KafkaRecord::from_parts("t", Some(b"acme".to_vec()), headers, None);
    assert_eq!(
        format!("{record:?}"),
        r#"KafkaRecord { topic: "t", key: Some(b"acme"), headers: [("a", b"1\xff")], value: None }"#
    );
}
