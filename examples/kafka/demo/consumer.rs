//! Reads events back as one set of types.

use std::collections::{BTreeSet, HashSet};
use std::error::Error;
use std::time::{Duration, Instant};

use outbox_core::{DecodeError, Envelope};
use rdkafka::Message;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::message::BorrowedMessage;
use uuid::Uuid;

use super::broker::Broker;
use super::events::InviteEvent;

const PATIENCE: Duration = Duration::from_secs(30);

pub struct Received {
    pub event: Envelope<InviteEvent>,
    pub partition: i32,
    pub offset: i64,
}

/// Reads the topics from their beginning in a new consumer group, until all events of these ids are there.
pub fn receive(
    broker: &Broker,
    topics: &BTreeSet<&str>,
    mut awaited: HashSet<Uuid>,
) -> Result<Vec<Received>, Box<dyn Error>> {
    let consumer: BaseConsumer = broker
        .client()
        .set("group.id", format!("invite-readers-{}", Uuid::now_v7()))
        .set("auto.offset.reset", "earliest")
        // The consumer commits what it has dealt with, not what it has fetched.
        .set("enable.auto.commit", "false")
        .create()?;
    consumer.subscribe(&topics.iter().copied().collect::<Vec<_>>())?;

    let mut received = Vec::new();
    let end = Instant::now() + PATIENCE;
    while !awaited.is_empty() {
        if Instant::now() > end {
            return Err(format!("{} events did not arrive", awaited.len()).into());
        }
        let Some(message) = consumer.poll(Duration::from_millis(100)) else {
            continue;
        };
        let message = message?;
        if let Some(event) = read(&message)? {
            // An event can come more than once. Its id is then the same.
            if awaited.remove(&event.event_id()) {
                received.push(Received {
                    event,
                    partition: message.partition(),
                    offset: message.offset(),
                });
            }
        }
        consumer.commit_message(&message, CommitMode::Async)?;
    }
    Ok(received)
}

/// An event of the set; `None` for a tombstone, and for one of another type, which other readers are there for.
/// What cannot be read ends the program; a service would set it aside, or it would meet it again and again.
fn read(message: &BorrowedMessage<'_>) -> Result<Option<Envelope<InviteEvent>>, String> {
    if message.payload().is_none() {
        return Ok(None);
    }
    match Envelope::from_rdkafka_message(message) {
        Ok(event) => Ok(Some(event)),
        Err(DecodeError::UnexpectedType { .. }) => Ok(None),
        Err(error) => {
            let (partition, offset) = (message.partition(), message.offset());
            Err(format!("partition {partition} offset {offset}: {error}"))
        }
    }
}
