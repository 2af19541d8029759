//! Histories over Kafka, on librdkafka's cluster in memory. The cluster gives its clients its own address, so it makes
//! the trouble itself.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use fastrand::Rng;
use outbox_core::KafkaRecord;
use rdkafka::consumer::{Consumer, StreamConsumer};
use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use tokio::sync::oneshot;

use super::{Address, Destination, Journal, check};
use crate::cluster::Cluster;

const TOPIC: &str = "aggregates";
const PARTITIONS: i32 = 3;

async fn destination(random: Rng) -> Option<Destination> {
    let is_calm = Arc::new(AtomicBool::new(false));
    let (started, url) = oneshot::channel();
    let calm = Arc::clone(&is_calm);
    // The handle of the cluster stays on one thread, which ends with the test.
    thread::spawn(move || {
        let cluster = Cluster::start();
        cluster.create(TOPIC, PARTITIONS);
        started.send(cluster.url()).expect("somebody waits");
        trouble(&cluster, random, &calm);
    });
    let url = url.await.expect("the cluster starts");
    let journal = Journal::default();
    tokio::spawn(consume(url.clone(), journal.clone()));
    let calm = Calm(is_calm);
    Some(Destination {
        address: Address {
            url,
            settings: Vec::new(),
        },
        journal,
        trouble: Box::pin(async move {
            let _calm = calm;
            pending::<()>().await;
        }),
    })
}

/// Ends the trouble with its value.
struct Calm(Arc<AtomicBool>);

impl Drop for Calm {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

fn trouble(cluster: &Cluster, mut random: Rng, is_calm: &AtomicBool) {
    loop {
        thread::sleep(Duration::from_millis(random.u64(100..600)));
        if is_calm.load(Ordering::SeqCst) {
            continue;
        }
        if random.bool() {
            // Cuts the connection of the next records, before the broker has them. A broker that goes down and comes back
            // could find its port taken.
            let cut = [RDKafkaRespErr::RD_KAFKA_RESP_ERR__TRANSPORT; 3];
            cluster.fail(RDKafkaApiKey::Produce, &cut);
        } else {
            // The broker has the records, and its answers come too late.
            cluster.delay_answers(Duration::from_secs(3));
            thread::sleep(Duration::from_millis(random.u64(20..300)));
            cluster.delay_answers(Duration::ZERO);
        }
    }
}

/// Reads all partitions from their beginning.
async fn consume(url: String, journal: Journal) {
    let consumer: StreamConsumer = ClientConfig::new()
        .set("bootstrap.servers", url.trim_start_matches("kafka://"))
        .set("group.id", "readers")
        .set("reconnect.backoff.ms", "5")
        .set("reconnect.backoff.max.ms", "50")
        .create()
        .expect("a consumer");
    let mut list = TopicPartitionList::new();
    for partition in 0..PARTITIONS {
        let added = list.add_partition_offset(TOPIC, partition, Offset::Beginning);
        added.expect("a partition");
    }
    consumer.assign(&list).expect("an assignment");
    loop {
        // The consumer reports each time that the broker is away.
        let Ok(message) = consumer.recv().await else {
            continue;
        };
        let record = KafkaRecord::from(&message);
        let mut headers = record.headers();
        let (_, id) = headers.find(|(name, _)| *name == "ce_id").expect("an id");
        let id = std::str::from_utf8(id).expect("the id is text");
        journal.add(id.parse().expect("the id of an event"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn topics_get_everything_in_order() {
    let schemas = [
        "history_kafka",
        "history_kafka_early",
        "history_kafka_pairs",
    ];
    check(schemas, destination).await;
}
