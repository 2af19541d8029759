//! Apache Kafka.

mod client;
mod fault;
mod options;
mod transactions;

use std::fmt;
use std::sync::OnceLock;

use outbox_core::{ContentMode, KafkaRecord};
use rdkafka::ClientConfig;

use self::client::Client;
use self::fault::Fault;
use self::transactions::Transactions;
use crate::event::Event;
use crate::sink::{Delivered, SendError, Sink};

pub use self::options::{KafkaOptionError, KafkaOptions};

/// A sink that writes to Kafka's brokers, by librdkafka.
///
/// A record is that of the service's own `Envelope`, and the one that [`KafkaRecord::from_row`] makes of the row, byte
/// for byte. Its key is the event's partition key. The topic is that of the row.
///
/// ```no_run
/// use outbox_relay::sink::kafka::{KafkaOptions, KafkaSink};
///
/// let options = KafkaOptions::default().with_setting("linger.ms", "2")?;
/// let sink = KafkaSink::new("kafka://broker-1:9092,broker-2:9092", &options)?;
/// # Ok::<(), outbox_relay::sink::kafka::KafkaOptionError>(())
/// ```
///
/// # Settings
///
/// These differ from librdkafka's own defaults. [`KafkaOptions::with_setting`] changes them, and any other.
///
/// | setting | value | why |
/// |---|---|---|
/// | `enable.idempotence` | `true` | The client's own retries neither repeat nor reorder. Cannot be changed. |
/// | `acks` | `all` | An acknowledged event is on all in-sync replicas. Cannot be changed. |
/// | `partitioner` | `murmur2_random` | A key has the partition that Java's clients give it, and so Debezium. |
/// | `compression.type` | `lz4` | Built in, and cheap. `snappy` is built in too. |
/// | `linger.ms` | `0` | A batch fills while the one before is on its way. |
/// | `message.timeout.ms` | `30000` | The relay notices sooner that the brokers are away. |
/// | `queue.buffering.max.kbytes` | `65536` | The client holds 64 MiB at most. When its queue is full, a send waits. |
/// | `client.id` | `outbox-relay` | |
///
/// # TLS and SASL
///
/// SASL PLAIN is built in. TLS and the other mechanisms but GSSAPI need the feature `kafka-tls`, which compiles
/// OpenSSL. Then `security.protocol=SASL_SSL`, `sasl.mechanism=SCRAM-SHA-512`, `sasl.username=...` and so on are
/// settings as any other. Without `ssl.ca.location` and `ssl.ca.pem`, the brokers' certificates are checked against the
/// authorities of the system, which `SSL_CERT_FILE` and `SSL_CERT_DIR` replace.
///
/// # Failures
///
/// | answer of the client or the broker | [`SendError`] |
/// |---|---|
/// | message, batch or record set too large; invalid record | `Rejected`, if the event alone gets it too |
/// | unknown or invalid topic, unknown partition, topic authorization failed, policy violation | `Rejected` |
/// | everything else: time-outs, transport, not leader, not enough replicas, cluster authorization, authentication, throttling, another record of the batch invalid | `Unavailable` |
/// | fatal error of the idempotent producer | `Unavailable`, and a new producer takes its place |
///
/// A broker accepts or refuses a batch as a whole. So an event that was refused with its batch is sent once more,
/// alone, before the refusal counts.
///
/// # Order
///
/// An event is delivered when the broker has told its offset. librdkafka also reports a record as delivered when the
/// broker has acknowledged a later one; the sink reports such an event as unavailable, and the relay sends it again.
///
/// One event of a key is in flight at a time. Two would not be safe: when the client gives up a record, for whatever
/// reason, it goes on with the next one.
///
/// An event can be in its topic before the relay knows: its acknowledgement is lost, and the relay sends it again.
///
/// # Exactly once
///
/// With [`KafkaOptions::with_exactly_once`], a reader with `isolation.level=read_committed` gets each event once,
/// whatever is killed. Events are sent in Kafka transactions. Each has one more record, in the topic `<id>.progress`:
/// the events that Kafka has and the database may not have saved. The next owner fences the producer before it, reads
/// the record, and does not send those events again. The page `docs/exactly-once.md` of the repository has the
/// schedules, the costs, and what brokers and consumers need.
///
/// A transaction has one event of each key at most. `transaction.timeout.ms` and all other settings can be changed. The
/// sink takes no events before [`recover`](Sink::recover), so it is for a [`Relay`](crate::Relay) of its own.
pub struct KafkaSink {
    mode: ContentMode,
    config: ClientConfig,
    batches: Client,
    /// Sends a record in a batch of its own. Few relays ever need it.
    alone: OnceLock<Client>,
    /// Takes the place of both for exactly once.
    transactions: Option<Transactions>,
}

impl KafkaSink {
    /// Makes a sink of a URL, `kafka://host:port,host:port`. Connects in the background.
    ///
    /// # Errors
    ///
    /// [`KafkaOptionError`] if the URL does not name brokers, or the client does not accept a setting.
    pub fn new(url: &str, options: &KafkaOptions) -> Result<Self, KafkaOptionError> {
        let config = options.config(url)?;
        let transactions = options
            .exactly_once()
            .map(|id| Transactions::start(id, &config));
        Ok(Self {
            mode: options.mode(),
            batches: Client::new(config.clone())?,
            config,
            alone: OnceLock::new(),
            transactions: transactions.transpose()?,
        })
    }

    async fn write(&self, event: &Event) -> Result<(), SendError> {
        match self.batches.write(self.record(event)?).await {
            // In a box, so that other sends take no memory for it.
            Err(failure) if failure.fault == Fault::Batch => {
                Box::pin(self.write_alone(event)).await
            }
            result => Ok(result?),
        }
    }

    async fn write_alone(&self, event: &Event) -> Result<(), SendError> {
        let alone = self.alone().map_err(SendError::unavailable)?;
        Ok(alone.write(self.record(event)?).await?)
    }

    fn record(&self, event: &Event) -> Result<KafkaRecord, SendError> {
        let record = event.checked_row().to_kafka_record(self.mode);
        record.map_err(SendError::rejected)
    }

    fn alone(&self) -> Result<&Client, KafkaOptionError> {
        if let Some(alone) = self.alone.get() {
            return Ok(alone);
        }
        let mut config = self.config.clone();
        let client = Client::new(config.set("batch.num.messages", "1").clone())?;
        Ok(self.alone.get_or_init(|| client))
    }
}

impl Sink for KafkaSink {
    async fn send(&self, event: &Event) -> Result<(), SendError> {
        match &self.transactions {
            Some(transactions) => Box::pin(transactions.send(event, self.record(event)?)).await,
            None => self.write(event).await,
        }
    }

    async fn recover(&self, name: &str) -> Result<Option<Vec<Delivered>>, SendError> {
        match &self.transactions {
            Some(transactions) => transactions.recover(name).await.map(Some),
            None => Ok(None),
        }
    }

    fn saved(&self, seqs: &[i64]) {
        if let Some(transactions) = &self.transactions {
            transactions.saved(seqs);
        }
    }

    async fn check(&self) -> Result<(), SendError> {
        Ok(self.batches.ask(None).await?)
    }

    fn system(&self) -> &'static str {
        "kafka"
    }
}

impl fmt::Debug for KafkaSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KafkaSink")
            .field("mode", &self.mode)
            .finish_non_exhaustive()
    }
}
