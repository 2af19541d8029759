//! The laws of a sink whose destination fails.

use std::time::Duration;

use tokio::time;

use super::{Checked, SinkFixture, check_order, event, events, start, text};
use crate::conformance::{ensure, row};
use crate::event::Event;
use crate::sink::{SendError, Sink};

/// A way in which a destination fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outage {
    /// Connections are cut, and new ones are refused.
    Unreachable,
    /// Events reach the destination, and its answers are lost.
    Unanswered,
    /// Connections break off in the middle of an event, before the destination has it.
    Torn,
}

/// The time that a sink has to work again after an outage.
const RECOVERY: Duration = Duration::from_secs(60);

/// Checks that events are delivered in order through outages, and that a sink calls each outage by its name. Returns
/// the number of the law that is broken.
pub(super) async fn check(fixture: &impl SinkFixture) -> Result<(), (u8, String)> {
    let sink = start(fixture).await.map_err(of(9))?;
    let keys = ["a", "b", "c"].map(|key| events(key, 6));
    let keys: Vec<_> = keys.into_iter().collect::<Result<_, _>>().map_err(of(4))?;
    let outages = [
        None,
        Some(Outage::Unreachable),
        Some(Outage::Unanswered),
        Some(Outage::Torn),
    ];
    // There is one more than there are keys, so the next event of a key meets another outage.
    let mut outages = outages.into_iter().cycle();
    for place in 0..keys[0].len() {
        for events in &keys {
            if let Some(outage) = outages.next().flatten()
                && fixture.set_outage(Some(outage)).await
            {
                let result = attempt(&sink, &events[place]).await;
                fixture.set_outage(None).await;
                check_answer(outage, &result)?;
            }
            deliver(&sink, &events[place]).await.map_err(of(4))?;
        }
    }
    drop(sink);
    let received = fixture.received().await;
    for events in &keys {
        check_order(events, &received).map_err(of(2))?;
    }
    Ok(())
}

fn of(law: u8) -> impl Fn(String) -> (u8, String) {
    move |finding| (law, finding)
}

fn check_answer(outage: Outage, result: &Result<(), SendError>) -> Result<(), (u8, String)> {
    match result {
        Err(SendError::Unavailable { .. }) => Ok(()),
        Ok(()) => Err((
            1,
            format!("an event succeeds while the destination is {outage:?}"),
        )),
        Err(error) => Err((4, format!("while the destination is {outage:?}: {error}"))),
    }
}

/// Sends an event and makes it durable.
pub(super) async fn attempt(sink: &impl Sink, event: &Event) -> Result<(), SendError> {
    sink.send(event).await?;
    let flushed = sink.flush().await;
    if flushed.is_err() {
        sink.discard();
    }
    flushed
}

/// Sends an event until it is delivered.
pub(super) async fn deliver(sink: &impl Sink, event: &Event) -> Checked {
    let sent = async {
        while let Err(error) = attempt(sink, event).await {
            ensure!(
                matches!(error, SendError::Unavailable { .. }),
                "after an outage: {error}"
            );
            time::sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    };
    let sent = time::timeout(RECOVERY, sent).await;
    sent.unwrap_or_else(|_| Err(format!("there is no success {RECOVERY:?} after an outage")))
}

/// Checks that a large event is delivered or rejected, and holds up nothing.
pub(super) async fn large_event(fixture: &impl SinkFixture) -> Checked {
    let sink = start(fixture).await?;
    let mut large = row("a", 1);
    large.payload = format!("\"{}\"", "x".repeat(3 << 20));
    let mut sent = vec![event(large)?];
    match attempt(&sink, &sent[0]).await {
        Ok(()) => {}
        Err(SendError::Rejected { .. }) => sent.clear(),
        Err(error) => return Err(format!("an event of 3 MiB: {error}")),
    }
    sent.extend(events("a", 1)?);
    let after = attempt(&sink, &sent[sent.len() - 1]).await;
    after.map_err(|error| format!("after an event of 3 MiB: {}", text(error)))?;
    check_order(&sent, &fixture.received().await)
}
