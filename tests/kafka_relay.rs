//! One event has one record: the typed envelope, the relay's Kafka sink and Debezium's outbox event router agree.
//! `tests/debezium.rs` compares the router of this test with Debezium itself.

#[path = "debezium/events.rs"]
mod events;
#[path = "debezium/router.rs"]
mod router;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use chrono::Utc;
use outbox_core::{ContentMode, Envelope, KafkaRecord, OutboxEvent};
use outbox_relay::sink::kafka::{KafkaOptions, KafkaSink};
use outbox_relay::{Event, Sink};
use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::mocking::MockCluster;

use events::{closed, placed};
use router::{nullable_placement, placement, route};

const PATIENCE: Duration = Duration::from_secs(60);

/// Returns the record that the sink writes, as a reader receives it.
fn relayed<E: OutboxEvent>(event: &Envelope<E>, mode: ContentMode) -> KafkaRecord {
    let row = event.to_row().expect("a row");
    let topic = row.topic.clone();
    let cluster = MockCluster::new(1).expect("a cluster");
    let options = KafkaOptions::default().with_mode(mode);
    let url = format!("kafka://{}", cluster.bootstrap_servers());
    let sink = KafkaSink::new(&url, &options).expect("a sink");
    let event = Event::new(1, Utc::now(), row).expect("an event");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build();
    let sent = runtime.expect("a runtime").block_on(sink.send(&event));
    sent.expect("it is delivered");

    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", cluster.bootstrap_servers())
        .set("group.id", "readers")
        .set("auto.offset.reset", "earliest")
        .create()
        .expect("a consumer");
    consumer.subscribe(&[&topic]).expect("a subscription");
    let end = Instant::now() + PATIENCE;
    while Instant::now() < end {
        if let Some(Ok(message)) = consumer.poll(Duration::from_millis(100)) {
            return KafkaRecord::from(&message);
        }
    }
    panic!("no record came");
}

fn headers(record: &KafkaRecord) -> BTreeMap<&str, &[u8]> {
    record.headers().collect()
}

fn is_one_record<E: OutboxEvent>(event: &Envelope<E>) {
    for mode in [ContentMode::Binary, ContentMode::Structured] {
        let record = relayed(event, mode);
        assert_eq!(record, event.to_kafka_record(mode).unwrap());
        let row = event.to_row().unwrap();
        assert_eq!(record, KafkaRecord::from_row(&row, mode).unwrap());
    }
    let relayed = relayed(event, ContentMode::Binary);
    let placement = placement() + nullable_placement();
    let routed = route(&event.to_row().unwrap(), &placement);
    let mut headers_of_router = headers(&routed);
    // The router adds this header.
    assert!(headers_of_router.remove("id").is_some());
    assert_eq!(headers_of_router, headers(&relayed));
    assert_eq!(
        (routed.topic(), routed.key(), routed.value()),
        (relayed.topic(), relayed.key(), relayed.value())
    );
}

#[test]
fn an_event_has_one_record() {
    is_one_record(&closed());
    is_one_record(&placed());
}
