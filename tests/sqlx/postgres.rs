//! PostgreSQL, at the address in `OUTBOX_TEST_POSTGRES_URL`.

use std::time::Duration;

use outbox_core::row::postgres;
use outbox_core::{Envelope, OutboxRow};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{Connection, Row};

use crate::client::{inbox, insert, insert_all, run};
use crate::events::{Placed, full, many, plain};
use crate::support;

/// A pool with its own tables, if there is a server.
async fn database(schema: &str) -> Option<PgPool> {
    let Ok(url) = std::env::var("OUTBOX_TEST_POSTGRES_URL") else {
        support::skipped("`OUTBOX_TEST_POSTGRES_URL` names no PostgreSQL server");
        return None;
    };
    let options: PgConnectOptions = url.parse().expect("a URL");
    let options = options.options([("search_path", schema)]);
    let pool = PgPoolOptions::new().max_connections(4);
    let pool = pool.connect_with(options).await.expect("it is there");
    let schema = format!("DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}");
    for sql in [
        schema.as_str(),
        postgres::CREATE_TABLE,
        postgres::CREATE_INBOX,
    ] {
        run(&pool, sql.to_owned()).await;
    }
    Some(pool)
}

async fn rows(pool: &PgPool) -> Vec<OutboxRow> {
    let select = sqlx::query_as("SELECT * FROM outbox ORDER BY seq");
    select.fetch_all(pool).await.expect("they are rows")
}

async fn stored(pool: &PgPool) -> Vec<Envelope<Placed>> {
    let rows = rows(pool).await;
    let events = rows.iter().map(Envelope::from_row);
    events.collect::<Result<_, _>>().expect("they are events")
}

#[tokio::test]
async fn an_event_goes_with_its_transaction() {
    let Some(pool) = database("sqlx_transaction").await else {
        return;
    };
    let [first, second, third, fourth] = [1, 2, 3, 4].map(plain);
    let mut transaction = pool.begin().await.unwrap();
    insert(&mut *transaction, &first).await.unwrap();
    transaction.commit().await.unwrap();
    let mut transaction = pool.begin().await.unwrap();
    insert(&mut *transaction, &second).await.unwrap();
    transaction.rollback().await.unwrap();
    let mut connection = pool.acquire().await.unwrap();
    insert(&mut *connection, &third).await.unwrap();
    insert(&pool, &fourth).await.unwrap();
    assert_eq!(stored(&pool).await, [first, third, fourth]);
}

#[tokio::test]
async fn every_column_comes_back() {
    let Some(pool) = database("sqlx_columns").await else {
        return;
    };
    let events = [full(1), plain(2)];
    for event in &events {
        insert(&pool, event).await.unwrap();
    }
    insert_all(
        &pool,
        &events
            .clone()
            .map(|event| event.with_event_id(uuid::Uuid::now_v7())),
    )
    .await
    .unwrap();
    let stored = rows(&pool).await;
    for (row, event) in stored.iter().zip(events.iter().cycle()) {
        let expected = OutboxRow {
            id: row.id,
            ..event.to_row().unwrap()
        };
        assert_eq!(row, &expected);
    }
    assert_eq!(stored.len(), 4);
}

#[tokio::test]
async fn a_handler_can_be_spawned() {
    let Some(pool) = database("sqlx_spawn").await else {
        return;
    };
    let handler = async move {
        let mut transaction = pool.begin().await?;
        let event = plain(1);
        if inbox::once(&mut *transaction, "billing", event.event_id()).await? {
            insert(&mut *transaction, &event).await?;
            insert_all(&mut *transaction, &[plain(2)]).await?;
        }
        transaction.commit().await?;
        let count = sqlx::query("SELECT count(*) FROM outbox")
            .fetch_one(&pool)
            .await?;
        Ok::<i64, Box<dyn std::error::Error + Send + Sync>>(count.get(0))
    };
    assert_eq!(tokio::spawn(handler).await.unwrap().unwrap(), 2);
}

#[tokio::test]
async fn many_events_are_inserted_in_their_order_or_none_is() {
    let Some(pool) = database("sqlx_many").await else {
        return;
    };
    insert_all(&pool, &many(0)).await.unwrap();
    let events = many(3_000);
    insert_all(&pool, &events).await.unwrap();
    assert_eq!(stored(&pool).await, events);

    let mut transaction = pool.begin().await.unwrap();
    let mut savepoint = transaction.begin().await.unwrap();
    let batch = [plain(1), events[7].clone(), plain(2)];
    let error = insert_all(&mut *savepoint, &batch).await.unwrap_err();
    assert_eq!(error.event_id(), batch[0].event_id());
    assert!(
        error
            .to_string()
            .contains(" and 2 others were not inserted: "),
        "{error}"
    );
    savepoint.rollback().await.unwrap();
    insert(&mut *transaction, &plain(9)).await.unwrap();
    transaction.commit().await.unwrap();
    let kept = stored(&pool).await;
    assert_eq!(kept.len(), 3_001, "the transaction is the caller's");
    assert_eq!(kept[3_000].event().order, 9);
}

#[tokio::test]
async fn a_connection_prepares_each_statement_once() {
    let Some(pool) = database("sqlx_prepared").await else {
        return;
    };
    let mut connection = pool.acquire().await.unwrap();
    let mut prepared = Vec::new();
    for order in [1, 2, 3] {
        let event = plain(order);
        insert(&mut *connection, &event).await.unwrap();
        // The number of rows differs, which must not matter.
        insert_all(&mut *connection, &many(order)).await.unwrap();
        inbox::once(&mut *connection, "billing", event.event_id())
            .await
            .unwrap();
        let select = sqlx::raw_sql(
            "SELECT string_agg(name || prepare_time, ' ' ORDER BY name) FROM pg_prepared_statements",
        );
        let names = select.fetch_one(&mut *connection).await.unwrap();
        prepared.push(names.get::<String, _>(0));
    }
    assert_eq!(prepared[0].matches("sqlx_s_").count(), 3, "{prepared:?}");
    assert_eq!(prepared[1], prepared[0]);
    assert_eq!(prepared[2], prepared[0]);
}

/// Removes the line of the server's source code, which sqlx 0.9 shows.
fn without_line(message: &str) -> String {
    let Some((before, after)) = message.split_once(" at line ") else {
        return message.to_owned();
    };
    before.to_owned() + after.trim_start_matches(|digit: char| digit.is_ascii_digit())
}

#[tokio::test]
async fn a_refusal_names_the_event_and_the_remedy() {
    let Some(pool) = database("sqlx_refusals").await else {
        return;
    };
    let event = plain(1);
    insert(&pool, &event).await.unwrap();
    let mut messages = Vec::new();
    for change in [
        "SELECT 1",
        "ALTER TABLE outbox RENAME topic TO subtopic",
        "DROP TABLE outbox",
        "CREATE TABLE outbox AS SELECT",
        "DROP TABLE outbox; CREATE VIEW outbox AS SELECT 1 AS id",
    ] {
        run(&pool, change.to_owned()).await;
        let error = insert(&pool, &event).await.unwrap_err();
        assert_eq!(error.event_type(), "com.example.order.placed");
        assert_eq!(error.event_id(), event.event_id());
        let id = event.event_id().to_string();
        let message = error.to_string().replace(&id, "ID");
        messages.push(without_line(&message));
        let error = error.into_database().expect("the database refused it");
        assert!(error.as_database_error().is_some(), "{error}");
    }
    let expected = [
        "duplicate key value violates unique constraint \"outbox_id_key\"; an event with this id is already in the outbox; insert an envelope once, and make a new envelope for each event",
        "column \"topic\" of relation \"outbox\" does not exist; this `outbox` does not have the columns of `row::postgres::CREATE_TABLE`; rename it, or create the outbox in another schema",
        "relation \"outbox\" does not exist; create the table with `row::postgres::CREATE_TABLE`, or set the `search_path` to its schema",
        "column \"id\" of relation \"outbox\" does not exist; this `outbox` does not have the columns of `row::postgres::CREATE_TABLE`; rename it, or create the outbox in another schema",
        "column \"aggregatetype\" of relation \"outbox\" does not exist; this `outbox` does not have the columns of `row::postgres::CREATE_TABLE`; rename it, or create the outbox in another schema",
    ];
    let expected = expected.map(|reason| {
        format!("the event `com.example.order.placed` ID was not inserted: error returned from database: {reason}")
    });
    assert_eq!(messages, expected);
}

#[tokio::test]
async fn after_a_failed_statement_the_remedy_is_to_roll_back() {
    let Some(pool) = database("sqlx_aborted").await else {
        return;
    };
    let mut transaction = pool.begin().await.unwrap();
    let failing = sqlx::query("SELECT 1 / 0").execute(&mut *transaction).await;
    failing.unwrap_err();
    let error = insert(&mut *transaction, &plain(1)).await.unwrap_err();
    let error = error.to_string();
    assert!(
        error.contains("; an earlier statement in this transaction failed; roll"),
        "{error}"
    );
}

#[tokio::test]
async fn a_row_that_is_none_is_named() {
    let Some(pool) = database("sqlx_no_row").await else {
        return;
    };
    insert(&pool, &plain(1)).await.unwrap();
    for (select, column) in [
        ("SELECT id FROM outbox", "aggregatetype"),
        ("SELECT 'x' AS id, aggregateid FROM outbox", "id"),
        (
            "SELECT id, NULL AS aggregatetype FROM outbox",
            "aggregatetype",
        ),
    ] {
        let row = sqlx::query_as::<_, OutboxRow>(select)
            .fetch_one(&pool)
            .await;
        let error = row.unwrap_err().to_string();
        assert!(
            error.contains(&format!("\"{column}\"")) || error.contains(&format!(": {column}")),
            "{error}"
        );
    }
}

#[tokio::test]
async fn an_event_is_handled_once_by_each_consumer() {
    let Some(pool) = database("sqlx_inbox").await else {
        return;
    };
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

#[tokio::test]
async fn of_two_handlers_at_once_one_waits() {
    let Some(pool) = database("sqlx_inbox_twice").await else {
        return;
    };
    let id = plain(1).event_id();
    for commits in [false, true] {
        let mut first = pool.begin().await.unwrap();
        assert!(inbox::once(&mut *first, "billing", id).await.unwrap());
        let of_second = pool.clone();
        let second = tokio::spawn(async move {
            let mut second = of_second.begin().await.unwrap();
            inbox::once(&mut *second, "billing", id).await.unwrap()
        });
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert!(!second.is_finished(), "it waits for the first handler");
        if commits {
            first.commit().await.unwrap();
        } else {
            first.rollback().await.unwrap();
        }
        assert_eq!(second.await.unwrap(), !commits);
    }
}
