//! The sink that a URL names.

use outbox_relay::sink::JsonLines;
use outbox_relay::{Event, SendError, Sink};

/// Any of the sinks.
pub(crate) enum Destination {
    Stdout(JsonLines),
}

impl Destination {
    pub(crate) fn open(sink: &str) -> Result<Self, String> {
        match sink {
            "stdout" => Ok(Self::Stdout(JsonLines::stdout())),
            // The URL itself can have a password.
            _ => Err("there is no such sink; write `stdout`".to_owned()),
        }
    }
}

impl Sink for Destination {
    async fn send(&self, event: &Event) -> Result<(), SendError> {
        match self {
            Self::Stdout(sink) => sink.send(event).await,
        }
    }

    async fn flush(&self) -> Result<(), SendError> {
        match self {
            Self::Stdout(sink) => sink.flush().await,
        }
    }

    fn discard(&self) {
        match self {
            Self::Stdout(sink) => sink.discard(),
        }
    }

    fn in_flight_per_key(&self) -> usize {
        match self {
            Self::Stdout(sink) => sink.in_flight_per_key(),
        }
    }

    async fn check(&self) -> Result<(), SendError> {
        match self {
            Self::Stdout(sink) => sink.check().await,
        }
    }
}
