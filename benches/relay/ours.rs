//! The relay, in a process of its own.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use outbox_relay::store::Postgres;
use outbox_relay::{Event, Relay, SendError, Sink};

use crate::order::{Order, Tally};

struct Counting(Arc<Tally>);

impl Sink for Counting {
    async fn send(&self, event: &Event) -> Result<(), SendError> {
        self.0.deliver(event.row().id.as_u128()).await;
        Ok(())
    }
}

/// Delivers with the default settings of a relay, except for the retention if one is given.
pub(crate) fn deliver(order: Order, retention: Option<Duration>) -> Result<(), Box<dyn Error>> {
    let store = Postgres::new(&format!("{}?schema={}", order.url, order.schema))?;
    let tally = Arc::new(Tally::new(order));
    let mut relay = Relay::new(store, Counting(Arc::clone(&tally)));
    if let Some(retention) = retention {
        relay = relay.retention(retention);
    }
    // The binary has the same runtime.
    tokio::runtime::Runtime::new()?.block_on(relay.run(tally.done()))?;
    tally.report()
}
