//! Kafka: librdkafka's cluster in memory, or the brokers of `OUTBOX_BENCH_KAFKA`, such as `127.0.0.1:9092`.

use std::time::{Duration, Instant};

use outbox_core::{KafkaRecord, OutboxRow};
use outbox_relay::Sink;
use outbox_relay::sink::kafka::{KafkaOptions, KafkaSink};
use rdkafka::ClientConfig;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::mocking::MockCluster;
use rdkafka::producer::{
    BaseProducer, BaseRecord, DefaultProducerContext, FutureProducer, FutureRecord, Producer,
};

use super::{Destination, Result, Sent, Timed, drain, records};
use crate::database::{Backlog, Database};
use crate::scenarios::{Bench, Outcome, latency};
use crate::table::{Goal, quantile};

const TOPIC: &str = "outbox.event.invite";
const PATIENCE: Duration = Duration::from_secs(60);

pub(super) struct Kafka;

pub(in crate::scenarios) fn run(bench: &mut Bench) -> Outcome {
    let (_cluster, brokers) = if let Ok(brokers) = std::env::var("OUTBOX_BENCH_KAFKA") {
        (None, brokers)
    } else {
        let cluster = cluster()?;
        let brokers = cluster.bootstrap_servers();
        (Some(cluster), brokers)
    };
    let rows = bench.size(200_000);
    for (keys, goal) in [
        (rows, Goal::AtLeast(0.7)),
        (10_000, Goal::AtLeast(0.7)),
        (1_000, Goal::AtLeast(0.7)),
        (100, Goal::None),
    ] {
        let backlog = Backlog {
            keys,
            ..Backlog::small(rows)
        };
        drain::<Kafka>(bench, &brokers, backlog, goal)?;
    }
    steady(bench, &brokers)
}

/// Delivers a thousand events a second, and compares with the acknowledgement alone.
fn steady(bench: &mut Bench, brokers: &str) -> Outcome {
    let floor = acknowledgements(brokers, &bench.database)?;
    let waits = latency::waits_by(bench, |sends| {
        Ok(Timed {
            sink: Kafka::sink(brokers)?,
            sends,
        })
    })?;
    for (what, share, goal) in [("median", 0.5, 15.0), ("p99", 0.99, 60.0)] {
        let [floor, wait] = [&floor, &waits].map(|waits| quantile(waits.iter().copied(), share));
        let table = &mut bench.table;
        table.add(
            format!("Kafka, from commit to acknowledgement, {what}"),
            wait,
            "ms",
            Goal::None,
        );
        table.add(
            format!("Kafka, acknowledgement alone, {what}"),
            floor,
            "ms",
            Goal::None,
        );
        table.add(
            format!("Kafka, the difference, {what}"),
            wait - floor,
            "ms",
            Goal::AtMost(goal),
        );
    }
    Ok(())
}

/// Starts a cluster, which lives as long as what this returns.
fn cluster() -> Result<MockCluster<'static, DefaultProducerContext>> {
    let cluster = MockCluster::new(1)?;
    cluster.create_topic(TOPIC, 12, 1)?;
    Ok(cluster)
}

/// Returns the sink's own settings.
fn config(brokers: &str) -> ClientConfig {
    let mut config = ClientConfig::new();
    config
        .set("bootstrap.servers", brokers)
        .set("enable.idempotence", "true")
        .set("acks", "all")
        .set("partitioner", "murmur2_random")
        .set("compression.type", "lz4")
        .set("linger.ms", "0")
        .set("queue.buffering.max.kbytes", "65536");
    config
}

/// Returns the milliseconds of each acknowledgement, at a thousand events a second.
fn acknowledgements(brokers: &str, database: &Database) -> Result<Vec<f64>> {
    let producer: FutureProducer = config(brokers).create()?;
    database.runtime.block_on(async {
        let mut interval = tokio::time::interval(Duration::from_millis(1));
        let mut sends = tokio::task::JoinSet::new();
        for number in 0..5_000 {
            interval.tick().await;
            let producer = producer.clone();
            sends.spawn(async move {
                let key = number.to_string();
                let record = FutureRecord::to(TOPIC).key(&key).payload("{}");
                let start = Instant::now();
                let sent = producer.send(record, PATIENCE).await;
                sent.map(|_| 1e3 * start.elapsed().as_secs_f64())
                    .map_err(|(error, _)| error)
            });
        }
        let mut waits = Vec::new();
        while let Some(wait) = sends.join_next().await {
            waits.push(wait??);
        }
        Ok(waits)
    })
}

impl Destination for Kafka {
    const NAME: &'static str = "Kafka";

    /// Hands each record to the client as soon as it has room.
    async fn floor(address: String, events: Vec<OutboxRow>) -> Sent<Duration> {
        let producer: BaseProducer = config(&address).create()?;
        let records = records(&events)?;
        // A new producer waits half a second for its id.
        send(&producer, &records[0])?;
        producer.flush(PATIENCE)?;
        let start = Instant::now();
        for record in &records {
            send(&producer, record)?;
            producer.poll(Duration::ZERO);
        }
        producer.flush(PATIENCE)?;
        Ok(start.elapsed())
    }

    fn sink(address: &str) -> Result<impl Sink + 'static> {
        let url = format!("kafka://{address}");
        Ok(KafkaSink::new(&url, &KafkaOptions::default())?)
    }
}

fn send(producer: &BaseProducer, record: &KafkaRecord) -> Sent<()> {
    let mut record = BaseRecord::from(record);
    while let Err((error, again)) = producer.send(record) {
        if error != KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull) {
            return Err(error.into());
        }
        producer.poll(Duration::from_millis(1));
        record = again;
    }
    Ok(())
}
