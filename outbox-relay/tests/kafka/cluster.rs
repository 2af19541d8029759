//! A cluster in memory: librdkafka's own, which speaks Kafka's protocol on loopback.

use std::time::{Duration, Instant};

use outbox_core::KafkaRecord;
use outbox_relay::conformance::Outage;
use outbox_relay::sink::kafka::{KafkaOptions, KafkaSink};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::mocking::MockCluster;
use rdkafka::producer::DefaultProducerContext;
use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};
use rdkafka::{ClientConfig, Message, Offset, TopicPartitionList};

/// The time that a test waits.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Cluster(pub(crate) MockCluster<'static, DefaultProducerContext>);

impl Cluster {
    pub(crate) fn start() -> Self {
        Self(MockCluster::new(1).unwrap())
    }

    pub(crate) fn create(&self, topic: &str, partitions: i32) {
        self.0.create_topic(topic, partitions, 1).unwrap();
    }

    /// Makes the next requests of this kind fail.
    pub(crate) fn fail(&self, request: RDKafkaApiKey, errors: &[RDKafkaRespErr]) {
        self.0.request_errors(request, errors);
    }

    pub(crate) fn delay_answers(&self, delay: Duration) {
        self.0.broker_round_trip_time(1, delay).unwrap();
    }

    /// Begins an outage, or ends it. Returns `false` if the cluster does not fail in this way: it gives clients its own
    /// address, so no proxy can tear their connections.
    pub(crate) fn set_outage(&self, outage: Option<Outage>) -> bool {
        if outage == Some(Outage::Torn) {
            return false;
        }
        let is_slow = outage == Some(Outage::Unanswered);
        self.delay_answers(Duration::from_secs(if is_slow { 600 } else { 0 }));
        if !is_slow {
            // Answers that wait for their time are lost with their connections.
            self.0.broker_down(1).unwrap();
        }
        if outage.is_none() {
            self.0.broker_up(1).unwrap();
        }
        true
    }

    pub(crate) fn url(&self) -> String {
        format!("kafka://{}", self.0.bootstrap_servers())
    }

    /// Makes a sink that tries again soon, and has these settings too.
    pub(crate) fn sink(&self, settings: &[(&str, &str)]) -> KafkaSink {
        KafkaSink::new(&self.url(), &options(settings)).unwrap()
    }

    /// Reads topics from their beginning to their end, partition by partition.
    pub(crate) fn read(&self, topics: &[&str]) -> Vec<Read> {
        let consumer: BaseConsumer = ClientConfig::new()
            .set("bootstrap.servers", self.0.bootstrap_servers())
            .set("group.id", "readers")
            .create()
            .unwrap();
        let mut list = TopicPartitionList::new();
        let mut count = 0;
        for topic in topics {
            let metadata = consumer.fetch_metadata(Some(topic), PATIENCE).unwrap();
            for partition in metadata.topics()[0].partitions() {
                let partition = partition.id();
                let (low, high) = consumer
                    .fetch_watermarks(topic, partition, PATIENCE)
                    .unwrap();
                count += usize::try_from(high - low).unwrap();
                list.add_partition_offset(topic, partition, Offset::Beginning)
                    .unwrap();
            }
        }
        consumer.assign(&list).unwrap();

        let end = Instant::now() + PATIENCE;
        let mut records = Vec::new();
        while records.len() < count {
            assert!(Instant::now() < end, "{} of {count} records", records.len());
            if let Some(message) = consumer.poll(Duration::from_millis(100)) {
                let message = message.unwrap();
                let (partition, record) = (message.partition(), KafkaRecord::from(&message));
                records.push(Read { partition, record });
            }
        }
        records
    }
}

pub(crate) struct Read {
    pub(crate) partition: i32,
    pub(crate) record: KafkaRecord,
}

pub(crate) fn options(settings: &[(&str, &str)]) -> KafkaOptions {
    let impatient = [
        ("retry.backoff.ms", "5"),
        ("retry.backoff.max.ms", "20"),
        ("reconnect.backoff.ms", "5"),
        ("reconnect.backoff.max.ms", "50"),
        ("message.timeout.ms", "2000"),
        ("topic.metadata.propagation.max.ms", "100"),
    ];
    let settings = impatient.iter().chain(settings);
    settings.fold(KafkaOptions::default(), |options, (name, value)| {
        options.with_setting(name, value).unwrap()
    })
}
