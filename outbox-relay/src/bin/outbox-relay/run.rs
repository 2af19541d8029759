//! `outbox-relay run`

mod routes;

use std::io::{self, IsTerminal};

use outbox_relay::{Relay, RelayError};
use tokio::signal::unix::{SignalKind, signal};

use crate::Outcome;
use crate::arguments::RunArguments;
use crate::database::Database;
use crate::destination::Destination;
use crate::file::File;
use crate::listen::{self, Watched};
use crate::plan::Plan;
use crate::progress_line;

pub(crate) async fn run(arguments: &RunArguments, file: &File) -> Outcome {
    let (sink, name) = (&arguments.sink, arguments.name.name.as_deref());
    let mut plans = file.plans(sink.sink.as_deref(), &sink.options, name)?;
    if plans.len() > 1 {
        return routes::run(arguments, plans).await;
    }
    match plans.pop() {
        Some(plan) => alone(arguments, plan).await,
        None => Ok(()),
    }
}

/// Runs a single relay. Its failure ends the process.
async fn alone(arguments: &RunArguments, plan: Plan) -> Outcome {
    let name = plan.name.clone();
    let relay = relay(arguments, plan).await?;
    if let Some(address) = &arguments.listen {
        let watched = Watched::new(&name, relay.monitor());
        listen::start(address, arguments, vec![watched]).await?;
    }
    let (stopped, monitor) = (stopped()?, relay.monitor());
    if !arguments.until_empty {
        return in_a_worker(async move { relay.run(stopped).await }).await;
    }
    let drain = in_a_worker(async move { relay.until_empty(stopped).await });
    if io::stderr().is_terminal() {
        let shown = progress_line::show(&arguments.database.url, &name, monitor);
        tokio::select! {
            drained = drain => {
                progress_line::end();
                drained?;
            }
            never = shown => match never {},
        }
    } else {
        drain.await?;
    }
    Ok(())
}

/// Runs a relay beside the tasks of its connections, which is cheaper than to wake the main thread for each answer.
async fn in_a_worker(
    relay: impl Future<Output = Result<(), RelayError>> + Send + 'static,
) -> Outcome {
    Ok(tokio::spawn(relay).await??)
}

async fn relay(
    arguments: &RunArguments,
    plan: Plan,
) -> Result<Relay<Database, Destination>, Box<dyn std::error::Error>> {
    let database = Database::open(&arguments.database.url).await?;
    Ok(Relay::new(database, plan.sink)
        .name(plan.name)
        .only(plan.filter)
        .batch(arguments.batch as usize)
        .retention(arguments.retention.0)
        .lease(arguments.lease.0)
        .attempts(arguments.attempts.count))
}

/// Resolves when the process is asked to end.
pub(crate) fn stopped() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
