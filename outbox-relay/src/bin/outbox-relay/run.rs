//! `outbox-relay run`

use std::io::{self, IsTerminal};

use outbox_relay::Relay;
use tokio::signal::unix::{SignalKind, signal};

use crate::Outcome;
use crate::arguments::{RunArguments, SinkArguments};
use crate::database::Database;
use crate::destination::Destination;
use crate::{listen, progress_line};

pub(crate) async fn run(arguments: &RunArguments) -> Outcome {
    let database = Database::open(&arguments.database.url).await?;
    let SinkArguments { sink, options } = &arguments.sink;
    let sink = match &arguments.kafka_exactly_once {
        Some(id) => Destination::open_exactly_once(sink, options, id)?,
        None => Destination::open(sink, options)?,
    };
    let relay = Relay::new(database, sink)
        .name(&arguments.name.name)
        .batch(arguments.batch as usize)
        .retention(arguments.retention.0)
        .lease(arguments.lease.0)
        .attempts(arguments.attempts.count);
    if let Some(address) = &arguments.listen {
        listen::start(address, arguments, relay.monitor()).await?;
    }
    let stopped = stopped()?;
    if !arguments.until_empty {
        return Ok(relay.run(stopped).await?);
    }
    let drain = relay.until_empty(stopped);
    if io::stderr().is_terminal() {
        let shown = progress_line::show(
            &arguments.database.url,
            &arguments.name.name,
            relay.monitor(),
        );
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

/// Resolves when the process is asked to end.
pub(crate) fn stopped() -> io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
