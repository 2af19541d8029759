//! The laws of a sink that is sent more than its destination takes, and of its end.

use std::pin::pin;
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use futures_util::future::join_all;
use tokio::time;

use super::outages::{Outage, deliver};
use super::{Checked, SinkFixture, check_order, events, start, text};
use crate::conformance::ensure;
use crate::sink::{SendError, Sink};

/// The number of events that are sent at once. Few destinations take so many.
const AT_ONCE: usize = 200;

/// The longest time that a sink can block its caller.
const BLOCKED: Duration = Duration::from_secs(2);

/// Checks that sends wait or are unavailable while there are more of them than the destination takes, that they do not
/// block the task, and that they hold up nothing afterwards.
pub(super) async fn backpressure(fixture: &impl SinkFixture) -> Checked {
    let sink = start(fixture).await?;
    let keys: Vec<_> = (0..AT_ONCE)
        .map(|key| events(&format!("key-{key}"), 2))
        .collect::<Result<_, _>>()?;
    fixture.set_outage(Some(Outage::Unanswered)).await;
    let sends = join_all(keys.iter().map(|events| sink.send(&events[0])));
    let (sent, blocked) = longest_block(sends).await;
    sink.discard();
    fixture.set_outage(None).await;
    for result in sent {
        ensure!(
            matches!(result, Ok(()) | Err(SendError::Unavailable { .. })),
            "one of {AT_ONCE} events at once is {result:?}"
        );
    }
    ensure!(
        blocked < BLOCKED,
        "{AT_ONCE} sends at once block their task for {blocked:?}"
    );
    let deliver_all = async |events: &Vec<_>| {
        for event in events {
            deliver(&sink, event).await?;
        }
        Ok::<_, String>(())
    };
    for delivered in join_all(keys.iter().map(deliver_all)).await {
        delivered?;
    }
    let received = fixture.received().await;
    keys.iter()
        .try_for_each(|events| check_order(events, &received))
}

/// Runs a future, and measures the longest time for which it has kept its task from anything else.
async fn longest_block<T>(work: impl Future<Output = T>) -> (T, Duration) {
    const TICK: Duration = Duration::from_millis(10);
    let mut work = pin!(work);
    let mut longest = Duration::ZERO;
    loop {
        let began = Instant::now();
        let done = time::timeout(TICK, &mut work).await;
        longest = longest.max(began.elapsed().saturating_sub(TICK));
        if let Ok(done) = done {
            return (done, longest);
        }
    }
}

/// Checks that a sink ends at once, with a send that has no answer, and that the next sink goes on where it was.
pub(super) async fn shutdown(fixture: &impl SinkFixture) -> Checked {
    let first = start(fixture).await?;
    let events = events("a", 3)?;
    deliver(&first, &events[0]).await?;
    fixture.set_outage(Some(Outage::Unanswered)).await;
    let unanswered = time::timeout(Duration::from_millis(20), first.send(&events[1]));
    let _ = unanswered.await;
    drop(first.flush().now_or_never());
    let began = Instant::now();
    drop(first);
    let took = began.elapsed();
    fixture.set_outage(None).await;
    ensure!(took < BLOCKED, "the end of a sink takes {took:?}");
    let next = start(fixture).await?;
    for event in &events[1..] {
        deliver(&next, event).await?;
    }
    next.flush().await.map_err(text)?;
    drop(next);
    check_order(&events, &fixture.received().await)
}
