//! The feature `sea-orm-2`. PostgreSQL's address is taken from `OUTBOX_TEST_POSTGRES_URL`.

mod support;

use std::time::Duration;

use chrono::{DateTime, TimeZone, Utc};
use outbox_core::row::{COLUMNS, postgres, sqlite};
use outbox_core::sea_orm::{inbox, insert, insert_all};
use outbox_core::{Envelope, ExtensionName, OutboxEvent, OutboxRow, TraceParent, TraceState};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, DbErr,
    FromQueryResult, MockDatabase, SqlErr, Statement, TransactionTrait,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, OutboxEvent)]
#[outbox(
    event_type = "com.example.order.placed",
    source = "/orders",
    topic = "orders",
    dataschema = "https://example.com/order.json"
)]
struct Placed {
    #[aggregate_id]
    order: u64,
    #[partition_key]
    tenant: String,
    #[outbox(extension)]
    region: Option<String>,
    note: String,
    #[outbox(occurred_at)]
    at: DateTime<Utc>,
}

fn placed(order: u64) -> Envelope<Placed> {
    Envelope::new(Placed {
        order,
        tenant: "acme's \"ä\" {\\}, NULL".to_owned(),
        region: None,
        // PostgreSQL cannot store NUL. JSON writes it as `\u0000`.
        note: "\0 '\u{1f980}".to_owned(),
        at: Utc.with_ymd_and_hms(2026, 1, 1, 0, 0, 0).unwrap(),
    })
    .expect("it is valid")
}

/// An event that has a value for each column.
fn full(order: u64) -> Envelope<Placed> {
    let event = Placed {
        region: Some("eu".to_owned()),
        at: "2026-01-01T00:00:00.123456Z".parse().expect("a time"),
        ..placed(order).into_event()
    };
    Envelope::new(event)
        .expect("it is valid")
        .with_correlation_id(Uuid::from_u128(2))
        .with_causation_id(Uuid::from_u128(3))
        .with_trace_parent(TraceParent::from_static(
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        ))
        .with_trace_state(TraceState::new("rojo=1").expect("a tracestate"))
        .with_extension(ExtensionName::from_static("attempt"), 3)
}

async fn on_sqlite() -> DatabaseConnection {
    let mut options = ConnectOptions::new("sqlite::memory:");
    options.max_connections(1);
    let connection = Database::connect(options).await.expect("a database");
    for sql in [sqlite::CREATE_TABLE, sqlite::CREATE_INBOX] {
        connection.execute_unprepared(sql).await.unwrap();
    }
    connection
}

/// A connection with its own tables, if there is a server.
async fn on_postgres(schema: &str) -> Option<DatabaseConnection> {
    let connection = connect(schema).await?;
    let setup = format!("DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}");
    for sql in [&setup, postgres::CREATE_TABLE, postgres::CREATE_INBOX] {
        connection.execute_unprepared(sql).await.unwrap();
    }
    Some(connection)
}

async fn connect(schema: &str) -> Option<DatabaseConnection> {
    let Ok(url) = std::env::var("OUTBOX_TEST_POSTGRES_URL") else {
        support::skipped("`OUTBOX_TEST_POSTGRES_URL` names no PostgreSQL server");
        return None;
    };
    let mut options = ConnectOptions::new(url);
    options.set_schema_search_path(schema).max_connections(1);
    let connection = Database::connect(options).await;
    Some(connection.expect("the server is there"))
}

/// The connections to test: to SQLite, and to a schema of PostgreSQL if there is a server.
async fn databases(schema: &str) -> impl Iterator<Item = DatabaseConnection> {
    let sqlite = on_sqlite().await;
    std::iter::once(sqlite).chain(on_postgres(schema).await)
}

async fn select(connection: &impl ConnectionTrait, sql: &str) -> Result<Vec<OutboxRow>, DbErr> {
    let select = Statement::from_string(connection.get_database_backend(), sql);
    OutboxRow::find_by_statement(select).all(connection).await
}

async fn stored(connection: &impl ConnectionTrait) -> Vec<Envelope<Placed>> {
    let rows = select(connection, "SELECT * FROM outbox ORDER BY seq").await;
    rows.expect("they are rows")
        .iter()
        .map(|row| Envelope::from_row(row).expect("it is the event"))
        .collect()
}

#[tokio::test]
async fn an_event_goes_with_its_transaction() {
    for connection in databases("outbox_sea_transaction").await {
        let (first, second, third) = (full(1), placed(2), placed(3));
        let transaction = connection.begin().await.unwrap();
        insert(&transaction, &first).await.unwrap();
        transaction.commit().await.unwrap();
        let transaction = connection.begin().await.unwrap();
        insert(&transaction, &second).await.unwrap();
        transaction.rollback().await.unwrap();
        insert(&connection, &third).await.unwrap();
        let rows = select(&connection, "SELECT * FROM outbox ORDER BY seq").await;
        assert_eq!(
            rows.unwrap(),
            [first.to_row().unwrap(), third.to_row().unwrap()]
        );
        assert_eq!(stored(&connection).await, [first, third]);
    }
}

#[tokio::test]
async fn many_events_are_inserted_in_their_order_or_none_is() {
    for connection in databases("outbox_sea_order").await {
        insert_all::<_, Placed>(&connection, &[]).await.unwrap();
        let event = |order| match order % 2 {
            0 => placed(order),
            _ => full(order),
        };
        let mut events: Vec<_> = (0..2_500).map(event).collect();
        insert_all(&connection, &events).await.unwrap();
        assert_eq!(stored(&connection).await, events);

        let batch = [placed(1), events[7].clone(), placed(2)];
        let error = insert_all(&connection, &batch).await.unwrap_err();
        assert_eq!(error.event_id(), batch[0].event_id());
        assert!(
            error
                .to_string()
                .contains(" and 2 others were not inserted")
        );
        let error = error.into_database().expect("the database refuses it");
        assert!(matches!(
            error.sql_err(),
            Some(SqlErr::UniqueConstraintViolation(_))
        ));
        let one = placed(9);
        insert_all(&connection, std::slice::from_ref(&one))
            .await
            .unwrap();
        events.push(one);
        assert_eq!(stored(&connection).await, events);
    }
}

/// SQLite lets a transaction continue after an error.
#[tokio::test]
async fn a_batch_that_is_refused_leaves_the_transaction_to_the_caller() {
    let connection = on_sqlite().await;
    let (first, second) = (placed(1), placed(2));
    let transaction = connection.begin().await.unwrap();
    insert(&transaction, &first).await.unwrap();
    let batch = [second.clone(), first.clone()];
    insert_all(&transaction, &batch).await.unwrap_err();
    insert(&transaction, &second).await.unwrap();
    transaction.commit().await.unwrap();
    assert_eq!(stored(&connection).await, [first, second]);
}

/// A handler of a web server must be `Send`.
#[tokio::test]
async fn the_futures_can_move_to_another_thread() {
    fn is_send<F: Future + Send>(future: F) -> F {
        future
    }
    let connection = on_sqlite().await;
    let (event, events) = (placed(1), [placed(2), placed(3)]);
    is_send(insert(&connection, &event)).await.unwrap();
    is_send(insert_all(&connection, &events)).await.unwrap();
    let once = inbox::once(&connection, "billing", event.event_id());
    assert!(is_send(once).await.unwrap());
    assert_eq!(stored(&connection).await.len(), 3);
}

async fn refusals(connection: &DatabaseConnection) -> Vec<String> {
    let event = placed(1);
    insert(connection, &event).await.unwrap();
    let other = "CREATE TABLE outbox (id TEXT)";
    let mut messages = Vec::new();
    for setup in [
        &["SELECT 1"][..],
        &["DROP TABLE outbox", other],
        &["DROP TABLE outbox"],
    ] {
        for sql in setup {
            connection.execute_unprepared(sql).await.unwrap();
        }
        let error = insert(connection, &event).await.unwrap_err();
        assert_eq!(error.event_type(), "com.example.order.placed");
        assert_eq!(error.event_id(), event.event_id());
        assert!(error.database().is_some());
        let all = insert_all(connection, std::slice::from_ref(&event))
            .await
            .unwrap_err();
        assert_eq!(all.to_string(), error.to_string());
        let id = event.event_id().to_string();
        messages.push(without_line(&error.to_string().replace(&id, "ID")));
    }
    messages
}

/// Removes the line number in PostgreSQL's own source, which differs between versions.
fn without_line(message: &str) -> String {
    match message.split_once(" at line ") {
        Some((before, after)) => format!("{before}{}", after.trim_start_matches(char::is_numeric)),
        None => message.to_owned(),
    }
}

#[tokio::test]
async fn a_refusal_names_the_event_and_the_remedy() {
    assert_eq!(
        refusals(&on_sqlite().await).await,
        [
            "the event `com.example.order.placed` ID was not inserted: Execution Error: error returned from database: (code: 2067) UNIQUE constraint failed: outbox.id; an event with this id is already in the outbox; insert an envelope once, and make a new envelope for each event",
            "the event `com.example.order.placed` ID was not inserted: Execution Error: error returned from database: (code: 1) table outbox has no column named aggregatetype; this `outbox` does not have the columns of `row::sqlite::CREATE_TABLE`; rename it, or create the outbox under another name",
            "the event `com.example.order.placed` ID was not inserted: Execution Error: error returned from database: (code: 1) no such table: outbox; create the table with `row::sqlite::CREATE_TABLE`"
        ]
    );
    let Some(connection) = on_postgres("outbox_sea_refusals").await else {
        return;
    };
    assert_eq!(
        refusals(&connection).await,
        [
            "the event `com.example.order.placed` ID was not inserted: Execution Error: error returned from database: duplicate key value violates unique constraint \"outbox_id_key\"; an event with this id is already in the outbox; insert an envelope once, and make a new envelope for each event",
            "the event `com.example.order.placed` ID was not inserted: Execution Error: error returned from database: column \"aggregatetype\" of relation \"outbox\" does not exist; this `outbox` does not have the columns of `row::postgres::CREATE_TABLE`; rename it, or create the outbox in another schema",
            "the event `com.example.order.placed` ID was not inserted: Execution Error: error returned from database: relation \"outbox\" does not exist; create the table with `row::postgres::CREATE_TABLE`, or set the `search_path` to its schema"
        ]
    );
}

#[tokio::test]
async fn mysql_is_refused() {
    let connection = MockDatabase::new(DbBackend::MySql).into_connection();
    let refused =
        "Operation not supported by backend MySql: the outbox is for PostgreSQL and SQLite";
    let event = placed(1);
    for error in [
        insert(&connection, &event).await.unwrap_err(),
        insert_all(&connection, std::slice::from_ref(&event))
            .await
            .unwrap_err(),
    ] {
        let id = event.event_id();
        assert_eq!(
            error.to_string(),
            format!("the event `com.example.order.placed` {id} was not inserted: {refused}")
        );
    }
    let error = inbox::once(&connection, "billing", event.event_id()).await;
    assert_eq!(error.unwrap_err().to_string(), refused);
}

#[tokio::test]
async fn a_row_that_is_none_is_named() {
    for connection in databases("outbox_sea_none").await {
        insert(&connection, &placed(1)).await.unwrap();
        for (column, value) in [
            ("id", "'seven'"),
            ("time", "'yesterday'"),
            ("payload", "NULL"),
        ] {
            let columns = COLUMNS.map(|name| {
                let value = if name == column { value } else { name };
                format!("{value} AS {name}")
            });
            let error = select(
                &connection,
                &format!("SELECT {} FROM outbox", columns.join(", ")),
            )
            .await
            .unwrap_err();
            assert!(error.to_string().contains(column), "{error}");
        }
        let error = select(&connection, "SELECT id FROM outbox")
            .await
            .unwrap_err();
        assert!(error.to_string().contains("aggregatetype"), "{error}");
    }
}

#[tokio::test]
async fn an_event_is_handled_once_by_each_consumer() {
    for connection in databases("outbox_sea_inbox").await {
        let id = placed(1).event_id();
        let transaction = connection.begin().await.unwrap();
        assert!(inbox::once(&transaction, "billing", id).await.unwrap());
        transaction.rollback().await.unwrap();
        let transaction = connection.begin().await.unwrap();
        assert!(inbox::once(&transaction, "billing", id).await.unwrap());
        assert!(inbox::once(&transaction, "shipping", id).await.unwrap());
        transaction.commit().await.unwrap();
        assert!(!inbox::once(&connection, "billing", id).await.unwrap());
    }
}

#[tokio::test]
async fn of_two_consumers_at_once_one_waits_and_is_told_no() {
    let schema = "outbox_sea_inbox_twice";
    let Some(connection) = on_postgres(schema).await else {
        return;
    };
    let id = placed(1).event_id();
    let first = connection.begin().await.unwrap();
    assert!(inbox::once(&first, "billing", id).await.unwrap());
    let waiting = tokio::spawn(async move {
        let connection = connect(schema).await.expect("a server");
        let second = connection.begin().await.unwrap();
        let once = inbox::once(&second, "billing", id).await.unwrap();
        second.commit().await.unwrap();
        once
    });
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!waiting.is_finished(), "it waits for the first handler");
    first.commit().await.unwrap();
    assert!(!waiting.await.unwrap());
}

/// `pg_prepared_statements` counts the runs of a statement since version 14.
#[tokio::test]
async fn a_second_event_prepares_nothing() {
    let Some(connection) = on_postgres("outbox_sea_prepared").await else {
        return;
    };
    let transaction = connection.begin().await.unwrap();
    for order in [1, 2, 3] {
        insert(&transaction, &placed(order)).await.unwrap();
        let batch = [placed(order + 10), full(order + 20)];
        insert_all(&transaction, &batch).await.unwrap();
        let id = placed(order).event_id();
        inbox::once(&transaction, "billing", id).await.unwrap();
    }
    let prepared = "SELECT substr(statement, 1, 24), generic_plans + custom_plans
         FROM pg_prepared_statements WHERE statement LIKE 'INSERT INTO outbox%' ORDER BY 1";
    let prepared = Statement::from_string(DbBackend::Postgres, prepared);
    let prepared = transaction.query_all_raw(prepared).await.unwrap();
    let prepared: Vec<(String, i64)> = prepared
        .iter()
        .map(|row| row.try_get_many_by_index().unwrap())
        .collect();
    let prepared: Vec<_> = prepared
        .iter()
        .map(|(sql, runs)| (sql.trim(), *runs))
        .collect();
    assert_eq!(
        prepared,
        [
            ("INSERT INTO outbox (", 3),
            ("INSERT INTO outbox (", 3),
            ("INSERT INTO outbox_inbox", 3)
        ]
    );
}

/// sqlx caches statements by their SQL alone, whatever the types of their parameters.
#[tokio::test]
async fn a_statement_of_sqlx_on_the_same_connection_keeps_its_types() {
    let Some(connection) = on_postgres("outbox_sea_sqlx").await else {
        return;
    };
    let pool = connection.get_postgres_connection_pool();
    let ids = [placed(1).event_id(), placed(2).event_id()];
    assert!(inbox::once(&connection, "billing", ids[0]).await.unwrap());
    let insert_inbox = sea_orm::sqlx::query(postgres::INSERT_INBOX);
    let inserted = insert_inbox.bind("billing").bind(ids[1]).execute(pool);
    assert_eq!(inserted.await.unwrap().rows_affected(), 1);
}
