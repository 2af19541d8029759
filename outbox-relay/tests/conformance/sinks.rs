//! The laws of a sink.

use std::collections::HashSet;
use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use futures_util::future::join_all;
use outbox_core::OutboxRow;
use outbox_relay::conformance::{self, Outage, SinkFixture};
use outbox_relay::sink::JsonLines;
use outbox_relay::{Event, SendError, Sink};

use crate::assert_found;

/// A destination that keeps lines.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // Less than a line at a time.
        let count = bytes.len().min(100);
        self.0.lock().unwrap().extend_from_slice(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl SinkFixture for Lines {
    type Sink = JsonLines<Lines>;

    async fn sink(&self) -> JsonLines<Lines> {
        JsonLines::new(self.clone())
    }

    async fn received(&self) -> Vec<String> {
        let bytes = self.0.lock().unwrap().clone();
        let lines = String::from_utf8(bytes).expect("text");
        let event =
            |line: &str| outbox_core::CloudEvent::from_json(line.as_bytes()).expect("an event");
        lines
            .lines()
            .map(|line| event(line).id().to_owned())
            .collect()
    }
}

#[tokio::test]
async fn lines_of_json_keep_the_laws() {
    conformance::sink(async || Lines::default()).await.assert();
}

/// A law that a sink breaks, or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SinkFault {
    None,
    Loses,
    Reorders,
    GoesOnBehindFailures,
    CallsRejectionsUnavailable,
    WaitsForDroppedSends,
    RefusesRepetitions,
    KeepsItsBuffer,
    LosesOfMany,
    BelievesWithoutAnswers,
    CallsOutagesRejections,
    NeverRecovers,
    OvertakesAfterOutages,
    StumblesOverLargeEvents,
    BelievesTornConnections,
    RemembersWhatItSent,
    HoldsBackTheLast,
    RejectsWhatIsTooMuch,
    BlocksTheTask,
    EndsLate,
}

/// The law that each fault breaks.
const SINK_FAULTS: [(SinkFault, u8); 19] = [
    (SinkFault::Loses, 1),
    (SinkFault::Reorders, 2),
    (SinkFault::GoesOnBehindFailures, 3),
    (SinkFault::CallsRejectionsUnavailable, 4),
    (SinkFault::WaitsForDroppedSends, 5),
    (SinkFault::RefusesRepetitions, 6),
    (SinkFault::KeepsItsBuffer, 7),
    (SinkFault::LosesOfMany, 1),
    (SinkFault::BelievesWithoutAnswers, 1),
    (SinkFault::CallsOutagesRejections, 4),
    (SinkFault::NeverRecovers, 4),
    (SinkFault::OvertakesAfterOutages, 2),
    (SinkFault::StumblesOverLargeEvents, 4),
    (SinkFault::BelievesTornConnections, 1),
    (SinkFault::RemembersWhatItSent, 2),
    (SinkFault::HoldsBackTheLast, 1),
    (SinkFault::RejectsWhatIsTooMuch, 8),
    (SinkFault::BlocksTheTask, 8),
    (SinkFault::EndsLate, 8),
];

/// Longer than a sink can block its caller.
const TOO_LONG: Duration = Duration::from_millis(2_200);

/// A destination with a buffer, and a sink with several events in flight.
#[derive(Clone)]
struct Memory {
    fault: SinkFault,
    content: Arc<Mutex<Content>>,
}

#[derive(Default)]
struct Content {
    in_flight: usize,
    has_failed: bool,
    buffer: Vec<String>,
    received: Vec<String>,
    outage: Option<Outage>,
    had_outage: bool,
    /// An event that comes late, after the next one.
    late: Option<String>,
    sent: HashSet<String>,
    has_blocked: bool,
}

impl Memory {
    const IN_FLIGHT: usize = 4;

    fn new(fault: SinkFault) -> Self {
        let content = Arc::default();
        Self { fault, content }
    }

    fn take_off(&self) -> Result<Flight<'_>, SendError> {
        let mut content = self.content.lock().unwrap();
        if content.in_flight == Self::IN_FLIGHT {
            let reason = "too many events are in flight";
            return Err(match self.fault {
                SinkFault::RejectsWhatIsTooMuch => SendError::rejected(reason),
                _ => SendError::unavailable(reason),
            });
        }
        content.in_flight += 1;
        Ok(Flight {
            sink: self,
            has_landed: false,
        })
    }
}

/// A send that is in flight.
struct Flight<'a> {
    sink: &'a Memory,
    has_landed: bool,
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        if self.has_landed || self.sink.fault != SinkFault::WaitsForDroppedSends {
            let mut content = self.sink.content.lock().unwrap();
            content.in_flight -= 1;
            content.has_failed &= content.in_flight > 0;
        }
    }
}

impl Sink for Memory {
    async fn send(&self, event: &Event) -> Result<(), SendError> {
        let mut flight = self.take_off()?;
        tokio::task::yield_now().await;
        flight.has_landed = true;
        let mut content = self.content.lock().unwrap();
        if content.has_failed && self.fault != SinkFault::GoesOnBehindFailures {
            return Err(SendError::Behind);
        }
        let id = event.row().id.to_string();
        if event.row().topic.is_empty() {
            content.has_failed = true;
            return Err(match self.fault {
                SinkFault::CallsRejectionsUnavailable => {
                    SendError::unavailable("there is no topic")
                }
                _ => SendError::rejected("there is no topic"),
            });
        }
        if self.fault == SinkFault::StumblesOverLargeEvents && event.row().payload.len() > 1 << 20 {
            return Err(SendError::unavailable("the event is too large"));
        }
        if content.had_outage && self.fault == SinkFault::NeverRecovers {
            return Err(SendError::rejected("the connection is closed"));
        }
        if self.fault == SinkFault::RemembersWhatItSent && !content.sent.insert(id.clone()) {
            return Ok(());
        }
        if let Some(outage) = content.outage {
            if self.fault == SinkFault::BlocksTheTask && !content.has_blocked {
                content.has_blocked = true;
                thread::sleep(TOO_LONG);
            }
            match (self.fault, outage) {
                (SinkFault::BelievesTornConnections, Outage::Torn)
                | (SinkFault::BelievesWithoutAnswers, Outage::Unanswered) => return Ok(()),
                (SinkFault::CallsOutagesRejections, _) => {
                    return Err(SendError::rejected("there is no connection"));
                }
                (_, Outage::Unanswered) => content.buffer.push(id),
                _ => {}
            }
            return Err(SendError::unavailable("there is no connection"));
        }
        if content.had_outage
            && self.fault == SinkFault::OvertakesAfterOutages
            && content.late.is_none()
        {
            content.late = Some(id);
            return Ok(());
        }
        if self.fault == SinkFault::RefusesRepetitions && content.buffer.contains(&id) {
            return Err(SendError::rejected("the event is a duplicate"));
        }
        content.buffer.push(id);
        Ok(())
    }

    async fn flush(&self) -> Result<(), SendError> {
        let content = &mut *self.content.lock().unwrap();
        match self.fault {
            SinkFault::Loses => content.buffer.clear(),
            SinkFault::Reorders => content.buffer.reverse(),
            _ => {}
        }
        if self.fault == SinkFault::LosesOfMany && content.buffer.len() > 3 {
            content.buffer.truncate(3);
        }
        let last = match self.fault {
            SinkFault::HoldsBackTheLast => content.buffer.pop(),
            _ => None,
        };
        content.received.append(&mut content.buffer);
        content.buffer.extend(last);
        if content.received.len() > 10 {
            content.received.extend(content.late.take());
        }
        Ok(())
    }

    fn discard(&self) {
        if self.fault != SinkFault::KeepsItsBuffer {
            self.content.lock().unwrap().buffer.clear();
        }
    }

    fn in_flight_per_key(&self) -> usize {
        Self::IN_FLIGHT
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        let has_outage = self
            .content
            .lock()
            .is_ok_and(|content| content.outage.is_some());
        if self.fault == SinkFault::EndsLate && has_outage {
            thread::sleep(TOO_LONG);
        }
    }
}

impl SinkFixture for Memory {
    type Sink = Self;

    async fn sink(&self) -> Self {
        self.clone()
    }

    async fn received(&self) -> Vec<String> {
        self.content.lock().unwrap().received.clone()
    }

    fn spoil(&self, row: &mut OutboxRow) -> bool {
        row.topic.clear();
        true
    }

    async fn set_outage(&self, outage: Option<Outage>) -> bool {
        let mut content = self.content.lock().unwrap();
        content.outage = outage;
        content.had_outage = true;
        true
    }
}

#[tokio::test]
async fn broken_sinks_are_found() {
    let check = async |fault| conformance::sink(async || Memory::new(fault)).await;
    check(SinkFault::None).await.assert();
    let broken = join_all(SINK_FAULTS.map(|(fault, _)| check(fault))).await;
    for ((fault, law), report) in SINK_FAULTS.into_iter().zip(broken) {
        assert_found(fault, law, &report);
    }
}
