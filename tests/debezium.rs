//! The connector's configuration in `docs/debezium.md`, applied as the outbox event router does. The router's record
//! equals the crate's. The same tests run with Debezium itself if `OUTBOX_TEST_DEBEZIUM` names the folder of its jars
//! and `OUTBOX_TEST_POSTGRES_URL` a PostgreSQL with `wal_level=logical`. `tests/debezium/route-rows` sets up both.

#[path = "debezium/connector.rs"]
mod connector;
#[path = "debezium/events.rs"]
mod events;
#[path = "debezium/outbox.rs"]
mod outbox;
#[path = "debezium/router.rs"]
mod router;
mod support;

use std::collections::BTreeMap;
use std::env;
use std::fmt::Debug;
use std::path::Path;

use connector::{Connector, Record};
use events::{closed, placed};
use outbox::Outbox;
use outbox_core::{
    CloudEvent, ContentMode, DecodeEvent, Envelope, ExtensionName, KafkaRecord, OutboxEvent, row,
};
use router::{PAGE, block, nullable_placement, options, placement, route};
use uuid::Uuid;

fn headers(record: &KafkaRecord) -> BTreeMap<&str, &str> {
    let text = |(name, value)| (name, str::from_utf8(value).expect("UTF-8"));
    record.headers().map(text).collect()
}

/// The router's record equals the crate's, except for the router's own header `id`.
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

/// The placement of the extension `region`, as on the page.
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

/// Every column is in the record, or is listed as left out.
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

/// An outbox with this table, and Debezium's jars to relay it.
fn debezium(database: &str, table: &str, more: &str) -> Option<(Outbox, String)> {
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
    Some((Outbox::create(&url, database, table, more), jars))
}

/// The ordinary table, with the columns for extensions from the page.
fn plain(database: &str) -> Option<(Outbox, String)> {
    debezium(database, row::postgres::CREATE_TABLE, block("sql"))
}

/// The options of the page for a snapshot in order.
fn snapshot_options() -> BTreeMap<String, String> {
    let (_, after) = PAGE.rsplit_once("```text\n").expect("it is there");
    let (members, _) = after.split_once("```").expect("it ends");
    serde_json::from_str(&format!("{{{members}}}")).expect("an option is a string")
}

/// Returns the page's connector with this placement.
fn start(outbox: &Outbox, jars: &str, placement: String) -> Connector {
    start_with(outbox, jars, placement, BTreeMap::new())
}

/// Returns the page's connector with this placement and more options.
fn start_with(
    outbox: &Outbox,
    jars: &str,
    placement: String,
    more: BTreeMap<String, String>,
) -> Connector {
    let mut options = options();
    options.extend(more);
    let placed = "transforms.outbox.table.fields.additional.placement";
    options.insert(placed.to_owned(), placement);
    options.extend(outbox.options());
    Connector::start(Path::new(jars), options)
}

/// Returns the names of the headers with a null value.
fn null_headers(record: &Record) -> Vec<&str> {
    let headers = record.headers.iter();
    headers
        .filter(|header| header.value.is_none())
        .map(|header| header.name.as_str())
        .collect()
}

/// Returns the headers of a placement.
fn aliases(placement: &str) -> Vec<&str> {
    let placed = placement.split(',');
    placed
        .filter_map(|one| Some(one.split_once(":header:")?.1))
        .collect()
}

/// Returns the record without its null headers, as `from_rdkafka_message` takes it.
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
    let Some((mut outbox, jars)) = plain("outbox_test_debezium_page") else {
        return;
    };
    let event = closed();
    outbox.insert(&event);
    let connector = start(&outbox, &jars, placement());
    is_ours(&event, &of_debezium(connector.next()));
}

/// Rows that exist before the connector starts, and later rows, deleted or not.
#[test]
fn debezium_makes_our_records() {
    let Some((mut outbox, jars)) = plain("outbox_test_debezium_records") else {
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

/// Rows that exist before the connector starts come in the order of `seq`, whatever the order of their ids or of the
/// table.
#[test]
fn debezium_reads_old_rows_in_the_order_of_the_inserts() {
    let Some((mut outbox, jars)) = plain("outbox_test_debezium_snapshot") else {
        return;
    };
    let events = [7, 3, 5].map(|id| closed().with_event_id(Uuid::from_u128(id)));
    for event in &events {
        outbox.insert(event);
    }
    outbox.store_by_id();
    let connector = start_with(&outbox, &jars, placement(), snapshot_options());
    for event in &events {
        is_ours(event, &of_debezium(connector.next()));
    }
}

/// The option of the page for a partitioned table.
const VIA_ROOT: (&str, &str) = ("publish.via.partition.root", "true");

/// The rows of several partitions are one stream, including rows from before the connector started. A dropped partition
/// and a deleted row are not records.
#[test]
fn debezium_reads_a_partitioned_table_as_one() {
    let (name, value) = VIA_ROOT;
    assert!(PAGE.contains(&format!("\"{name}\": \"{value}\"")));
    let table = row::postgres::CREATE_PARTITIONED_TABLE;
    let partitions = "SELECT outbox_add_partitions(rows_each => 2)";
    let Some((mut outbox, jars)) = debezium("outbox_test_debezium_parts", table, partitions) else {
        return;
    };
    let before = [closed(), closed(), closed()];
    for event in &before {
        outbox.insert(event);
    }
    let via_root = BTreeMap::from([(name.to_owned(), value.to_owned())]);
    let connector = start_with(&outbox, &jars, placement(), via_root);
    for event in &before {
        is_ours(event, &of_debezium(connector.next()));
    }

    let after: Vec<_> = (4..=11).map(|_| closed()).collect();
    for event in &after {
        outbox.insert(event);
    }
    // The partitions that were empty, and the default partition.
    assert_eq!(outbox.partition_of(after[1].event_id()), "outbox_p5");
    assert_eq!(outbox.partition_of(after[7].event_id()), "outbox_default");
    for event in &after {
        is_ours(event, &of_debezium(connector.next()));
    }

    // Every partition except the last one.
    assert_eq!(outbox.drop_partitions(), 3);
    outbox.delete(after[7].event_id());
    outbox.add_partitions();
    let last: Vec<_> = (12..=14).map(|_| closed()).collect();
    for event in &last {
        outbox.insert(event);
    }
    assert_eq!(outbox.partition_of(last[2].event_id()), "outbox_p13");
    for event in &last {
        is_ours(event, &of_debezium(connector.next()));
    }
}
