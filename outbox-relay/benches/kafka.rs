//! Measures rows on their way into Kafka, beside a hand-written loop over records in memory: the floor.
//!
//! The sink is given events that are ready, and rows that it takes to make events of, as the relay does. Each number is the median of several rounds. In a round, each way drains such rows once into a new topic of
//! librdkafka's cluster in memory. With few keys the floor sends many events of a key together; the sink sends one. `cargo bench --package outbox-relay --bench kafka -- 50000` sets the number of rows.

use std::collections::{BTreeMap, VecDeque};
use std::env;
use std::time::{Duration, Instant};

use chrono::Utc;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use outbox_core::{ContentMode, KafkaRecord, OutboxRow};
use outbox_relay::sink::kafka::{KafkaOptions, KafkaSink};
use outbox_relay::{Event, Sink};
use rdkafka::ClientConfig;
use rdkafka::error::KafkaError;
use rdkafka::mocking::MockCluster;
use rdkafka::producer::{BaseProducer, BaseRecord, DefaultProducerContext, Producer};
use rdkafka::types::RDKafkaErrorCode;
use uuid::Uuid;

const ROUNDS: usize = 7;
const PARTITIONS: i32 = 12;
/// The relay's own bound is its batch; this is more.
const IN_FLIGHT: usize = 10_000;
const PAYLOAD: usize = 1024;

fn main() {
    // Cargo passes `--bench`.
    let rows = env::args().find_map(|argument| argument.parse().ok());
    let rows = rows.unwrap_or(100_000);
    println!("up to {rows} rows of 1 KiB\n");
    println!("| keys | floor, records/s | events / floor | rows / floor |");
    println!("|---|---|---|---|");
    for (keys, rows) in [
        (rows, rows),
        (1_000, rows),
        (100, rows),
        (10, rows),
        (1, rows / 5),
    ] {
        compare(keys, rows);
    }
}

fn compare(keys: usize, count: usize) {
    let cluster = MockCluster::new(1).expect("a cluster");
    let rows = |topic: &str| -> Vec<OutboxRow> {
        cluster.create_topic(topic, PARTITIONS, 1).expect("a topic");
        (0..count)
            .map(|row| outbox_row(topic, row % keys))
            .collect()
    };
    let rounds = (0..ROUNDS).map(|round| {
        let floor = by_hand(&cluster, &rows(&format!("floor-{round}")));
        let events = rows(&format!("events-{round}")).into_iter().map(event);
        let events = by_sink(&cluster, events.collect(), |event| event);
        let rows = by_sink(&cluster, rows(&format!("rows-{round}")), event);
        [floor, events, rows].map(|time| time.as_secs_f64())
    });
    let rounds: Vec<_> = rounds.collect();
    let count = f64::from(u32::try_from(count).expect("fewer rows"));
    let rate = median(rounds.iter().map(|[floor, ..]| count / floor));
    // Of one round, whose ways something else on the machine slows down alike.
    let events = median(rounds.iter().map(|[floor, events, _]| floor / events));
    let rows = median(rounds.iter().map(|[floor, _, rows]| floor / rows));
    println!("| {keys} | {rate:.0} | {events:.2} | {rows:.2} |");
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<_> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn outbox_row(topic: &str, key: usize) -> OutboxRow {
    let id = Uuid::now_v7();
    let note: String = (0..PAYLOAD / 36)
        .map(|_| Uuid::now_v7().to_string())
        .collect();
    OutboxRow {
        id,
        aggregate_type: "account".to_owned(),
        aggregate_id: key.to_string(),
        event_type: "com.example.account.changed".to_owned(),
        payload: format!(r#"{{"account":"{key}","note":"{note}"}}"#),
        partition_key: key.to_string(),
        topic: topic.to_owned(),
        source: "/accounts".to_owned(),
        spec_version: "1.0".to_owned(),
        time: Utc::now(),
        subject: key.to_string(),
        data_content_type: "application/json".to_owned(),
        data_schema: None,
        data_version: "1.0".to_owned(),
        correlation_id: Some(Uuid::now_v7()),
        causation_id: None,
        trace_parent: None,
        trace_state: None,
        extensions: None,
    }
}

type Cluster = MockCluster<'static, DefaultProducerContext>;

/// The sink's own settings.
fn config(cluster: &Cluster) -> ClientConfig {
    let mut config = ClientConfig::new();
    config
        .set("bootstrap.servers", cluster.bootstrap_servers())
        .set("enable.idempotence", "true")
        .set("acks", "all")
        .set("partitioner", "murmur2_random")
        .set("compression.type", "lz4")
        .set("linger.ms", "0")
        .set("queue.buffering.max.kbytes", "65536");
    config
}

/// Records that are in memory, each handed to the client as soon as it has room.
fn by_hand(cluster: &Cluster, rows: &[OutboxRow]) -> Duration {
    let producer: BaseProducer = config(cluster).create().expect("a producer");
    let records: Vec<_> = rows
        .iter()
        .map(|row| KafkaRecord::from_row(row, ContentMode::Binary).expect("an event"))
        .collect();
    warm_up(&producer);
    let start = Instant::now();
    for record in &records {
        let mut record = BaseRecord::from(record);
        while let Err((error, again)) = producer.send(record) {
            assert_eq!(
                error,
                KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull)
            );
            producer.poll(Duration::from_millis(1));
            record = again;
        }
        producer.poll(Duration::ZERO);
    }
    producer
        .flush(Duration::from_secs(60))
        .expect("all are delivered");
    start.elapsed()
}

/// A new producer waits half a second for its id.
fn warm_up(producer: &BaseProducer) {
    let record = BaseRecord::<(), _>::to("warm-up").payload("");
    producer
        .send(record)
        .map_err(|(error, _)| error)
        .expect("it is sent");
    producer
        .flush(Duration::from_secs(60))
        .expect("it is delivered");
}

fn event(row: OutboxRow) -> Event {
    Event::new(1, Utc::now(), row).expect("an event")
}

/// Sends what becomes events on the way, with one event of a key in flight.
fn by_sink<T>(cluster: &Cluster, given: Vec<T>, into_event: fn(T) -> Event) -> Duration
where
    T: Keyed,
{
    let sink = KafkaSink::new(
        &format!("kafka://{}", cluster.bootstrap_servers()),
        &KafkaOptions::default(),
    );
    let sink = sink.expect("a sink");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build();
    runtime.expect("a runtime").block_on(async {
        let event = event(outbox_row("warm-up", 0));
        sink.send(&event).await.expect("it is delivered");
        let queues = by_key(given);
        let start = Instant::now();
        drain(&sink, queues, into_event).await;
        start.elapsed()
    })
}

trait Keyed {
    fn key(&self) -> &str;
}

impl Keyed for Event {
    fn key(&self) -> &str {
        &self.row().partition_key
    }
}

impl Keyed for OutboxRow {
    fn key(&self) -> &str {
        &self.partition_key
    }
}

/// The events of each key, in their order.
fn by_key<T: Keyed>(given: Vec<T>) -> Vec<VecDeque<T>> {
    let mut keys: BTreeMap<String, VecDeque<T>> = BTreeMap::new();
    for given in given {
        let queue = keys.entry(given.key().to_owned()).or_default();
        queue.push_back(given);
    }
    keys.into_values().collect()
}

async fn drain<T>(sink: &KafkaSink, queues: Vec<VecDeque<T>>, into_event: fn(T) -> Event) {
    let mut ready = VecDeque::from(queues);
    let mut sends = FuturesUnordered::new();
    loop {
        while sends.len() < IN_FLIGHT
            && let Some(mut queue) = ready.pop_front()
        {
            if let Some(given) = queue.pop_front() {
                sends.push(async move {
                    let event = into_event(given);
                    sink.send(&event).await.expect("it is delivered");
                    queue
                });
            }
        }
        let Some(queue) = sends.next().await else {
            return;
        };
        ready.push_back(queue);
    }
}
