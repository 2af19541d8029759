//! The thread that makes the transactions.

use std::collections::{BTreeMap, VecDeque};
use std::sync::mpsc::{Receiver, TryRecvError};

use rdkafka::ClientConfig;
use uuid::Uuid;

use super::producer::{Outcome, Producer, Refusal};
use super::record::Record;
use super::record_topic::RecordTopic;
use super::{Command, Sending};
use crate::sink::kafka::fault::{Failure, Fault};
use crate::sink::{Delivered, SendError};

/// The greatest number of events that the record has, so that it fits into a message: about 450 KB.
const MOST: usize = 10_000;

/// The reason of a send before the first recovery, and after track was lost.
const NOT_RECOVERED: &str = "the record of deliveries is to be read first";

pub(super) struct Worker {
    id: String,
    config: ClientConfig,
    topic: RecordTopic,
    /// The producer that has the `transactional.id`, unless it was fenced or has failed.
    producer: Option<Producer>,
    /// The record: what is delivered under a relay name and not known to be saved.
    record: Record,
    waiting: VecDeque<Sending>,
}

impl Worker {
    pub(super) fn new(id: &str, config: &ClientConfig, topic: RecordTopic) -> Self {
        Self {
            id: id.to_owned(),
            config: config.clone(),
            topic,
            producer: None,
            record: Record::default(),
            waiting: VecDeque::new(),
        }
    }

    /// Does what it is asked to, until the sink is gone.
    pub(super) fn run(mut self, commands: &Receiver<Command>) {
        loop {
            if self.waiting.is_empty() || self.room() == 0 {
                match commands.recv() {
                    Ok(command) => self.take(command),
                    Err(_) => return,
                }
            }
            loop {
                match commands.try_recv() {
                    Ok(command) => self.take(command),
                    Err(TryRecvError::Empty) => break,
                    Err(TryRecvError::Disconnected) => return,
                }
            }
            let count = self.waiting.len().min(self.room());
            let batch = self.waiting.drain(..count).collect();
            self.deliver(batch);
        }
    }

    fn take(&mut self, command: Command) {
        match command {
            Command::Send(sending) => self.waiting.push_back(sending),
            Command::Saved(seqs) => self.record.forget(&seqs),
            // A relay that has lost its lease meanwhile must not stop the next owner.
            Command::Recover { answer, .. } if answer.is_closed() => {}
            Command::Recover { name, answer } => drop(answer.send(self.recover(name))),
        }
    }

    /// Returns how many more events the record can have.
    fn room(&self) -> usize {
        MOST.saturating_sub(self.record.delivered.len())
    }

    fn recover(&mut self, name: String) -> Result<Vec<Delivered>, SendError> {
        self.lose_track(NOT_RECOVERED);
        let producer = Producer::start(&self.id, &self.config)?;
        // Whatever an earlier producer has begun is over now, so nothing comes behind what is read.
        let record = self.topic.read()?;
        if !record.delivered.is_empty() && record.name != name {
            return Err(SendError::closed(format!(
                "the `transactional.id` `{}` belongs to the relay `{}`; give each relay name its own",
                self.id, record.name
            )));
        }
        self.producer = Some(producer);
        self.record = Record {
            name,
            delivered: BTreeMap::new(),
        };
        let delivered = record.delivered.into_iter();
        Ok(delivered.map(|(seq, id)| Delivered { seq, id }).collect())
    }

    /// Delivers events, all in one transaction unless one of them is refused.
    fn deliver(&mut self, batch: Vec<Sending>) {
        if batch.is_empty() {
            return;
        }
        let Some(producer) = &self.producer else {
            return fail(batch, &SendError::uncertain(NOT_RECOVERED));
        };
        let events = batch
            .iter()
            .map(|sending| (sending.event.seq, sending.event.id));
        let record = self.record.with(events.collect::<BTreeMap<i64, Uuid>>());
        let records = batch.iter().map(|sending| &sending.record);
        let outcome = producer.transact(records, &self.topic.message(&record));
        match outcome {
            Outcome::Committed => {
                self.record = record;
                for sending in batch {
                    answer(sending, Ok(()));
                }
            }
            Outcome::Refused(refusal) => self.sort_out(batch, refusal),
            Outcome::Aborted(failure) => fail(batch, &failure.into()),
            Outcome::Uncertain(reason) => {
                fail(batch, &SendError::uncertain(&reason));
                self.lose_track(&reason);
            }
        }
    }

    /// Rejects the events that are refused for themselves, and delivers the others. Where nobody says which event it
    /// was, halves find it.
    fn sort_out(&mut self, batch: Vec<Sending>, refusal: Refusal) {
        let Refusal {
            mut failures,
            whole,
        } = refusal;
        if batch.len() == 1 {
            let failure = failures.remove(&0);
            return match failure.or_else(|| self.judge(whole)) {
                Some(failure) => fail(batch, &failure.of_one().into()),
                None => fail(
                    batch,
                    &SendError::unavailable("the record of deliveries is refused"),
                ),
            };
        }
        let (mut refused, mut others) = (Vec::new(), Vec::new());
        for (place, sending) in batch.into_iter().enumerate() {
            match failures.remove(&place) {
                Some(failure) if matches!(failure.fault, Fault::Event | Fault::Topic) => {
                    refused.push((sending, failure));
                }
                _ => others.push(sending),
            }
        }
        let half = if refused.is_empty() {
            others.split_off(others.len() / 2)
        } else {
            Vec::new()
        };
        for (sending, failure) in refused {
            answer(sending, Err(failure.into()));
        }
        self.deliver(others);
        self.deliver(half);
    }

    /// Returns the failure of a transaction with a single event if it is the event's. It is not if the record alone is
    /// refused too.
    fn judge(&mut self, whole: Failure) -> Option<Failure> {
        let producer = self.producer.as_ref()?;
        match producer.transact(std::iter::empty(), &self.topic.message(&self.record)) {
            Outcome::Committed => Some(whole),
            Outcome::Refused(_) | Outcome::Aborted(_) => None,
            Outcome::Uncertain(reason) => {
                self.lose_track(&reason);
                None
            }
        }
    }

    /// Gives up the producer, and whatever waits for it.
    fn lose_track(&mut self, reason: &str) {
        tracing::debug!(reason, "the Kafka producer is given up");
        self.producer = None;
        fail(self.waiting.drain(..), &SendError::uncertain(reason));
    }
}

fn fail(batch: impl IntoIterator<Item = Sending>, error: &SendError) {
    for sending in batch {
        answer(sending, Err(error.clone()));
    }
}

fn answer(sending: Sending, result: Result<(), SendError>) {
    // The relay may not wait any more.
    drop(sending.answer.send(result));
}
