//! Delivers as the users of this crate do: an `OutboxManager` with the default configuration.

use std::error::Error;
use std::sync::Arc;

use async_trait::async_trait;
use outbox_core::prelude::{Event, OutboxConfig, OutboxError, OutboxManagerBuilder, Transport};
use outbox_postgres::PostgresOutbox;
use sqlx::PgPool;
use tokio::sync::watch;

use crate::invite::InviteCreated;
use crate::order::{Order, Tally};

struct Counting(Arc<Tally>);

#[async_trait]
impl Transport<InviteCreated> for Counting {
    async fn publish(&self, event: Event<InviteCreated>) -> Result<(), OutboxError> {
        self.0.deliver(event.id.as_uuid().as_u128()).await;
        Ok(())
    }
}

pub(crate) fn run(order: Order) -> Result<(), Box<dyn Error>> {
    let tally = Arc::new(Tally::new(order.clone()));
    let delivered = deliver(&order, Arc::clone(&tally));
    tokio::runtime::Runtime::new()?.block_on(delivered)?;
    tally.report()
}

async fn deliver(order: &Order, tally: Arc<Tally>) -> Result<(), Box<dyn Error>> {
    let pool = PgPool::connect_with(crate::options(&order.url, &order.schema)?).await?;
    let config = Arc::new(OutboxConfig::default());
    let (stop, stopped) = watch::channel(false);
    let manager = OutboxManagerBuilder::new()
        .storage(Arc::new(PostgresOutbox::new(pool, Arc::clone(&config))))
        .publisher(Arc::new(Counting(Arc::clone(&tally))))
        .config(config)
        .shutdown_rx(stopped)
        .build()?;
    let manager = tokio::spawn(manager.run());
    tally.done().await;
    stop.send(true)?;
    Ok(manager.await??)
}
