//! The feature `tokio-postgres-0_7`. `OUTBOX_TEST_POSTGRES_URL` has the server's address.

mod support;

use std::error::Error as _;
use std::time::Duration;

use outbox_core::row::postgres::{CREATE_INBOX, CREATE_TABLE, INSERT};
use outbox_core::tokio_postgres::{inbox, insert, insert_all, insert_prepared};
use outbox_core::{
    Envelope, ExtensionName, InsertError, OutboxEvent, OutboxRow, TraceParent, TraceState,
};
use serde::{Deserialize, Serialize};
use tokio_postgres::{Client, Error, NoTls};
use uuid::Uuid;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, OutboxEvent)]
#[outbox(
    event_type = "com.example.order.placed",
    source = "/orders",
    dataschema = "https://example.com/order.json"
)]
struct Placed {
    #[aggregate_id]
    order: u64,
    #[partition_key]
    tenant: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, OutboxEvent)]
#[outbox(event_type = "com.example.order.noted", source = "/orders")]
struct Noted {
    #[aggregate_id]
    id: u64,
    note: String,
}

fn placed(order: u64) -> Envelope<Placed> {
    let tenant = "acme's \"ä\"".to_owned();
    Envelope::new(Placed { order, tenant }).expect("it is valid")
}

/// An event that leaves no column empty.
fn full(order: u64) -> Envelope<Placed> {
    placed(order)
        .with_correlation_id(Uuid::from_u128(2))
        .with_causation_id(Uuid::from_u128(3))
        .with_trace_parent(TraceParent::from_static(
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        ))
        .with_trace_state(TraceState::new("rojo=1").expect("it is valid"))
        .with_extension(ExtensionName::from_static("attempt"), 3)
}

async fn connect(url: &str, schema: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls)
        .await
        .expect("the server is there");
    tokio::spawn(connection);
    run(&client, &format!("SET search_path TO {schema}")).await;
    client
}

async fn run(client: &Client, sql: &str) {
    client.batch_execute(sql).await.unwrap();
}

/// Runs a test on a connection with its own tables, if there is a server. The test can open more connections.
fn with_database(schema: &str, test: impl AsyncFnOnce(Client, &str)) {
    let Ok(url) = std::env::var("OUTBOX_TEST_POSTGRES_URL") else {
        return support::skipped("`OUTBOX_TEST_POSTGRES_URL` names no PostgreSQL server");
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.unwrap().block_on(async {
        let client = connect(&url, schema).await;
        let setup = format!("DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}");
        for sql in [&setup, CREATE_TABLE, CREATE_INBOX] {
            run(&client, sql).await;
        }
        test(client, &url).await;
    });
}

async fn rows(client: &Client) -> Vec<OutboxRow> {
    let rows = client.query("SELECT * FROM outbox ORDER BY seq", &[]).await;
    let rows = rows.unwrap();
    let rows: Result<_, Error> = rows.iter().map(OutboxRow::try_from).collect();
    rows.expect("each is a row")
}

async fn stored(client: &Client) -> Vec<Envelope<Placed>> {
    let rows = rows(client).await;
    let events: Result<_, _> = rows.iter().map(Envelope::from_row).collect();
    events.expect("each is the event")
}

#[test]
fn an_event_goes_with_its_transaction() {
    with_database("tokio_transaction", async |mut client, _| {
        let events = [placed(1), placed(2), placed(3), placed(4)];
        let statement = client.prepare(INSERT).await.unwrap();
        let transaction = client.transaction().await.unwrap();
        insert(&transaction, &events[0]).await.unwrap();
        insert_prepared(&transaction, &statement, &events[1])
            .await
            .unwrap();
        transaction.commit().await.unwrap();
        let transaction = client.transaction().await.unwrap();
        insert(&transaction, &placed(9)).await.unwrap();
        insert_all(&transaction, &[placed(9)]).await.unwrap();
        transaction.rollback().await.unwrap();
        insert(&client, &events[2]).await.unwrap();
        insert_all(&client, &events[3..]).await.unwrap();
        assert_eq!(stored(&client).await, events);
    });
}

#[test]
fn every_column_comes_back() {
    with_database("tokio_columns", async |client, _| {
        let statement = client.prepare(INSERT).await.unwrap();
        let events: Vec<_> = (1..=3).flat_map(|i| [full(i), placed(i)]).collect();
        for event in &events[..2] {
            insert(&client, event).await.unwrap();
        }
        for event in &events[2..4] {
            insert_prepared(&client, &statement, event).await.unwrap();
        }
        insert_all(&client, &events[4..]).await.unwrap();
        let expected: Vec<_> = events.iter().map(|event| event.to_row().unwrap()).collect();
        assert_eq!(rows(&client).await, expected);
    });
}

#[test]
fn many_events_are_inserted_in_their_order_or_none_is() {
    with_database("tokio_many", async |mut client, _| {
        insert_all::<Placed>(&client, &[]).await.unwrap();
        let events: Vec<_> = (0..2_500).map(placed).collect();
        insert_all(&client, &events).await.unwrap();
        assert_eq!(stored(&client).await, events);

        let batch = [placed(1), events[7].clone(), placed(2)];
        let error = insert_all(&client, &batch).await.unwrap_err();
        assert_eq!(error.event_id(), batch[0].event_id());
        assert_eq!(stored(&client).await, events);

        // The caller owns the transaction, and may continue after a refusal.
        let mut transaction = client.transaction().await.unwrap();
        insert(&transaction, &placed(9)).await.unwrap();
        let savepoint = transaction.transaction().await.unwrap();
        insert_all(&savepoint, &batch).await.unwrap_err();
        savepoint.rollback().await.unwrap();
        transaction.commit().await.unwrap();
        let kept = stored(&client).await;
        assert_eq!(kept.len(), 2_501);
        assert_eq!(kept[2_500].event().order, 9);
    });
}

/// Returns the statements that the connection has prepared, and how often they ran.
async fn prepared(client: &Client) -> Vec<(String, i64)> {
    let select = "SELECT statement, generic_plans + custom_plans FROM pg_prepared_statements
        WHERE statement LIKE 'INSERT%'";
    let rows = client.query(select, &[]).await.unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1))).collect()
}

#[test]
fn a_second_insert_prepares_nothing() {
    with_database("tokio_prepared", async |client, _| {
        for _ in 0..2 {
            insert(&client, &placed(1)).await.unwrap();
            insert_all(&client, &[placed(1)]).await.unwrap();
            assert_eq!(prepared(&client).await, []);
        }
        let statement = client.prepare(INSERT).await.unwrap();
        for runs in 1..=2 {
            insert_prepared(&client, &statement, &placed(1))
                .await
                .unwrap();
            assert_eq!(prepared(&client).await, [(INSERT.to_owned(), runs)]);
        }
    });
}

fn message(inserted: Result<(), InsertError<Error>>, ids: &[Uuid]) -> String {
    let error = inserted.unwrap_err();
    assert_eq!(error.event_type(), "com.example.order.placed");
    assert_eq!(error.event_id(), ids[0]);
    assert!(error.database().is_some());
    ids.iter().fold(error.to_string(), |message, id| {
        message.replace(&id.to_string(), "ID")
    })
}

#[test]
fn a_refusal_names_the_event_and_the_remedy() {
    with_database("tokio_refusals", async |client, _| {
        let event = placed(1);
        let ids = [event.event_id()];
        let statement = client.prepare(INSERT).await.unwrap();
        insert(&client, &event).await.unwrap();
        let mut messages = vec![
            message(insert(&client, &event).await, &ids),
            message(insert_prepared(&client, &statement, &event).await, &ids),
        ];
        let batch = [placed(2), event.clone(), placed(3)];
        let ids_of_batch = [batch[0].event_id(), ids[0]];
        messages.push(message(insert_all(&client, &batch).await, &ids_of_batch));

        // A role of the server's own, which must not insert.
        let role = "GRANT USAGE ON SCHEMA tokio_refusals TO pg_monitor; SET ROLE pg_monitor";
        run(&client, role).await;
        messages.push(message(insert(&client, &event).await, &ids));
        run(&client, "RESET ROLE").await;

        let other = "DROP TABLE outbox; CREATE TABLE outbox (id uuid)";
        run(&client, other).await;
        messages.push(message(insert(&client, &event).await, &ids));
        run(&client, "DROP TABLE outbox").await;
        messages.push(message(insert(&client, &event).await, &ids));
        let twice = "duplicate key value violates unique constraint \"outbox_id_key\"\nDETAIL: Key (id)=(ID) already exists; an event with this id is already in the outbox; insert an envelope once, and make a new envelope for each event";
        let expected = [
            ("ID was", twice),
            ("ID was", twice),
            ("ID and 2 others were", twice),
            (
                "ID was",
                "permission denied for table outbox; grant the role of this service INSERT on the outbox, and USAGE on the outbox's schema",
            ),
            (
                "ID was",
                "column \"aggregatetype\" of relation \"outbox\" does not exist; this `outbox` does not have the columns of `row::postgres::CREATE_TABLE`; rename it, or create the outbox in another schema",
            ),
            (
                "ID was",
                "relation \"outbox\" does not exist; create the table with `row::postgres::CREATE_TABLE`, or set the `search_path` to its schema",
            ),
        ];
        let expected = expected.map(|(events, error)| {
            format!(
                "the event `com.example.order.placed` {events} not inserted: db error: ERROR: {error}"
            )
        });
        assert_eq!(messages, expected);
    });
}

/// PostgreSQL cannot store NUL in a text, and JSON escapes it.
#[test]
fn a_payload_keeps_its_nul() {
    with_database("tokio_nul", async |client, _| {
        let event = Envelope::new(Noted {
            id: 1,
            note: "a\0b".to_owned(),
        })
        .unwrap();
        insert(&client, &event).await.unwrap();
        insert_all(&client, &[event.clone().with_event_id(Uuid::from_u128(1))])
            .await
            .unwrap();
        for row in rows(&client).await {
            let stored = Envelope::<Noted>::from_row(&row).unwrap();
            assert_eq!(stored.event(), event.event());
        }
    });
}

#[test]
fn a_row_that_is_none_is_told() {
    with_database("tokio_no_row", async |client, _| {
        insert(&client, &placed(1)).await.unwrap();
        let mut messages = Vec::new();
        for columns in [
            "id",
            "id::text, aggregatetype",
            "id, 7 AS aggregatetype",
            "id, NULL AS aggregatetype",
        ] {
            let select = format!("SELECT {columns} FROM outbox");
            let row = client.query_one(&select, &[]).await.unwrap();
            let error = OutboxRow::try_from(&row).unwrap_err();
            let cause = error.source().map(ToString::to_string);
            messages.push(format!("{error}: {}", cause.unwrap_or_default()));
        }
        assert_eq!(
            messages,
            [
                "invalid column `aggregatetype`: ",
                "error deserializing column 0: cannot convert between the Rust type `uuid::Uuid` and the Postgres type `text`",
                "error deserializing column 1: cannot convert between the Rust type `alloc::string::String` and the Postgres type `int4`",
                "error deserializing column 1: a Postgres value was `NULL`",
            ]
        );
    });
}

#[test]
fn an_event_is_handled_once_by_each_consumer() {
    with_database("tokio_once", async |mut client, _| {
        let id = placed(1).event_id();
        let transaction = client.transaction().await.unwrap();
        assert!(inbox::once(&transaction, "billing", id).await.unwrap());
        transaction.rollback().await.unwrap();
        let transaction = client.transaction().await.unwrap();
        assert!(inbox::once(&transaction, "billing", id).await.unwrap());
        assert!(inbox::once(&transaction, "shipping", id).await.unwrap());
        transaction.commit().await.unwrap();
        assert!(!inbox::once(&client, "billing", id).await.unwrap());
    });
}

#[test]
fn of_two_consumers_at_once_one_waits_and_is_told_no() {
    let schema = "tokio_once_at_once";
    with_database(schema, async |mut first, url| {
        let id = placed(1).event_id();
        for commits in [false, true] {
            let handler = first.transaction().await.unwrap();
            assert!(inbox::once(&handler, "billing", id).await.unwrap());
            let mut second = connect(url, schema).await;
            let mut waiting = tokio::spawn(async move {
                let handler = second.transaction().await.unwrap();
                inbox::once(&handler, "billing", id).await.unwrap()
            });
            let waited = tokio::time::timeout(Duration::from_millis(300), &mut waiting).await;
            waited.expect_err("it waits for the first handler");
            if commits {
                handler.commit().await.unwrap();
            } else {
                handler.rollback().await.unwrap();
            }
            assert_eq!(waiting.await.unwrap(), !commits);
        }
    });
}

/// The futures can run on any thread of a runtime.
#[test]
fn a_handler_can_be_spawned() {
    with_database("tokio_spawned", async |mut client, _| {
        let spawned = tokio::spawn(async move {
            let transaction = client.transaction().await.unwrap();
            insert(&transaction, &placed(1)).await.unwrap();
            insert_all(&transaction, &[placed(2)]).await.unwrap();
            transaction.commit().await.unwrap();
            stored(&client).await.len()
        });
        assert_eq!(spawned.await.unwrap(), 2);
    });
}
