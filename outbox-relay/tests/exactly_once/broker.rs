//! A broker with transactions, and what its topics show.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use outbox_core::KafkaRecord;
use outbox_relay::sink::kafka::{KafkaOptions, KafkaSink};
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::{ClientConfig, Message, Offset, TopicPartitionList};
use uuid::Uuid;

use crate::support::server;

/// The time that a test waits.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

const PARTITIONS: i32 = 3;

/// A topic of its own, and a `transactional.id` of its own.
pub(crate) struct Broker {
    pub(crate) url: String,
    pub(crate) topic: String,
    pub(crate) id: String,
}

impl Broker {
    /// Returns a new topic on the broker, or says that the test is skipped.
    pub(crate) async fn connect() -> Option<Self> {
        let url = server("OUTBOX_TEST_TRANSACTIONS_URL")?;
        let unique = Uuid::now_v7();
        let broker = Self {
            url,
            topic: format!("orders-{unique}"),
            id: format!("relay-{unique}"),
        };
        let admin: AdminClient<DefaultClientContext> = broker.config().create().unwrap();
        let topic = NewTopic::new(&broker.topic, PARTITIONS, TopicReplication::Fixed(-1));
        let created = admin.create_topics([&topic], &AdminOptions::new()).await;
        created.unwrap()[0].as_ref().unwrap();
        Some(broker)
    }

    fn config(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set(
            "bootstrap.servers",
            self.url.strip_prefix("kafka://").unwrap(),
        );
        config
    }

    /// Makes a sink that delivers each event once.
    pub(crate) fn sink(&self) -> KafkaSink {
        let options = KafkaOptions::default().with_exactly_once(&self.id);
        KafkaSink::new(&self.url, &options).unwrap()
    }

    /// Reads what is committed, partition by partition.
    pub(crate) fn committed(&self) -> Vec<KafkaRecord> {
        let consumer: BaseConsumer = self
            .config()
            .set("group.id", "readers")
            .set("enable.auto.commit", "false")
            .set("enable.partition.eof", "true")
            .set("isolation.level", "read_committed")
            .create()
            .unwrap();
        let mut list = TopicPartitionList::new();
        for partition in 0..PARTITIONS {
            list.add_partition_offset(&self.topic, partition, Offset::Beginning)
                .unwrap();
        }
        consumer.assign(&list).unwrap();
        let (mut records, mut ends, start) = (Vec::new(), 0, Instant::now());
        while ends < PARTITIONS {
            assert!(start.elapsed() < PATIENCE, "the topic has no end");
            match consumer.poll(Duration::from_millis(100)) {
                None => {}
                Some(Ok(message)) => {
                    records.push((message.partition(), KafkaRecord::from(&message)));
                }
                Some(Err(KafkaError::PartitionEOF(_))) => ends += 1,
                Some(Err(error)) => panic!("{error}"),
            }
        }
        records.sort_by_key(|(partition, _)| *partition);
        records.into_iter().map(|(_, record)| record).collect()
    }

    /// Returns the ids of the committed events.
    pub(crate) fn committed_ids(&self) -> Vec<String> {
        self.committed().iter().map(id_of).collect()
    }

    /// Compares the topic with what was inserted: each event once, and those of a key in order. Returns what is wrong.
    pub(crate) fn judge(&self, inserted: &BTreeMap<String, Vec<String>>) -> Vec<String> {
        let mut found = BTreeMap::<String, Vec<String>>::new();
        for record in self.committed() {
            let key = String::from_utf8(record.key().unwrap().to_vec()).unwrap();
            found.entry(key).or_default().push(id_of(&record));
        }
        let mut violations = Vec::new();
        for (key, expected) in inserted {
            let found = found.remove(key).unwrap_or_default();
            let mut counts = BTreeMap::<_, i32>::new();
            for id in &found {
                *counts.entry(id).or_default() += 1;
            }
            for id in expected {
                match counts.remove(id) {
                    None => violations.push(format!("{key}: {id} is lost")),
                    Some(1) => {}
                    Some(count) => violations.push(format!("{key}: {id} is there {count} times")),
                }
            }
            violations.extend(
                counts
                    .keys()
                    .map(|id| format!("{key}: {id} comes from nowhere")),
            );
            if violations.is_empty() && found != *expected {
                violations.push(format!("{key} is out of order"));
            }
        }
        violations
    }
}

fn id_of(record: &KafkaRecord) -> String {
    let mut headers = record.headers();
    let (_, id) = headers.find(|(name, _)| *name == "ce_id").unwrap();
    String::from_utf8(id.to_vec()).unwrap()
}
