//! Deliveries by Kafka transactions, so that each event is delivered once.
//!
//! A transaction has the events that are there to be sent, and one record for the sink itself: the events that Kafka has
//! and the database may not have saved. Both become visible together or not at all. The next owner fences the producer
//! before it, reads the record, and does not send those events again.
//!
//! Transactions block, so a thread makes them: [`Worker`]. It takes whatever has come while it made the one before.

mod producer;
mod record;
mod record_topic;
mod reports;
mod worker;

use std::sync::mpsc;
use std::thread;

use outbox_core::KafkaRecord;
use rdkafka::ClientConfig;
use tokio::sync::oneshot;

use self::record_topic::RecordTopic;
use self::worker::Worker;
use super::options::KafkaOptionError;
use crate::event::Event;
use crate::sink::{Delivered, SendError};

/// The way to the thread that makes the transactions. It ends with this.
pub(super) struct Transactions {
    commands: mpsc::Sender<Command>,
    topic: RecordTopic,
}

enum Command {
    Send(Sending),
    Saved(Vec<i64>),
    Recover {
        name: String,
        answer: oneshot::Sender<Result<Vec<Delivered>, SendError>>,
    },
}

/// An event on its way.
struct Sending {
    event: Delivered,
    record: KafkaRecord,
    answer: oneshot::Sender<Result<(), SendError>>,
}

impl Transactions {
    /// Starts the thread for a `transactional.id`. Nothing is fenced before [`recover`](Self::recover).
    pub(super) fn start(id: &str, config: &ClientConfig) -> Result<Self, KafkaOptionError> {
        let topic = RecordTopic::new(id, config)?;
        let (commands, received) = mpsc::channel();
        let worker = Worker::new(id, config, topic.clone());
        thread::Builder::new()
            .name("kafka-transactions".to_owned())
            .spawn(move || worker.run(&received))
            .map_err(|error| KafkaOptionError::new(format!("cannot start a thread: {error}")))?;
        Ok(Self { commands, topic })
    }

    /// Sends an event in the next transaction. Returns when that is committed, or when it is aborted.
    pub(super) async fn send(&self, event: &Event, record: KafkaRecord) -> Result<(), SendError> {
        let event = Delivered {
            seq: event.seq(),
            id: event.row().id,
        };
        self.ask(|answer| {
            Command::Send(Sending {
                event,
                record,
                answer,
            })
        })
        .await
    }

    /// Takes over the `transactional.id`, and returns what its record has.
    pub(super) async fn recover(&self, name: &str) -> Result<Vec<Delivered>, SendError> {
        self.topic.create().await?;
        let name = name.to_owned();
        self.ask(|answer| Command::Recover { name, answer }).await
    }

    pub(super) fn saved(&self, seqs: &[i64]) {
        // Without the thread, every send reports it.
        drop(self.commands.send(Command::Saved(seqs.to_vec())));
    }

    async fn ask<T>(
        &self,
        command: impl FnOnce(oneshot::Sender<Result<T, SendError>>) -> Command,
    ) -> Result<T, SendError> {
        let (answer, answered) = oneshot::channel();
        drop(self.commands.send(command(answer)));
        answered.await.unwrap_or_else(|_| {
            Err(SendError::closed(
                "the thread of the Kafka transactions has ended",
            ))
        })
    }
}
