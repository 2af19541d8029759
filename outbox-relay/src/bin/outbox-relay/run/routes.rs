//! Several relays in one process, one for each route.
//!
//! Each has its own lease, its own connections and its own task. A route that fails starts again after a wait, and the
//! others go on.

use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};
use outbox_relay::store::Store;
use outbox_relay::{Relay, RelayError, StoreError};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};
use tracing::Instrument;

use crate::Outcome;
use crate::arguments::RunArguments;
use crate::database::Database;
use crate::destination::Destination;
use crate::listen::{self, Watched};
use crate::plan::Plan;

/// The first wait after a failure, and the longest.
const WAITS: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));

/// Resolves when the process is asked to end.
type Stopped = Shared<BoxFuture<'static, ()>>;

struct Route {
    relay: Relay<Database, Destination>,
    watched: Watched,
}

pub(super) async fn run(arguments: &RunArguments, plans: Vec<Plan>) -> Outcome {
    let database = Database::open(&arguments.database.url).await?;
    database.check().await?;
    for plan in &plans {
        register(&database, &plan.name).await?;
    }
    drop(database);
    let mut routes = Vec::new();
    for plan in plans {
        let name = plan.name.clone();
        let relay = super::relay(arguments, plan).await?;
        let watched = Watched::new(&name, relay.monitor());
        routes.push(Route { relay, watched });
    }
    if let Some(address) = &arguments.listen {
        let watched = routes.iter().map(|route| route.watched.clone()).collect();
        listen::start(address, arguments, watched).await?;
    }
    let stopped = super::stopped()?.boxed().shared();
    let mut running = JoinSet::new();
    for route in routes {
        let span = tracing::info_span!("route", relay = route.watched.name);
        let stopped = stopped.clone();
        let until_empty = arguments.until_empty;
        running.spawn(async move { route.run(stopped, until_empty).await }.instrument(span));
    }
    let mut failures = Vec::new();
    while let Some(ended) = running.join_next().await {
        failures.extend(ended?.err());
    }
    if failures.is_empty() {
        Ok(())
    } else {
        Err(failures.join("; ").into())
    }
}

/// Makes the row of a relay name that is new. From then on no other route deletes what this one has not read.
async fn register(database: &Database, name: &str) -> Result<(), StoreError> {
    if database.status(name).await?.epoch > 0 {
        return Ok(());
    }
    let lease = Duration::from_secs(10);
    // Another process may have been faster.
    if let Some((lease, _)) = database.acquire(name, "new", lease).await? {
        database.release(&lease).await?;
    }
    Ok(())
}

impl Route {
    /// Delivers until the process is asked to end, or everything is delivered. A failure has the name of the route.
    async fn run(self, stopped: Stopped, until_empty: bool) -> Result<(), String> {
        if !until_empty {
            self.keep_on(stopped).await;
            return Ok(());
        }
        let drained = self.relay.until_empty(stopped).await;
        drained.map_err(|error| format!("the route `{}` has failed: {error}", self.watched.name))
    }

    async fn keep_on(&self, stopped: Stopped) {
        let (first, longest) = WAITS;
        let mut wait = first;
        loop {
            let began = Instant::now();
            let ended: Result<(), RelayError> = self.relay.run(stopped.clone()).await;
            let Err(error) = ended else {
                return;
            };
            if began.elapsed() > longest {
                wait = first;
            }
            tracing::error!(%error, "the route has failed; it starts again in {wait:?}");
            self.watched.set_failure(error.to_string());
            tokio::select! {
                () = stopped.clone() => return,
                () = sleep(wait) => {}
            }
            wait = (wait * 2).min(longest);
        }
    }
}
