//! One transaction after the other, by one producer.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use outbox_core::KafkaRecord;
use rdkafka::ClientConfig;
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::message::ToBytes;
use rdkafka::producer::{BaseRecord, Producer as _, ThreadedProducer};

use super::record_topic::RecordMessage;
use super::reports::{Reports, Ticket};
use crate::sink::SendError;
use crate::sink::kafka::fault::{Failure, Fault};

/// The time for one step of a transaction.
const PATIENCE: Duration = Duration::from_secs(20);

/// The wait before the client is asked again.
const REST: Duration = Duration::from_millis(5);

/// The wait for the reports of the client before the next look.
const LOOK: Duration = Duration::from_micros(200);

/// The end of a transaction.
pub(super) enum Outcome {
    /// Every record is in Kafka.
    Committed,
    /// None is, since one of them is refused or more.
    Refused(Refusal),
    /// None is, and the records are not to blame.
    Aborted(Failure),
    /// Nobody knows, or another producer has taken over. This one cannot go on.
    Uncertain(String),
}

/// The facts about the records that were refused.
pub(super) struct Refusal {
    /// The failures of records, by their places.
    pub(super) failures: BTreeMap<usize, Failure>,
    /// The failure of the transaction.
    pub(super) whole: Failure,
}

/// A producer that has taken over its `transactional.id`.
pub(super) struct Producer(Option<ThreadedProducer<Reports>>);

impl Producer {
    /// Takes over the `transactional.id`: the producer that had it can commit nothing more, and what it has begun is
    /// committed or aborted.
    pub(super) fn start(id: &str, config: &ClientConfig) -> Result<Self, SendError> {
        let mut config = config.clone();
        config.set("transactional.id", id);
        let native: ThreadedProducer<Reports> = config
            .create_with_context(Reports)
            .map_err(SendError::closed)?;
        let started = patiently(|patience| native.init_transactions(patience));
        let producer = Self(Some(native));
        started.map_err(|error| {
            SendError::unavailable(format!("the `transactional.id` `{id}`: {error}"))
        })?;
        Ok(producer)
    }

    /// Writes records and the record of deliveries in one transaction.
    pub(super) fn transact<'a>(
        &self,
        records: impl Iterator<Item = &'a KafkaRecord>,
        deliveries: &RecordMessage<'_>,
    ) -> Outcome {
        let Some(native) = &self.0 else {
            return Outcome::Uncertain("the producer has ended".to_owned());
        };
        if let Err(error) = native.begin_transaction() {
            return Outcome::Uncertain(error.to_string());
        }
        let (answers, answered) = mpsc::channel();
        if let Some(outcome) = enqueue_all(native, records, &answers) {
            return abort(native, outcome);
        }
        let message = BaseRecord {
            partition: Some(0),
            ..BaseRecord::with_opaque_to(
                deliveries.topic,
                Box::new(Ticket {
                    place: None,
                    answers,
                }),
            )
        };
        let message = message.key(deliveries.key).payload(&deliveries.text);
        if let Err(error) = enqueue(native, message) {
            return abort(
                native,
                Outcome::Aborted(Failure::of(deliveries.topic, &error)),
            );
        }
        commit(native, &answered)
    }
}

/// The threads of a producer have to end, which takes a while.
impl Drop for Producer {
    fn drop(&mut self) {
        let native = self.0.take();
        thread::spawn(move || drop(native));
    }
}

/// Puts records into the client's queue. Returns the outcome if the client does not take all of them.
fn enqueue_all<'a>(
    native: &ThreadedProducer<Reports>,
    records: impl Iterator<Item = &'a KafkaRecord>,
    answers: &mpsc::Sender<(Option<usize>, Failure)>,
) -> Option<Outcome> {
    let mut failures = BTreeMap::new();
    let mut asked = BTreeSet::new();
    let mut last = None;
    for (place, record) in records.enumerate() {
        let message = || {
            let answers = answers.clone();
            let ticket = Ticket {
                place: Some(place),
                answers,
            };
            with_ticket(BaseRecord::from(record), ticket)
        };
        let mut queued = enqueue(native, message());
        if let Err(error) = &queued
            && Failure::of(record.topic(), error).fault == Fault::Topic
            && asked.insert(record.topic())
        {
            // By itself the client looks at a topic again every five minutes.
            drop(
                native
                    .client()
                    .fetch_metadata(Some(record.topic()), PATIENCE),
            );
            queued = enqueue(native, message());
        }
        if let Err(error) = queued {
            let failure = Failure::of(record.topic(), &error).of_one();
            if failure.fault == Fault::Elsewhere {
                return Some(Outcome::Aborted(failure));
            }
            last = Some(failure.clone());
            failures.insert(place, failure);
        }
    }
    last.map(|whole| Outcome::Refused(Refusal { failures, whole }))
}

/// Puts a message into the client's queue, and waits for room.
fn enqueue(
    native: &ThreadedProducer<Reports>,
    mut message: BaseRecord<'_, impl ToBytes + ?Sized, impl ToBytes + ?Sized, Box<Ticket>>,
) -> KafkaResult<()> {
    let end = Instant::now() + PATIENCE;
    loop {
        match native.send(message) {
            Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), back))
                if Instant::now() < end =>
            {
                message = back;
                thread::sleep(REST);
            }
            result => return result.map_err(|(error, _)| error),
        }
    }
}

/// Commits, or aborts if a record has failed.
fn commit(
    native: &ThreadedProducer<Reports>,
    answered: &mpsc::Receiver<(Option<usize>, Failure)>,
) -> Outcome {
    wait_for_answers(native);
    let whole = match patiently(|patience| native.commit_transaction(patience)) {
        Ok(()) => return Outcome::Committed,
        Err(KafkaError::Transaction(error)) if error.txn_requires_abort() => {
            Failure::of_transaction(&KafkaError::Transaction(error))
        }
        Err(error) => return Outcome::Uncertain(error.to_string()),
    };
    let is_own = |failure: &Failure| failure.fault != Fault::Elsewhere;
    let mut failures = BTreeMap::new();
    for (place, failure) in answered.try_iter().filter(|(_, failure)| is_own(failure)) {
        match place {
            Some(place) => drop(failures.insert(place, failure)),
            // The record of deliveries is not an event that anybody could reject.
            None => return abort(native, Outcome::Aborted(failure)),
        }
    }
    let outcome = if failures.is_empty() && !is_own(&whole) {
        Outcome::Aborted(whole)
    } else {
        Outcome::Refused(Refusal { failures, whole })
    };
    abort(native, outcome)
}

/// Waits until the client has reported every message. A commit does so too, but looks ten times a second.
fn wait_for_answers(native: &ThreadedProducer<Reports>) {
    let end = Instant::now() + PATIENCE;
    while native.in_flight_count() > 0 && Instant::now() < end {
        thread::sleep(LOOK);
    }
}

/// Aborts the transaction. Returns the outcome, if that succeeds.
fn abort(native: &ThreadedProducer<Reports>, outcome: Outcome) -> Outcome {
    match patiently(|patience| native.abort_transaction(patience)) {
        Ok(()) => outcome,
        Err(error) => Outcome::Uncertain(error.to_string()),
    }
}

/// Takes a step again for as long as the client says that it may succeed.
fn patiently(step: impl Fn(Duration) -> KafkaResult<()>) -> KafkaResult<()> {
    let end = Instant::now() + PATIENCE;
    loop {
        match step(end.saturating_duration_since(Instant::now())) {
            Err(KafkaError::Transaction(error)) if error.is_retriable() && Instant::now() < end => {
                thread::sleep(REST);
            }
            result => return result,
        }
    }
}

fn with_ticket(
    record: BaseRecord<'_, [u8], [u8]>,
    ticket: Ticket,
) -> BaseRecord<'_, [u8], [u8], Box<Ticket>> {
    BaseRecord {
        topic: record.topic,
        partition: record.partition,
        payload: record.payload,
        key: record.key,
        timestamp: record.timestamp,
        headers: record.headers,
        delivery_opaque: Box::new(ticket),
    }
}
