//! `outbox-relay replay`

mod filter;
mod in_memory;

use std::time::Duration;

use outbox_relay::Relay;

use crate::Outcome;
use crate::arguments::ReplayArguments;
use crate::database::Database;
use crate::destination::Destination;
use crate::run::stopped;

use filter::Filter;
use in_memory::InMemory;

pub(crate) async fn replay(arguments: &ReplayArguments) -> Outcome {
    let filter = Filter::new(arguments)?;
    let database = Database::open(&arguments.database.url).await?;
    let sink = Destination::open(&arguments.sink.sink, &arguments.sink.options)?;
    let store = InMemory::new(database, filter);
    let rejected = store.rejected();
    let relay = Relay::new(store, sink)
        .name("replay")
        .attempts(arguments.attempts.count)
        .retention(Duration::MAX);
    relay.until_empty(stopped()?).await?;
    rejected.report()
}
