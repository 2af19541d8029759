//! Histories over real sinks: relays are killed as processes, connections are cut, and a consumer of the destination
//! notes what arrives.

#[cfg(feature = "amqp")]
mod amqp;
#[cfg(feature = "http")]
mod http;
#[cfg(feature = "kafka")]
mod kafka;
#[cfg(feature = "nats")]
mod nats;

use std::time::Duration;

use fastrand::Rng;
use futures_util::future::BoxFuture;

use super::destination::Address;
use super::faulty::{FAULT, SinkFault};
use super::journal::Journal;
use super::verdict::Verdict;
use super::{History, expect_right, kills};

/// The place where relays deliver, with trouble on the way.
struct Destination {
    address: Address,
    /// The events that its consumer has received.
    journal: Journal,
    trouble: BoxFuture<'static, ()>,
}

/// Runs a history of relays that are killed. `None` if there is no server.
async fn run(
    schema: &'static str,
    destination: impl AsyncFn(Rng) -> Option<Destination>,
    fault: Option<SinkFault>,
) -> Option<Verdict> {
    let mut history = History::begin(schema).await?;
    let mut destination = destination(history.random.fork()).await?;
    if let Some(fault) = fault {
        history.writers.duration = Duration::from_secs(3);
        history.patience = Duration::from_secs(2);
        destination.address.settings.push((FAULT, fault.name()));
    }
    history.hazards.spawn(destination.trouble);
    let random = history.random.fork();
    // A client needs some time to connect.
    let killed = kills::kill_processes(history.url(), destination.address, 300..2500, random);
    history.relays.spawn(killed);
    let journal = destination.journal;
    Some(history.end(|| journal.delivered()).await)
}

/// Checks that relays lose nothing and keep the order, and that a sink is found that is broken on purpose.
async fn check(schemas: [&'static str; 3], destination: impl AsyncFn(Rng) -> Option<Destination>) {
    let [right, early, reordered] = schemas;
    let Some(verdict) = run(right, &destination, None).await else {
        return;
    };
    expect_right(&verdict);
    expect_found(early, &destination, SinkFault::TooEarly, |verdict| {
        verdict.lost > 0
    })
    .await;
    let is_disordered = |verdict: &Verdict| verdict.disordered > 0;
    expect_found(reordered, &destination, SinkFault::Reorders, is_disordered).await;
}

/// Runs histories of a broken sink until one is wrong as expected. A fault needs luck to show.
async fn expect_found(
    schema: &'static str,
    destination: impl AsyncFn(Rng) -> Option<Destination>,
    fault: SinkFault,
    is_expected: impl Fn(&Verdict) -> bool,
) {
    for _ in 0..10 {
        let verdict = run(schema, &destination, Some(fault)).await;
        if is_expected(&verdict.expect("there is a server")) {
            return;
        }
    }
    panic!("the checker does not find {fault:?}");
}
