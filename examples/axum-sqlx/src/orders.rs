//! The HTTP API of orders.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use example_order_events::order_cancelled::OrderCancelled;
use example_order_events::order_placed::v2::OrderPlaced;
use example_order_events::{CustomerId, Money, OrderId};
use outbox_core::{Envelope, InsertError, ValidationErrors};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::postgres::PgPool;
use uuid::Uuid;

/// Returns the routes of the API.
pub fn routes(pool: PgPool) -> Router {
    Router::new()
        .route("/orders", post(place))
        .route("/orders/{order_id}/cancel", post(cancel))
        .with_state(pool)
}

#[derive(Deserialize)]
struct NewOrder {
    customer_id: CustomerId,
    total: Money,
}

#[derive(Deserialize)]
struct Cancellation {
    reason: String,
}

#[derive(Serialize)]
struct Placed {
    order_id: OrderId,
}

async fn place(
    State(pool): State<PgPool>,
    Json(order): Json<NewOrder>,
) -> Result<(StatusCode, Json<Placed>), Refusal> {
    let order_id = OrderId::random();
    // The event's rules are the order's rules, so an invalid order stops here.
    let event = Envelope::new(OrderPlaced {
        order_id,
        customer_id: order.customer_id,
        total: order.total,
    })?;

    let mut transaction = pool.begin().await?;
    let OrderPlaced {
        customer_id, total, ..
    } = event.event();
    sqlx::query("INSERT INTO orders (id, customer, amount, currency) VALUES ($1, $2, $3, $4)")
        .bind(order_id.0)
        .bind(&customer_id.0)
        .bind(total.amount)
        .bind(&total.currency)
        .execute(&mut *transaction)
        .await?;
    outbox_core::sqlx::insert(&mut *transaction, &event).await?;
    transaction.commit().await?;
    Ok((StatusCode::CREATED, Json(Placed { order_id })))
}

async fn cancel(
    State(pool): State<PgPool>,
    Path(order_id): Path<Uuid>,
    Json(cancellation): Json<Cancellation>,
) -> Result<StatusCode, Refusal> {
    let event = Envelope::new(OrderCancelled {
        order_id: OrderId(order_id),
        reason: cancellation.reason,
    })?;

    let mut transaction = pool.begin().await?;
    // The update locks the order before the event is inserted. So the events of one order keep their order.
    let update = "UPDATE orders SET status = 'cancelled' WHERE id = $1 AND status = 'placed'";
    let updated = sqlx::query(update)
        .bind(order_id)
        .execute(&mut *transaction)
        .await?;
    if updated.rows_affected() == 0 {
        return Err(Refusal::NoSuchOrder);
    }
    outbox_core::sqlx::insert(&mut *transaction, &event).await?;
    transaction.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A request that changes nothing: a transaction that is dropped rolls back.
enum Refusal {
    Invalid(ValidationErrors),
    NoSuchOrder,
    Database(String),
}

impl From<ValidationErrors> for Refusal {
    fn from(errors: ValidationErrors) -> Self {
        Self::Invalid(errors)
    }
}

impl From<sqlx::Error> for Refusal {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error.to_string())
    }
}

impl From<InsertError<sqlx::Error>> for Refusal {
    fn from(error: InsertError<sqlx::Error>) -> Self {
        Self::Database(error.to_string())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            Self::Invalid(errors) => {
                let body = json!({ "error": "invalid", "violations": errors });
                (StatusCode::UNPROCESSABLE_ENTITY, Json(body)).into_response()
            }
            Self::NoSuchOrder => {
                let body = json!({ "error": "no open order has this id" });
                (StatusCode::NOT_FOUND, Json(body)).into_response()
            }
            Self::Database(error) => {
                eprintln!("orders: {error}");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        }
    }
}
