//! The configuration in `docs/debezium.md`, applied as the outbox event router does: its record is the one
//! that this crate makes. And the same of Debezium itself, where `OUTBOX_TEST_DEBEZIUM` names the folder of its
//! jars and `OUTBOX_TEST_POSTGRES_URL` a PostgreSQL with `wal_level=logical`; `tests/debezium/route-rows` has both.

#[path = "debezium/connector.rs"]
mod connector;
#[path = "debezium/outbox.rs"]
mod outbox;
mod support;

use std::collections::BTreeMap;
use std::env;
use std::fmt::Debug;
use std::path::Path;

use chrono::{TimeZone, Utc};
use connector::{Connector, Record};
use outbox::Outbox;
use outbox_core::{
    CloudEvent, ContentMode, DecodeEvent, Envelope, ExtensionName, KafkaRecord, OutboxEvent,
    OutboxRow, TraceParent, TraceState, row,
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

/// The connector's options.
fn options() -> BTreeMap<String, String> {
    let connector: Value = serde_json::from_str(block("json")).expect("the connector is JSON");
    serde_json::from_value(connector["config"].clone()).expect("an option is a string")
}

/// An option of the router.
fn router(name: &str) -> String {
    options()
        .remove(&format!("transforms.outbox.{name}"))
        .expect("it is there")
}

/// What the router makes of an inserted row. Kafka Connect's headers may be null; those are left out, as
/// `from_rdkafka_message` does.
fn route(row: &OutboxRow, placement: &str) -> KafkaRecord {
    let texts = row.to_texts().expect("it has texts");
    let columns: BTreeMap<&str, Option<&str>> = row::COLUMNS
        .into_iter()
        .zip(texts.iter().map(Option::as_deref))
        .collect();
    let column = |name: &str| columns[name].map(str::to_owned);
    let topic = router("route.topic.replacement").replace(
        "${routedByValue}",
        &column(&router("route.by.field")).expect("it is routed by a value"),
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
        column(&router("table.field.event.key")).map(String::into_bytes),
        headers,
        column("payload").map(String::into_bytes),
    )
}

fn headers(record: &KafkaRecord) -> BTreeMap<&str, &str> {
    let text = |(name, value)| (name, str::from_utf8(value).expect("UTF-8"));
    record.headers().map(text).collect()
}

/// The router's record is ours, but for its own header `id`.
fn is_ours<E>(event: &Envelope<E>, routed: &KafkaRecord)
where
    E: OutboxEvent + DecodeEvent + Debug + PartialEq,
{
    let ours = event.to_kafka_record(ContentMode::Binary).unwrap();
    assert_eq!(routed.topic(), ours.topic());
    assert_eq!(routed.key(), ours.key());
    assert_eq!(routed.value(), ours.value());
    let mut headers_of_router = headers(routed);
    assert!(headers_of_router.remove("id").is_some());
    assert_eq!(headers_of_router, headers(&ours));
    let read = CloudEvent::from_kafka_record(routed);
    assert_eq!(read, CloudEvent::from_kafka_record(&ours));
    assert!(read.is_ok());
    assert_eq!(Envelope::from_kafka_record(routed).as_ref(), Ok(event));
}

fn placement() -> String {
    router("table.fields.additional.placement")
}

/// The page's placement of the columns that may be NULL.
fn nullable_placement() -> &'static str {
    block("text").trim_end()
}

/// The page's placement of the extension `region`.
const EXTENSION_PLACEMENT: &str = ",region:header:ce_region";

#[test]
fn what_every_event_has_is_in_the_record() {
    let event = closed();
    is_ours(&event, &route(&event.to_row().unwrap(), &placement()));
}

#[test]
fn with_the_columns_that_may_be_null_all_of_it_is() {
    let placement = placement() + nullable_placement();
    let (closed, placed) = (closed(), placed());
    is_ours(&closed, &route(&closed.to_row().unwrap(), &placement));
    is_ours(&placed, &route(&placed.to_row().unwrap(), &placement));
}

/// Every column is either in the record or known not to be.
#[test]
fn no_column_is_forgotten() {
    let placement = placement() + nullable_placement();
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
fn an_extension_is_placed_as_the_page_says() {
    assert!(PAGE.contains(&format!("`{EXTENSION_PLACEMENT}`")));
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

/// An outbox, and Debezium's jars to relay it with.
fn debezium(database: &str) -> Option<(Outbox, String)> {
    let variables = (
        env::var("OUTBOX_TEST_DEBEZIUM"),
        env::var("OUTBOX_TEST_POSTGRES_URL"),
    );
    let (Ok(jars), Ok(url)) = variables else {
        support::skipped(
            "`OUTBOX_TEST_DEBEZIUM` and `OUTBOX_TEST_POSTGRES_URL` do not name Debezium's jars and a server",
        );
        return None;
    };
    Some((Outbox::create(&url, database, block("sql")), jars))
}

/// The page's connector with this placement.
fn start(outbox: &Outbox, jars: &str, placement: String) -> Connector {
    let mut options = options();
    let placed = "transforms.outbox.table.fields.additional.placement";
    options.insert(placed.to_owned(), placement);
    options.extend(outbox.options());
    Connector::start(Path::new(jars), options)
}

/// What becomes of a column that is NULL.
fn null_headers(record: &Record) -> Vec<&str> {
    let headers = record.headers.iter();
    headers
        .filter(|header| header.value.is_none())
        .map(|header| header.name.as_str())
        .collect()
}

/// The headers of a placement.
fn aliases(placement: &str) -> Vec<&str> {
    let placed = placement.split(',');
    placed
        .filter_map(|one| Some(one.split_once(":header:")?.1))
        .collect()
}

/// Without its null headers, as `from_rdkafka_message` takes a record.
fn of_debezium(record: Record) -> KafkaRecord {
    let headers = record.headers.into_iter();
    KafkaRecord::from_parts(
        record.topic,
        record.key,
        headers
            .filter_map(|header| Some((header.name, header.value?)))
            .collect(),
        record.value,
    )
}

#[test]
fn debezium_takes_the_page_as_it_is() {
    let Some((mut outbox, jars)) = debezium("outbox_test_debezium_page") else {
        return;
    };
    let event = closed();
    outbox.insert(&event);
    let connector = start(&outbox, &jars, placement());
    is_ours(&event, &of_debezium(connector.next()));
}

/// Of rows that were there before it, and of others, deleted or not.
#[test]
fn debezium_makes_our_records() {
    let Some((mut outbox, jars)) = debezium("outbox_test_debezium_records") else {
        return;
    };
    let region = ExtensionName::from_static("region");
    let (minimal, full) = (closed(), placed().with_extension(region.clone(), "eu"));
    outbox.insert(&minimal);
    outbox.insert(&full);

    let nullable = nullable_placement().to_owned() + EXTENSION_PLACEMENT;
    let connector = start(&outbox, &jars, placement() + &nullable);
    let record = connector.next();
    assert_eq!(null_headers(&record), aliases(&nullable));
    is_ours(&minimal, &of_debezium(record));
    is_ours(&full, &of_debezium(connector.next()));

    let (passing, deleted, last) = (closed(), closed(), placed().with_extension(region, "ü"));
    outbox.insert_and_delete(&passing);
    outbox.insert(&deleted);
    outbox.delete(deleted.event_id());
    outbox.insert(&last);
    is_ours(&passing, &of_debezium(connector.next()));
    is_ours(&deleted, &of_debezium(connector.next()));
    is_ours(&last, &of_debezium(connector.next()));
}
