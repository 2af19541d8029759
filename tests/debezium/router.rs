//! The connector's configuration in `docs/debezium.md`, applied as the outbox event router does.

use std::collections::BTreeMap;

use outbox_core::{KafkaRecord, OutboxRow, row};
use serde_json::Value;

pub(crate) const PAGE: &str = include_str!("../../docs/debezium.md");

/// Returns the page's first block of this language.
pub(crate) fn block(language: &str) -> &'static str {
    let (_, after) = PAGE
        .split_once(&format!("```{language}\n"))
        .expect("it is there");
    after.split_once("```").expect("it ends").0
}

/// Returns the connector's options.
pub(crate) fn options() -> BTreeMap<String, String> {
    let connector: Value = serde_json::from_str(block("json")).expect("the connector is JSON");
    serde_json::from_value(connector["config"].clone()).expect("an option is a string")
}

/// Returns an option of the router.
pub(crate) fn router(name: &str) -> String {
    options()
        .remove(&format!("transforms.outbox.{name}"))
        .expect("it is there")
}

/// Returns the record that the router makes of an inserted row. Headers with a null value, which Kafka Connect allows,
/// are left out, as in `from_rdkafka_message`.
pub(crate) fn route(row: &OutboxRow, placement: &str) -> KafkaRecord {
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
            panic!("`{placed}` is not a placement in a header");
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

pub(crate) fn placement() -> String {
    router("table.fields.additional.placement")
}

/// Returns the page's placement of the columns that may be `NULL`.
pub(crate) fn nullable_placement() -> &'static str {
    block("text").trim_end()
}
