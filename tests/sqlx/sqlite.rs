//! SQLite.

use outbox_core::row::sqlite;
use outbox_core::sqlx::{inbox, insert, insert_all};
use outbox_core::{Envelope, OutboxRow};
use sqlx::Connection;
use sqlx::sqlite::{SqliteConnection, SqlitePool, SqlitePoolOptions};

use crate::events::{Placed, full, many, plain};

/// A pool of one connection, since each connection has its own database in memory.
async fn database() -> SqlitePool {
    let pool = SqlitePoolOptions::new().max_connections(1);
    let pool = pool.connect("sqlite::memory:").await.expect("a database");
    run(&pool, sqlite::CREATE_TABLE).await;
    run(&pool, sqlite::CREATE_INBOX).await;
    pool
}

async fn run(pool: &SqlitePool, sql: &'static str) {
    sqlx::raw_sql(sql).execute(pool).await.expect("it runs");
}

async fn rows(pool: &SqlitePool) -> Vec<OutboxRow> {
    let select = sqlx::query_as("SELECT * FROM outbox ORDER BY seq");
    select.fetch_all(pool).await.expect("they are rows")
}

async fn stored(pool: &SqlitePool) -> Vec<Envelope<Placed>> {
    let rows = rows(pool).await;
    let events = rows.iter().map(Envelope::from_row);
    events.collect::<Result<_, _>>().expect("they are events")
}

#[tokio::test]
async fn an_event_goes_with_its_transaction() {
    let pool = database().await;
    let [first, second, third, fourth] = [1, 2, 3, 4].map(plain);
    let mut transaction = pool.begin().await.unwrap();
    insert(&mut *transaction, &first).await.unwrap();
    transaction.commit().await.unwrap();
    let mut transaction = pool.begin().await.unwrap();
    insert(&mut *transaction, &second).await.unwrap();
    transaction.rollback().await.unwrap();
    let mut connection = pool.acquire().await.unwrap();
    insert(&mut *connection, &third).await.unwrap();
    drop(connection);
    insert(&pool, &fourth).await.unwrap();
    assert_eq!(stored(&pool).await, [first, third, fourth]);
}

/// Other clients, such as rusqlite's feature, read the columns as text.
#[tokio::test]
async fn every_column_comes_back_and_is_text() {
    let pool = database().await;
    let events = [full(1), plain(2)];
    for event in &events {
        insert(&pool, event).await.unwrap();
    }
    let others = events
        .clone()
        .map(|event| event.with_event_id(uuid::Uuid::now_v7()));
    insert_all(&pool, &others).await.unwrap();
    let expected: Vec<_> = events
        .iter()
        .chain(&others)
        .map(|event| event.to_row().unwrap())
        .collect();
    assert_eq!(rows(&pool).await, expected);

    for column in outbox_core::row::COLUMNS {
        let select =
            format!("SELECT count(*) FROM outbox WHERE typeof({column}) NOT IN ('text', 'null')");
        let others = sqlx::query_scalar::<_, i64>(sqlx::AssertSqlSafe(select));
        assert_eq!(others.fetch_one(&pool).await.unwrap(), 0, "{column}");
    }
}

#[tokio::test]
async fn many_events_are_inserted_in_their_order_or_none_is() {
    let pool = database().await;
    insert_all(&pool, &many(0)).await.unwrap();
    let events = many(3_000);
    insert_all(&pool, &events).await.unwrap();
    assert_eq!(stored(&pool).await, events);

    let mut transaction = pool.begin().await.unwrap();
    let batch = [plain(1), events[7].clone(), plain(2)];
    let error = insert_all(&mut *transaction, &batch).await.unwrap_err();
    assert_eq!(error.event_id(), batch[0].event_id());
    assert!(
        error
            .to_string()
            .contains(" and 2 others were not inserted: "),
        "{error}"
    );
    insert(&mut *transaction, &plain(9)).await.unwrap();
    transaction.commit().await.unwrap();
    let kept = stored(&pool).await;
    assert_eq!(kept.len(), 3_001, "the transaction is the caller's");
    assert_eq!(kept[3_000].event().order, 9);
}

#[tokio::test]
async fn a_connection_prepares_each_statement_once() {
    let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
    for create in [sqlite::CREATE_TABLE, sqlite::CREATE_INBOX] {
        sqlx::raw_sql(create)
            .execute(&mut connection)
            .await
            .unwrap();
    }
    for order in [1, 2, 3] {
        let event = plain(order);
        insert(&mut connection, &event).await.unwrap();
        insert_all(&mut connection, &many(order)).await.unwrap();
        inbox::once(&mut connection, "billing", event.event_id())
            .await
            .unwrap();
        assert_eq!(connection.cached_statements_size(), 3);
    }
}

#[tokio::test]
async fn a_refusal_names_the_event_and_the_remedy() {
    let pool = database().await;
    let event = plain(1);
    insert(&pool, &event).await.unwrap();
    let mut messages = Vec::new();
    for change in [
        "SELECT 1",
        "DROP TABLE outbox; CREATE TABLE outbox (id TEXT)",
        "DROP TABLE outbox",
    ] {
        run(&pool, change).await;
        let error = insert(&pool, &event).await.unwrap_err();
        assert_eq!(error.event_type(), "com.example.order.placed");
        assert_eq!(error.event_id(), event.event_id());
        let id = event.event_id().to_string();
        messages.push(error.to_string().replace(&id, "ID"));
    }
    let expected = [
        "(code: 2067) UNIQUE constraint failed: outbox.id; an event with this id is already in the outbox; insert an envelope once, and make a new envelope for each event",
        "(code: 1) table outbox has no column named aggregatetype; this `outbox` does not have the columns of `row::sqlite::CREATE_TABLE`; rename it, or create the outbox under another name",
        "(code: 1) no such table: outbox; create the table with `row::sqlite::CREATE_TABLE`",
    ];
    let expected = expected.map(|reason| {
        format!("the event `com.example.order.placed` ID was not inserted: error returned from database: {reason}")
    });
    assert_eq!(messages, expected);
}

#[tokio::test]
async fn a_row_that_is_none_is_named() {
    let pool = database().await;
    insert(&pool, &plain(1)).await.unwrap();
    for (change, select, column) in [
        ("SELECT 1", "SELECT id FROM outbox", "aggregatetype"),
        (
            "UPDATE outbox SET time = 'yesterday'",
            "SELECT * FROM outbox",
            "time",
        ),
        (
            "UPDATE outbox SET id = 'seven'",
            "SELECT * FROM outbox",
            "id",
        ),
        (
            "UPDATE outbox SET payload = x'00'",
            "SELECT * FROM outbox",
            "payload",
        ),
    ] {
        run(&pool, change).await;
        let row = sqlx::query_as::<_, OutboxRow>(select)
            .fetch_one(&pool)
            .await;
        let error = row.unwrap_err().to_string();
        assert!(error.contains(column), "{error}");
    }
}

#[tokio::test]
async fn an_event_is_handled_once_by_each_consumer() {
    let pool = database().await;
    let id = plain(1).event_id();
    let mut handler = pool.begin().await.unwrap();
    assert!(inbox::once(&mut *handler, "billing", id).await.unwrap());
    handler.rollback().await.unwrap();
    let mut handler = pool.begin().await.unwrap();
    assert!(inbox::once(&mut *handler, "billing", id).await.unwrap());
    assert!(inbox::once(&mut *handler, "shipping", id).await.unwrap());
    handler.commit().await.unwrap();
    assert!(!inbox::once(&pool, "billing", id).await.unwrap());
}
