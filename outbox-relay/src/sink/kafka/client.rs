//! A producer that outlives its own fatal errors.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};
use std::thread;
use std::time::{Duration, Instant};

use outbox_core::KafkaRecord;
use rdkafka::Message;
use rdkafka::client::{ClientContext, DefaultClientContext};
use rdkafka::config::{ClientConfig, RDKafkaLogLevel};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::producer::future_producer::DeliveryFuture;
use rdkafka::producer::{FutureProducer, FutureRecord, Producer};

use super::fault::{Failure, Fault};

/// The wait for room in the client's queue before the next look.
const FULL: Duration = Duration::from_millis(5);

/// The time for which a report of the client explains failures.
const RECENT: Duration = Duration::from_secs(60);

/// The time that a report stays the last one in the log. Without a broker, the client reports many times a second.
const SILENCE: Duration = Duration::from_secs(10);

/// The wait for metadata.
const PATIENCE: Duration = Duration::from_secs(10);

/// The time for which the client's own opinion of a topic counts.
const FRESH: Duration = Duration::from_secs(1);

/// A producer of librdkafka.
///
/// An idempotent producer stops for good when it cannot know any more what the broker has of its records. Then a new
/// one takes its place. The records that were in flight fail as unavailable, and the relay sends them again before
/// any later one of their keys.
pub(super) struct Client {
    config: ClientConfig,
    reports: Reports,
    current: RwLock<Generation>,
    /// One record at a time enters the queue, so that one waits when it is full, and not all.
    door: tokio::sync::Mutex<()>,
    /// When the brokers were last asked for topics that the client refuses.
    asked: Mutex<HashMap<String, Instant>>,
}

struct Generation {
    number: u64,
    producer: FutureProducer<Reports>,
}

impl Client {
    pub(super) fn new(mut config: ClientConfig) -> KafkaResult<Self> {
        // A listener that hangs up is on this level, and the reports need it whatever the log shows.
        if (config.log_level as i32) < (RDKafkaLogLevel::Info as i32) {
            config.set_log_level(RDKafkaLogLevel::Info);
        }
        let reports = Reports::default();
        let producer = config.create_with_context(reports.clone())?;
        let number = 0;
        Ok(Self {
            config,
            reports,
            current: RwLock::new(Generation { number, producer }),
            door: tokio::sync::Mutex::default(),
            asked: Mutex::default(),
        })
    }

    /// Writes a record. Returns when the broker has acknowledged or refused it, or when it is given up.
    pub(super) async fn write(&self, record: KafkaRecord) -> Result<(), Failure> {
        let mut queued = self.enqueue(&record).await;
        if let Err(failure) = &queued
            && failure.fault == Fault::Topic
        {
            Box::pin(self.refresh(record.topic(), failure)).await?;
            queued = Box::pin(self.enqueue(&record)).await;
        }
        let (number, delivery) = queued?;
        // The client has copied it, and thousands may wait.
        drop(record);
        match delivery.await {
            Ok(Ok(delivery)) if delivery.offset >= 0 => Ok(()),
            // The client concludes that a record is there from the acknowledgement of a later one. A broker that does
            // not check sequence numbers, or an epoch that began in between, proves it wrong.
            Ok(Ok(_)) => Err(Failure::elsewhere(
                "a later record was acknowledged, and this one was not",
            )),
            Ok(Err((error, message))) => Err(self.failure(number, message.topic(), &error)),
            Err(_) => Err(Failure::elsewhere("the producer was replaced")),
        }
    }

    /// Asks a broker for its metadata: of this topic, or of all.
    pub(super) async fn ask(&self, topic: Option<String>) -> Result<(), Failure> {
        let producer = self.current().producer.clone();
        let ask = move || {
            let answer = producer.client().fetch_metadata(topic.as_deref(), PATIENCE);
            answer.map_err(|error| Failure::elsewhere(error.to_string()))
        };
        let answer = tokio::task::spawn_blocking(ask).await;
        let answer = answer.map_err(|error| Failure::elsewhere(error.to_string()))?;
        answer.map_err(|failure| self.reports.explain(failure))?;
        Ok(())
    }

    /// Makes the client look at a topic again that it refuses. By itself it does so every five minutes, and a topic
    /// may have been created or allowed meanwhile. Returns the failure where it is news.
    async fn refresh(&self, topic: &str, failure: &Failure) -> Result<(), Failure> {
        {
            let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
            asked.retain(|_, at| at.elapsed() < FRESH);
            if asked.contains_key(topic) {
                return Err(failure.clone());
            }
            asked.insert(topic.to_owned(), Instant::now());
        }
        self.ask(Some(topic.to_owned())).await
    }

    /// Waits for room in the client's queue. Returns the number of the generation, and the delivery to wait for.
    async fn enqueue(&self, record: &KafkaRecord) -> Result<(u64, DeliveryFuture), Failure> {
        let _door = self.door.lock().await;
        loop {
            let (number, result) = {
                let current = self.current();
                let result = current.producer.send_result(FutureRecord::from(record));
                (current.number, result.map_err(|(error, _)| error))
            };
            match result {
                Ok(delivery) => return Ok((number, delivery)),
                Err(KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull)) => {
                    tokio::time::sleep(FULL).await;
                }
                Err(error) => return Err(self.failure(number, record.topic(), &error).of_one()),
            }
        }
    }

    /// Judges an error of a generation, and replaces the generation if it has come to its end.
    fn failure(&self, number: u64, topic: &str, error: &KafkaError) -> Failure {
        let failure = Failure::of(topic, error);
        let end = self.current().end(number);
        if let Some(reason) = &end {
            self.replace(number, reason);
        }
        match (failure.fault, end) {
            (Fault::Elsewhere, Some(reason)) => failure.with_cause(&reason),
            (Fault::Elsewhere, None) if failure.is_local => self.reports.explain(failure),
            _ => failure,
        }
    }

    fn replace(&self, number: u64, reason: &str) {
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        if current.number != number {
            return;
        }
        match self.config.create_with_context(self.reports.clone()) {
            Ok(producer) => {
                tracing::warn!(
                    reason,
                    "the Kafka producer has ended; a new one takes its place"
                );
                let number = number + 1;
                let ended = std::mem::replace(&mut *current, Generation { number, producer });
                // Its threads have to end, which takes a while.
                thread::spawn(move || drop(ended));
            }
            // The next failure tries again.
            Err(error) => tracing::error!(%error, "cannot make a new Kafka producer"),
        }
    }

    fn current(&self) -> RwLockReadGuard<'_, Generation> {
        self.current.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Generation {
    /// Returns why the producer has stopped for good, if it has, and if it is the one of this number.
    fn end(&self, number: u64) -> Option<String> {
        let error = self.producer.client().fatal_error();
        error
            .filter(|_| self.number == number)
            .map(|(_, reason)| reason)
    }
}

/// The last thing that the client has reported beside its answers, such as that no broker can be reached.
#[derive(Clone, Default)]
struct Reports(Arc<Mutex<Last>>);

#[derive(Default)]
struct Last {
    report: Option<(Instant, String)>,
    logged: Option<Instant>,
}

impl Reports {
    fn explain(&self, failure: Failure) -> Failure {
        let last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &last.report {
            Some((at, report)) if at.elapsed() < RECENT => failure.with_cause(report),
            _ => failure,
        }
    }
}

impl ClientContext for Reports {
    /// A listener with TLS hangs up on a client without it, and that is only in the client's log.
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        let is_plain = !message.contains("ssl://");
        if facility == "FAIL" && is_plain && message.contains("in state APIVERSION_QUERY") {
            let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let reason = format!("{message}; if the listener has TLS, set `security.protocol`");
            last.report = Some((Instant::now(), reason));
        }
        DefaultClientContext.log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if last.logged.is_none_or(|at| at.elapsed() >= SILENCE) {
            last.logged = Some(Instant::now());
            tracing::warn!(%error, reason, "the Kafka client reports an error");
        } else {
            tracing::debug!(%error, reason, "the Kafka client reports an error");
        }
        // The reports before it say why.
        if error.rdkafka_error_code() != Some(RDKafkaErrorCode::AllBrokersDown) {
            last.report = Some((Instant::now(), reason.to_owned()));
        }
    }
}
