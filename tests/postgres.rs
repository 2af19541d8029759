//! The outbox row on PostgreSQL, in the transaction of a business change. The server's address is taken
//! from `OUTBOX_TEST_POSTGRES_URL`.

#[path = "support/insert.rs"]
mod insert;
mod support;

use chrono::{DateTime, TimeZone, Utc};
use insert::insert;
use outbox_core::row::{self, OutboxRow};
use outbox_core::{Envelope, ExtensionName, OutboxEvent, TraceParent, TraceState};
use postgres::{Client, GenericClient, NoTls, Row};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, OutboxEvent)]
#[outbox(
    event_type = "com.example.order.placed",
    source = "/orders",
    data_version = "2.1",
    topic = "orders",
    dataschema = "https://example.com/order.json"
)]
struct Placed {
    #[aggregate_id]
    order: i64,
    #[partition_key]
    tenant: String,
    #[outbox(extension)]
    region: Option<String>,
    #[outbox(occurred_at)]
    at: DateTime<Utc>,
}

#[derive(Debug, Clone, PartialEq, OutboxEvent)]
enum OrderEvent {
    Placed(Placed),
}

fn plain(order: i64) -> Envelope<Placed> {
    Envelope::new(Placed {
        order,
        tenant: "acme's \"ä\"".to_owned(),
        region: None,
        at: Utc.with_ymd_and_hms(2026, 1, 1, 0, 0, 0).unwrap(),
    })
    .expect("a valid event")
}

fn full(order: i64) -> Envelope<Placed> {
    let event = plain(order).into_event();
    let event = Placed {
        region: Some("eu".to_owned()),
        at: "2026-01-01T00:00:00.123456Z".parse().expect("a time"),
        ..event
    };
    Envelope::new(event)
        .expect("a valid event")
        .with_correlation_id(Uuid::from_u128(2))
        .with_causation_id(Uuid::from_u128(3))
        .with_trace_parent(TraceParent::from_static(
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        ))
        .with_trace_state(TraceState::new("rojo=1").expect("a tracestate"))
        .with_extension(ExtensionName::from_static("attempt"), 3)
}

/// A connection with tables of its own, if there is a server.
fn database(schema: &str) -> Option<Client> {
    let Ok(url) = std::env::var("OUTBOX_TEST_POSTGRES_URL") else {
        support::skipped("`OUTBOX_TEST_POSTGRES_URL` names no PostgreSQL server");
        return None;
    };
    let mut client = Client::connect(&url, NoTls).expect("the server is there");
    let setup = format!(
        "DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}; SET search_path TO {schema};
         CREATE TABLE orders (id bigint PRIMARY KEY, tenant text NOT NULL);"
    );
    client.batch_execute(&setup).expect("the tables are made");
    for _ in 0..2 {
        let created = client.batch_execute(row::postgres::CREATE_TABLE);
        created.expect("the table may be there already");
    }
    Some(client)
}

/// The business change, and its event.
fn place(client: &mut impl GenericClient, event: &Envelope<Placed>) -> Result<(), postgres::Error> {
    let Placed { order, tenant, .. } = event.event();
    client.execute("INSERT INTO orders VALUES ($1, $2)", &[order, tenant])?;
    let row = event.to_row().expect("it can be stored");
    insert(client, &row)
}

fn stored(client: &mut impl GenericClient) -> Vec<OutboxRow> {
    let select = format!("SELECT {} FROM outbox ORDER BY id", row::COLUMNS.join(", "));
    let rows = client.query(&select, &[]).expect("the columns are there");
    rows.iter().map(read).collect()
}

fn read(row: &Row) -> OutboxRow {
    OutboxRow {
        id: row.get("id"),
        aggregate_type: row.get("aggregatetype"),
        aggregate_id: row.get("aggregateid"),
        event_type: row.get("type"),
        payload: row.get("payload"),
        partition_key: row.get("partitionkey"),
        topic: row.get("topic"),
        source: row.get("source"),
        spec_version: row.get("specversion"),
        time: row.get("time"),
        subject: row.get("subject"),
        data_content_type: row.get("datacontenttype"),
        data_schema: row.get("dataschema"),
        data_version: row.get("dataversion"),
        correlation_id: row.get("correlationid"),
        causation_id: row.get("causationid"),
        trace_parent: row.get("traceparent"),
        trace_state: row.get("tracestate"),
        extensions: row.get("extensions"),
    }
}

#[test]
fn an_event_goes_with_its_transaction() {
    let Some(mut client) = database("with_its_transaction") else {
        return;
    };
    let (first, second, third) = (plain(1), full(2), plain(3));
    for event in [&first, &second] {
        let mut transaction = client.transaction().expect("it begins");
        place(&mut transaction, event).expect("it is placed");
        transaction.commit().expect("it is committed");
    }
    let mut transaction = client.transaction().expect("it begins");
    place(&mut transaction, &third).expect("it is placed");
    transaction.rollback().expect("it rolls back");

    let rows = stored(&mut client);
    let events: Vec<_> = rows
        .iter()
        .map(|row| Envelope::<OrderEvent>::from_row(row).expect("it can be read"))
        .map(|event| match event.into_event() {
            OrderEvent::Placed(event) => event.order,
        })
        .collect();
    assert_eq!(events, [1, 2]);
    let read: Result<Vec<_>, _> = rows.iter().map(Envelope::from_row).collect();
    assert_eq!(read, Ok(vec![first, second]));
    let orders: i64 = client
        .query_one("SELECT count(*) FROM orders", &[])
        .expect("it counts")
        .get(0);
    assert_eq!(orders, 2);
}

#[test]
fn a_change_whose_event_cannot_be_stored_is_not_made() {
    let Some(mut client) = database("not_made") else {
        return;
    };
    let event = plain(1);
    place(&mut client, &event).expect("it is placed");
    let twice = Envelope::new(Placed {
        order: 2,
        ..event.event().clone()
    })
    .expect("a valid event")
    .with_event_id(event.event_id());
    let mut transaction = client.transaction().expect("it begins");
    place(&mut transaction, &twice).expect_err("the event's id is taken");
    drop(transaction);
    let orders = client
        .query("SELECT id FROM orders", &[])
        .expect("it reads");
    assert_eq!(orders.len(), 1);
    assert_eq!(stored(&mut client).len(), 1);
}

/// The trigger in `docs/debezium.md`, by which an extension attribute has a column for the router.
#[test]
fn a_trigger_gives_an_extension_a_column() {
    let Some(mut client) = database("outbox_test_trigger") else {
        return;
    };
    let (_, after) = include_str!("../docs/debezium.md")
        .split_once("```sql\n")
        .expect("the page has SQL");
    let (sql, _) = after.split_once("```").expect("the SQL ends");
    client.batch_execute(sql).unwrap();
    place(&mut client, &plain(1)).unwrap();
    place(&mut client, &full(2)).unwrap();
    let regions = client
        .query("SELECT region FROM outbox ORDER BY aggregateid", &[])
        .unwrap();
    let regions: Vec<Option<&str>> = regions.iter().map(|row| row.get(0)).collect();
    assert_eq!(regions, [None, Some("eu")]);
}
