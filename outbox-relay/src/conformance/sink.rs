//! The laws of a sink.

mod outages;
mod pressure;

use std::collections::HashSet;
use std::fmt::Display;

use chrono::DateTime;
use futures_util::FutureExt;
use futures_util::future::join_all;
use outbox_core::OutboxRow;

use super::{Report, ensure, row};
use crate::event::Event;
use crate::sink::{Delivered, SendError, Sink};

pub use outages::Outage;

/// A destination to test a sink with.
pub trait SinkFixture {
    /// The sink to test.
    type Sink: Sink;

    /// Makes a sink to the destination, as a new process does.
    fn sink(&self) -> impl Future<Output = Self::Sink>;

    /// Returns the ids of the events that the destination has received, in their order, repetitions included.
    fn received(&self) -> impl Future<Output = Vec<String>>;

    /// Changes a row so that the destination rejects the event. Returns `false` if it rejects none.
    fn spoil(&self, row: &mut OutboxRow) -> bool {
        let _ = row;
        false
    }

    /// Begins an outage, or ends it. Returns `false` if the destination does not fail in this way. Give the sink a
    /// short time-out.
    fn set_outage(&self, outage: Option<Outage>) -> impl Future<Output = bool> {
        let _ = outage;
        async { false }
    }
}

/// The relay name.
const NAME: &str = "conformance";

type Checked = Result<(), String>;

/// Checks the laws of a [`Sink`]. The function makes a fixture with an empty destination each time that it is called.
pub async fn check<F: SinkFixture>(fixture: impl AsyncFn() -> F) -> Report {
    let mut report = Report::default();
    report.add(1, success_is_final(&fixture().await).await);
    report.add(2, order(&fixture().await).await);
    report.add(3, order_in_flight(&fixture().await).await);
    report.add(3, no_success_behind_a_failure(&fixture().await).await);
    report.add(4, rejection(&fixture().await).await);
    report.add(4, outages::large_event(&fixture().await).await);
    report.add(5, dropped_sends(&fixture().await).await);
    report.add(6, repetition(&fixture().await).await);
    report.add(7, discarded_events(&fixture().await).await);
    report.add(1, many_keys(&fixture().await).await);
    report.add(8, pressure::backpressure(&fixture().await).await);
    report.add(8, pressure::shutdown(&fixture().await).await);
    report.add(9, record(&fixture().await).await);
    if let Err((law, finding)) = outages::check(&fixture().await).await {
        report.add(law, Err(finding));
    }
    report
}

/// Makes a sink that is ready to send, as the relay does.
async fn start<F: SinkFixture>(fixture: &F) -> Result<F::Sink, String> {
    let sink = fixture.sink().await;
    sink.discard();
    sink.recover(NAME).await.map_err(text)?;
    Ok(sink)
}

async fn success_is_final(fixture: &impl SinkFixture) -> Checked {
    let sink = start(fixture).await?;
    let events = events("a", 3)?;
    for event in &events {
        sink.send(event).await.map_err(text)?;
    }
    sink.flush().await.map_err(text)?;
    drop(sink);
    let received = fixture.received().await;
    ensure!(
        received == ids(&events),
        "of the events {:?}, {received:?} are received",
        ids(&events)
    );
    Ok(())
}

async fn order(fixture: &impl SinkFixture) -> Checked {
    let sink = start(fixture).await?;
    let keys = [events("a", 50)?, events("b", 50)?, events("c", 50)?];
    let send_all = async |events: &Vec<Event>| {
        for event in events {
            sink.send(event).await.map_err(text)?;
        }
        Ok::<_, String>(())
    };
    for sent in join_all(keys.iter().map(send_all)).await {
        sent?;
    }
    sink.flush().await.map_err(text)?;
    let received = fixture.received().await;
    for events in &keys {
        check_order(events, &received)?;
    }
    Ok(())
}

async fn order_in_flight(fixture: &impl SinkFixture) -> Checked {
    let sink = start(fixture).await?;
    let events = events("a", sink.in_flight_per_key().clamp(1, 100))?;
    for sent in join_all(events.iter().map(|event| sink.send(event))).await {
        sent.map_err(text)?;
    }
    sink.flush().await.map_err(text)?;
    check_order(&events, &fixture.received().await)
}

async fn no_success_behind_a_failure(fixture: &impl SinkFixture) -> Checked {
    let sink = start(fixture).await?;
    let in_flight = sink.in_flight_per_key().clamp(1, 100);
    let mut rows: Vec<_> = (0..in_flight).map(|number| row("a", number)).collect();
    if in_flight == 1 || !fixture.spoil(&mut rows[in_flight / 2]) {
        return Ok(());
    }
    let events: Vec<_> = rows.into_iter().map(event).collect::<Result<_, _>>()?;
    let results = join_all(events.iter().map(|event| sink.send(event))).await;
    sink.flush().await.map_err(text)?;
    for (place, result) in results.iter().enumerate() {
        let is_right = match place.cmp(&(in_flight / 2)) {
            std::cmp::Ordering::Less => result.is_ok(),
            std::cmp::Ordering::Equal => matches!(result, Err(SendError::Rejected { .. })),
            std::cmp::Ordering::Greater => matches!(result, Err(SendError::Behind)),
        };
        ensure!(
            is_right,
            "of {in_flight} events, {} is rejected, and {place} is {result:?}",
            in_flight / 2
        );
    }
    let expected = ids(&events[..in_flight / 2]);
    let received = fixture.received().await;
    ensure!(
        received == expected,
        "before a rejected event, {received:?} are received and not {expected:?}"
    );
    Ok(())
}

async fn rejection(fixture: &impl SinkFixture) -> Checked {
    let sink = start(fixture).await?;
    let mut bad = row("a", 1);
    if !fixture.spoil(&mut bad) {
        return Ok(());
    }
    let result = sink.send(&event(bad)?).await;
    ensure!(
        matches!(result, Err(SendError::Rejected { .. })),
        "an event that is not accepted is {result:?}"
    );
    let good = events("a", 1)?;
    sink.send(&good[0])
        .await
        .map_err(|error| format!("after a rejected event: {error}"))?;
    sink.flush().await.map_err(text)?;
    let received = fixture.received().await;
    ensure!(
        received == ids(&good),
        "after a rejected event, {received:?} are received"
    );
    Ok(())
}

async fn many_keys(fixture: &impl SinkFixture) -> Checked {
    let sink = start(fixture).await?;
    let keys: Vec<_> = (0..1_000)
        .map(|key| events(&format!("key-{key}"), 1))
        .collect::<Result<_, _>>()?;
    let sent = join_all(keys.iter().map(|events| sink.send(&events[0]))).await;
    sink.flush().await.map_err(text)?;
    let received = fixture.received().await;
    let received: HashSet<_> = received.iter().collect();
    for (events, sent) in keys.iter().zip(sent) {
        let id = &ids(events)[0];
        ensure!(
            sent.is_err() || received.contains(id),
            "of many events at once, {id} has succeeded and is not received"
        );
    }
    Ok(())
}

async fn dropped_sends(fixture: &impl SinkFixture) -> Checked {
    let sink = start(fixture).await?;
    let dropped = events("a", 5)?;
    for event in &dropped {
        // Polled once, then dropped.
        drop(sink.send(event).now_or_never());
    }
    drop(sink.flush().now_or_never());
    sink.discard();
    let events: Vec<_> = dropped.into_iter().chain(events("a", 5)?).collect();
    for event in &events {
        sink.send(event)
            .await
            .map_err(|error| format!("after sends that were dropped: {error}"))?;
    }
    sink.flush().await.map_err(text)?;
    check_order(&events, &fixture.received().await)
}

async fn repetition(fixture: &impl SinkFixture) -> Checked {
    let sink = start(fixture).await?;
    let events = events("a", 3)?;
    for event in events.iter().chain(&events) {
        sink.send(event)
            .await
            .map_err(|error| format!("an event that comes again: {error}"))?;
    }
    sink.flush().await.map_err(text)?;
    check_order(&events, &fixture.received().await)
}

async fn discarded_events(fixture: &impl SinkFixture) -> Checked {
    let sink = start(fixture).await?;
    let events = events("a", 2)?;
    sink.send(&events[1]).await.map_err(text)?;
    if !fixture.received().await.is_empty() {
        // It has no buffer.
        return Ok(());
    }
    sink.discard();
    for event in &events {
        sink.send(event).await.map_err(text)?;
    }
    sink.flush().await.map_err(text)?;
    check_order(&events, &fixture.received().await)
}

async fn record(fixture: &impl SinkFixture) -> Checked {
    let sink = fixture.sink().await;
    if sink.recover(NAME).await.map_err(text)?.is_none() {
        return Ok(());
    }
    let events: Vec<_> = (1..=5)
        .map(|seq| Event::new(seq, DateTime::UNIX_EPOCH, row("a", 1)).map_err(text))
        .collect::<Result<_, _>>()?;
    for event in &events[..4] {
        sink.send(event).await.map_err(text)?;
        if event.seq() == 3 {
            sink.saved(&[1, 3]);
        }
    }
    let next = fixture.sink().await;
    let recovered = next.recover(NAME).await.map_err(text)?;
    let expected = [&events[1], &events[3]].map(|event| Delivered {
        seq: event.seq(),
        id: event.row().id,
    });
    ensure!(
        recovered.as_deref() == Some(&expected),
        "of deliveries that are not saved, {expected:?}, the record has {recovered:?}"
    );
    let late = sink.send(&events[4]).await;
    let received = fixture.received().await;
    ensure!(
        late.is_err() && received == ids(&events[..4]),
        "after another sink has read the record, a send is {late:?}"
    );
    Ok(())
}

/// Checks that all events were received, and for the first time in this order.
fn check_order(events: &[Event], received: &[String]) -> Checked {
    let mut before = None;
    for id in ids(events) {
        let place = received.iter().position(|other| *other == id);
        ensure!(
            place.is_some(),
            "the event {id} was sent and is not received"
        );
        ensure!(
            place > before,
            "the event {id} has overtaken an earlier one of its key"
        );
        before = place;
    }
    Ok(())
}

fn events(key: &str, count: usize) -> Result<Vec<Event>, String> {
    (0..count).map(|number| event(row(key, number))).collect()
}

fn event(row: OutboxRow) -> Result<Event, String> {
    Event::new(1, DateTime::UNIX_EPOCH, row).map_err(text)
}

fn ids(events: &[Event]) -> Vec<String> {
    events
        .iter()
        .map(|event| event.row().id.to_string())
        .collect()
}

fn text(error: impl Display) -> String {
    error.to_string()
}
