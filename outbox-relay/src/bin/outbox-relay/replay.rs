//! `outbox-relay replay`

mod filter;
mod in_memory;

use std::time::Duration;

use outbox_relay::Relay;

use crate::Outcome;
use crate::arguments::ReplayArguments;
use crate::database::Database;
use crate::file::File;
use crate::run::stopped;

use filter::Filter;
use in_memory::InMemory;

pub(crate) async fn replay(arguments: &ReplayArguments, file: &File) -> Outcome {
    let (sink, name) = (&arguments.sink, arguments.name.as_deref());
    let plan = file.replay_plan(sink.sink.as_deref(), &sink.options, name)?;
    let filter = Filter::new(arguments)?;
    let database = Database::open(&arguments.database.url).await?;
    let store = InMemory::new(database, filter);
    let rejected = store.rejected();
    let relay = Relay::new(store, plan.sink)
        .name("replay")
        .only(plan.filter)
        .attempts(arguments.attempts.count)
        .retention(Duration::MAX);
    relay.until_empty(stopped()?).await?;
    rejected.report()
}
