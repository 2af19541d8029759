//! The lower bound: a hand-written loop that selects a thousand rows and deletes them, in a process of its own.

use std::error::Error;

use outbox_core::OutboxRow;

use crate::database::session;
use crate::order::{Order, Tally};

pub(crate) fn deliver(order: &Order) -> Result<(), Box<dyn Error>> {
    let tally = Tally::new(order.clone());
    tokio::runtime::Runtime::new()?.block_on(async {
        tokio::select! {
            done = select_and_delete(order, &tally) => done,
            () = tally.done() => Ok(()),
        }
    })?;
    tally.report()
}

async fn select_and_delete(order: &Order, tally: &Tally) -> Result<(), Box<dyn Error>> {
    let mut client = session(&order.url, Some(&order.schema)).await?;
    let select = client.prepare("SELECT * FROM outbox ORDER BY seq LIMIT 1000");
    let select = select.await?;
    let delete = client.prepare("DELETE FROM outbox WHERE seq <= $1").await?;
    loop {
        let transaction = client.transaction().await?;
        let rows = transaction.query(&select, &[]).await?;
        let Some(last) = rows.last() else {
            return Ok(());
        };
        let last: i64 = last.get("seq");
        for row in &rows {
            tally.deliver(OutboxRow::try_from(row)?.id.as_u128()).await;
        }
        transaction.execute(&delete, &[&last]).await?;
        transaction.commit().await?;
    }
}
