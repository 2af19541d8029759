//! The service as its users see it, on the PostgreSQL server at `OUTBOX_TEST_POSTGRES_URL`.

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use example_axum_sqlx::billing::Handled;
use example_axum_sqlx::{billing, database, orders};
use example_order_events::order_cancelled::OrderCancelled;
use example_order_events::order_placed::v2::OrderPlaced;
use example_order_events::{CustomerId, Money, OrderEvent, OrderId};
use http_body_util::BodyExt;
use outbox_core::{CloudEvent, Envelope, OutboxRow, testing};
use serde_json::{Value, json};
use sqlx::Executor;
use sqlx::postgres::{PgPool, PgPoolOptions};
use tower::ServiceExt;
use uuid::Uuid;

/// A database with its own tables, if there is a server.
async fn database(schema: &'static str) -> Option<PgPool> {
    let Ok(url) = std::env::var("OUTBOX_TEST_POSTGRES_URL") else {
        eprintln!("SKIPPED: `OUTBOX_TEST_POSTGRES_URL` names no PostgreSQL server");
        return None;
    };
    let set = format!("SET search_path TO {schema}");
    let pool = PgPoolOptions::new().after_connect(move |connection, _| {
        let set = set.clone();
        Box::pin(async move {
            connection.execute(sqlx::AssertSqlSafe(set)).await?;
            Ok(())
        })
    });
    let pool = pool.connect(&url).await.expect("the server is there");
    let fresh = format!("DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}");
    sqlx::raw_sql(sqlx::AssertSqlSafe(fresh))
        .execute(&pool)
        .await
        .unwrap();
    database::create_tables(&pool).await.unwrap();
    Some(pool)
}

async fn post(routes: &Router, path: &str, body: &Value) -> (StatusCode, Value) {
    let request = Request::post(path)
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(body.to_string()))
        .unwrap();
    let response = routes.clone().oneshot(request).await.unwrap();
    let status = response.status();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
}

async fn outbox(pool: &PgPool) -> Vec<OutboxRow> {
    let rows = sqlx::query_as("SELECT * FROM outbox ORDER BY seq");
    rows.fetch_all(pool).await.unwrap()
}

async fn invoices(pool: &PgPool) -> Vec<(Uuid, String)> {
    let invoices = sqlx::query_as("SELECT order_id, status FROM invoices ORDER BY order_id");
    invoices.fetch_all(pool).await.unwrap()
}

fn placed(order_id: OrderId) -> OrderPlaced {
    OrderPlaced {
        order_id,
        customer_id: CustomerId("ada".to_owned()),
        total: Money {
            amount: "12.30".parse().unwrap(),
            currency: "EUR".to_owned(),
        },
    }
}

#[tokio::test]
async fn each_change_has_its_event() {
    let Some(pool) = database("example_orders").await else {
        return;
    };
    let routes = orders::routes(pool.clone());
    let order = json!({ "customer_id": "ada", "total": { "amount": "12.30", "currency": "EUR" } });
    let (status, body) = post(&routes, "/orders", &order).await;
    assert_eq!(status, StatusCode::CREATED);
    let order_id: OrderId = serde_json::from_value(body["order_id"].clone()).unwrap();

    let cancel = format!("/orders/{}/cancel", order_id.0);
    let reason = json!({ "reason": "too late" });
    let (status, _) = post(&routes, &cancel, &reason).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    let (status, _) = post(&routes, &cancel, &reason).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "it is cancelled already");

    testing::assert_events(
        &outbox(&pool).await,
        &[
            OrderEvent::Placed(placed(order_id)),
            OrderEvent::Cancelled(OrderCancelled {
                order_id,
                reason: "too late".to_owned(),
            }),
        ],
    );
}

#[tokio::test]
async fn an_illegal_order_changes_nothing() {
    let Some(pool) = database("example_illegal").await else {
        return;
    };
    let routes = orders::routes(pool.clone());
    let order = json!({ "customer_id": "ada", "total": { "amount": "-1", "currency": "EURO" } });
    let (status, body) = post(&routes, "/orders", &order).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let paths = ["total.amount", "total.currency"];
    for (violation, path) in body["violations"].as_array().unwrap().iter().zip(paths) {
        assert_eq!(violation["path"], path);
    }
    testing::assert_events::<OrderEvent>(&outbox(&pool).await, &[]);
}

#[tokio::test]
async fn an_event_that_is_delivered_twice_is_handled_once() {
    let Some(pool) = database("example_billing").await else {
        return;
    };
    let order_id = OrderId::random();
    let row = Envelope::new(placed(order_id)).unwrap().to_row().unwrap();
    // The message is written as a relay writes it, without the event's type.
    let message = CloudEvent::from_row(&row).unwrap().to_json().unwrap();
    for expected in [Handled::Now, Handled::Earlier] {
        let handled = billing::handle(&pool, &message).await.unwrap();
        assert_eq!(handled, expected);
    }
    assert_eq!(invoices(&pool).await, [(order_id.0, "open".to_owned())]);

    let foreign =
        br#"{"specversion":"1.0","id":"1","source":"/x","type":"com.example.other","data":{}}"#;
    assert_eq!(
        billing::handle(&pool, foreign).await.unwrap(),
        Handled::Foreign
    );
    billing::handle(&pool, b"{").await.unwrap_err();
}

#[tokio::test]
async fn a_handler_that_fails_handles_the_event_when_it_comes_again() {
    let Some(pool) = database("example_failing").await else {
        return;
    };
    let order_id = OrderId::random();
    let message = Envelope::new(placed(order_id))
        .unwrap()
        .to_cloudevent_json()
        .unwrap();
    sqlx::raw_sql("ALTER TABLE invoices RENAME TO away")
        .execute(&pool)
        .await
        .unwrap();
    billing::handle(&pool, &message).await.unwrap_err();
    sqlx::raw_sql("ALTER TABLE away RENAME TO invoices")
        .execute(&pool)
        .await
        .unwrap();
    assert_eq!(
        billing::handle(&pool, &message).await.unwrap(),
        Handled::Now
    );
    assert_eq!(invoices(&pool).await.len(), 1);
}
