//! Sinks that are broken on purpose.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use outbox_relay::{Event, SendError, Sink};
use tokio::time::sleep;

/// The environment variable that breaks the sink of a process.
pub(crate) const FAULT: &str = "OUTBOX_HISTORY_FAULT";

/// A way to break a sink.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SinkFault {
    /// It acknowledges an event before the destination has it.
    TooEarly,
    /// It sends the second of two events of a key first.
    Reorders,
}

impl SinkFault {
    /// Returns the value of the variable.
    pub(crate) fn name(self) -> String {
        format!("{self:?}")
    }
}

/// A sink that is broken if the environment says so.
#[derive(Debug)]
pub(crate) struct Faulty<S> {
    sink: Arc<S>,
    fault: Option<SinkFault>,
    held: Mutex<HashMap<String, Event>>,
}

impl<S: Sink + 'static> Faulty<S> {
    pub(crate) fn new(sink: S) -> Self {
        let name = std::env::var(FAULT).unwrap_or_default();
        let faults = [SinkFault::TooEarly, SinkFault::Reorders];
        Self {
            sink: Arc::new(sink),
            fault: faults.into_iter().find(|fault| fault.name() == name),
            held: Mutex::default(),
        }
    }

    /// Sends after a while, so that a kill finds events that are acknowledged and not sent.
    fn send_later(&self, event: &Event) {
        let (sink, event) = (Arc::clone(&self.sink), event.clone());
        tokio::spawn(async move {
            sleep(Duration::from_millis(200)).await;
            drop(sink.send(&event).await);
        });
    }

    async fn send_in_pairs(&self, event: &Event) -> Result<(), SendError> {
        let held = self.held.lock().expect("the events").remove(event.key());
        let Some(held) = held else {
            let (key, event) = (event.key().to_owned(), event.clone());
            self.held.lock().expect("the events").insert(key, event);
            return Ok(());
        };
        self.sink.send(event).await?;
        self.sink.send(&held).await
    }
}

impl<S: Sink + 'static> Sink for Faulty<S> {
    async fn send(&self, event: &Event) -> Result<(), SendError> {
        match self.fault {
            None => self.sink.send(event).await,
            Some(SinkFault::TooEarly) => {
                self.send_later(event);
                Ok(())
            }
            Some(SinkFault::Reorders) => self.send_in_pairs(event).await,
        }
    }

    async fn flush(&self) -> Result<(), SendError> {
        self.sink.flush().await
    }

    fn discard(&self) {
        self.sink.discard();
    }

    async fn check(&self) -> Result<(), SendError> {
        self.sink.check().await
    }
}
