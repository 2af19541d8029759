//! The configuration in `docs/debezium.md`, applied as the outbox event router does: its record is the one
//! that this crate makes.

use std::collections::BTreeMap;

use chrono::{TimeZone, Utc};
use outbox_core::{
    CloudEvent, ContentMode, Envelope, KafkaRecord, OutboxEvent, OutboxRow, TraceParent,
    TraceState, row,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

const PAGE: &str = include_str!("../docs/debezium.md");

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, OutboxEvent)]
#[outbox(
    event_type = "com.example.order.placed",
    source = "/orders",
    topic = "orders.v1",
    dataschema = "https://example.com/order.json"
)]
struct Placed {
    #[aggregate_id]
    order_id: String,
    #[partition_key]
    tenant: String,
    #[partition_key]
    shelf: u8,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, OutboxEvent)]
#[outbox(event_type = "com.example.order.closed", source = "/orders")]
struct Closed {
    #[aggregate_id]
    order_id: String,
}

fn placed() -> Envelope<Placed> {
    let event = Placed {
        order_id: "für \"7\"".to_owned(),
        tenant: "acme:eu".to_owned(),
        shelf: 3,
    };
    Envelope::new(event)
        .expect("it is valid")
        .with_occurred_at(Utc.with_ymd_and_hms(2026, 1, 1, 0, 0, 0).unwrap())
        .with_correlation_id(Uuid::from_u128(2))
        .with_causation_id(Uuid::from_u128(3))
        .with_trace_parent(TraceParent::from_static(
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        ))
        .with_trace_state(TraceState::new("rojo=1").expect("a tracestate"))
}

fn closed() -> Envelope<Closed> {
    let order_id = "7".to_owned();
    Envelope::new(Closed { order_id }).expect("it is valid")
}

/// The text of the page's first block of this language.
fn block(language: &str) -> &'static str {
    let (_, after) = PAGE
        .split_once(&format!("```{language}\n"))
        .expect("it is there");
    after.split_once("```").expect("it ends").0
}

/// The options of the router, without their prefix, and the others.
fn options() -> BTreeMap<String, String> {
    let connector: Value = serde_json::from_str(block("json")).expect("the connector is JSON");
    let config = connector["config"].as_object().expect("it has options");
    config
        .iter()
        .map(|(name, value)| {
            let name = name.strip_prefix("transforms.outbox.").unwrap_or(name);
            let value = value.as_str().expect("an option is a string");
            (name.to_owned(), value.to_owned())
        })
        .collect()
}

/// What the router makes of an inserted row. Kafka Connect's headers may be null; those are left out, as
/// `from_rdkafka_message` does.
fn route(row: &OutboxRow, placement: &str) -> KafkaRecord {
    let options = options();
    let texts = row.to_texts().expect("it has texts");
    let columns: BTreeMap<&str, Option<&str>> = row::COLUMNS
        .into_iter()
        .zip(texts.iter().map(Option::as_deref))
        .collect();
    let column = |name: &str| columns[name].map(str::to_owned);
    let topic = options["route.topic.replacement"].replace(
        "${routedByValue}",
        &column(&options["route.by.field"]).expect("it is routed by a value"),
    );
    let mut headers = vec![("id".to_owned(), row.id.to_string().into_bytes())];
    for placed in placement.split(',') {
        let [name, "header", alias] = placed.split(':').collect::<Vec<_>>()[..] else {
            panic!("`{placed}` is no placement in a header");
        };
        headers.extend(column(name).map(|value| (alias.to_owned(), value.into_bytes())));
    }
    KafkaRecord::from_parts(
        topic,
        column(&options["table.field.event.key"]).map(String::into_bytes),
        headers,
        column("payload").map(String::into_bytes),
    )
}

fn headers(record: &KafkaRecord) -> BTreeMap<&str, &str> {
    let text = |(name, value)| (name, str::from_utf8(value).expect("UTF-8"));
    record.headers().map(text).collect()
}

/// The router's record is ours, but for its own header `id`.
fn is_ours<E: OutboxEvent>(event: &Envelope<E>, placement: &str) {
    let routed = route(&event.to_row().unwrap(), placement);
    let ours = event.to_kafka_record(ContentMode::Binary).unwrap();
    assert_eq!(routed.topic(), ours.topic());
    assert_eq!(routed.key(), ours.key());
    assert_eq!(routed.value(), ours.value());
    let mut headers_of_router = headers(&routed);
    assert!(headers_of_router.remove("id").is_some());
    assert_eq!(headers_of_router, headers(&ours));
    let read = CloudEvent::from_kafka_record(&routed);
    assert_eq!(read, CloudEvent::from_kafka_record(&ours));
    assert!(read.is_ok());
}

fn placement() -> String {
    options()
        .remove("table.fields.additional.placement")
        .expect("it is there")
}

#[test]
fn what_every_event_has_is_in_the_record() {
    is_ours(&closed(), &placement());
}

#[test]
fn with_the_columns_that_may_be_null_all_of_it_is() {
    let placement = placement() + block("text").trim_end();
    is_ours(&closed(), &placement);
    is_ours(&placed(), &placement);
    let event = placed();
    let routed = route(&event.to_row().unwrap(), &placement);
    assert_eq!(Envelope::from_kafka_record(&routed), Ok(event));
}

/// Every column is either in the record or known not to be.
#[test]
fn no_column_is_forgotten() {
    let placement = placement() + block("text").trim_end();
    let placed: Vec<&str> = placement
        .split(',')
        .filter_map(|one| one.split(':').next())
        .collect();
    let elsewhere = [
        "aggregatetype",
        "aggregateid",
        "payload",
        "topic",
        "extensions",
    ];
    for column in row::COLUMNS {
        assert!(
            placed.contains(&column) != elsewhere.contains(&column),
            "{column}"
        );
    }
}

#[test]
fn text_stays_as_it_is() {
    let options = options();
    for converter in ["key.converter", "value.converter", "header.converter"] {
        assert!(
            options[converter].ends_with(".StringConverter"),
            "{converter}"
        );
    }
}
