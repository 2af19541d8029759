//! A consumer: it keeps an invoice for each order.

use example_order_events::OrderEvent;
use outbox_core::Envelope;
use sqlx::PgConnection;
use sqlx::postgres::PgPool;

/// The name of this consumer in the inbox.
const CONSUMER: &str = "billing";

/// The outcome of a message.
#[derive(Debug, PartialEq, Eq)]
pub enum Handled {
    Now,
    /// The message was handled before.
    Earlier,
    /// The message is not an event of orders.
    Foreign,
}

/// Handles a message: a CloudEvent as JSON. A message that is delivered several times has its effect once.
///
/// # Errors
///
/// Returns an error if the message is broken, or the database fails. Nothing is stored then, so the message can be
/// handled again.
pub async fn handle(pool: &PgPool, message: &[u8]) -> Result<Handled, Box<dyn std::error::Error>> {
    let event = match Envelope::<OrderEvent>::from_cloudevent_json(message) {
        Ok(event) => event,
        Err(error) if error.is_foreign() => return Ok(Handled::Foreign),
        Err(error) => return Err(error.into()),
    };
    let mut transaction = pool.begin().await?;
    if !outbox_core::sqlx::inbox::once(&mut *transaction, CONSUMER, event.event_id()).await? {
        return Ok(Handled::Earlier);
    }
    update_invoice(&mut transaction, event.event()).await?;
    transaction.commit().await?;
    Ok(Handled::Now)
}

async fn update_invoice(
    connection: &mut PgConnection,
    event: &OrderEvent,
) -> Result<(), sqlx::Error> {
    match event {
        OrderEvent::Placed(order) => {
            sqlx::query("INSERT INTO invoices (order_id, amount, currency) VALUES ($1, $2, $3)")
                .bind(order.order_id.0)
                .bind(order.total.amount)
                .bind(&order.total.currency)
                .execute(connection)
                .await?;
        }
        OrderEvent::Cancelled(order) => {
            sqlx::query("UPDATE invoices SET status = 'void' WHERE order_id = $1")
                .bind(order.order_id.0)
                .execute(connection)
                .await?;
        }
    }
    Ok(())
}
