//! The feature `rdkafka-0_39`: records to the client of this name, and messages from it.

use std::time::Duration;

use outbox_core::{CloudEvent, ContentMode, Envelope, KafkaRecord, OutboxEvent};
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::{Header, Headers, Message, OwnedHeaders, OwnedMessage, Timestamp};
use rdkafka::mocking::MockCluster;
use rdkafka::producer::{BaseProducer, BaseRecord, FutureRecord, Producer};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, OutboxEvent)]
#[outbox(event_type = "com.example.order.placed", source = "/orders")]
struct Placed {
    #[aggregate_id]
    order_id: String,
    #[partition_key]
    tenant: String,
    note: Option<String>,
}

fn placed(tenant: &str) -> Envelope<Placed> {
    let event = Placed {
        order_id: "7".to_owned(),
        tenant: tenant.to_owned(),
        note: Some("für \u{1F41D}".to_owned()),
    };
    Envelope::new(event).expect("it is valid")
}

/// Returns the message that a consumer would receive for the record.
fn message(record: &KafkaRecord) -> OwnedMessage {
    let sent = BaseRecord::from(record);
    OwnedMessage::new(
        sent.payload.map(<[u8]>::to_vec),
        sent.key.map(<[u8]>::to_vec),
        sent.topic.to_owned(),
        Timestamp::NotAvailable,
        0,
        0,
        sent.headers,
    )
}

#[test]
fn a_record_goes_out_and_comes_back() {
    let event = placed("acme");
    for mode in [ContentMode::Binary, ContentMode::Structured] {
        let record = event.to_kafka_record(mode).unwrap();
        let message = message(&record);
        assert_eq!(KafkaRecord::from(&message), record);
        assert_eq!(
            Envelope::from_rdkafka_message(&message).as_ref(),
            Ok(&event)
        );
        assert_eq!(
            CloudEvent::from_rdkafka_message(&message),
            CloudEvent::from_kafka_record(&record)
        );
    }
}

#[test]
fn both_kinds_of_producer_are_given_the_same() {
    let record = placed("acme").to_kafka_record(ContentMode::Binary).unwrap();
    let (base, future) = (BaseRecord::from(&record), FutureRecord::from(&record));
    assert_eq!(base.topic, record.topic());
    assert_eq!(
        (base.topic, base.key, base.payload),
        (future.topic, future.key, future.payload)
    );
    let names = |headers: Option<OwnedHeaders>| -> Vec<(String, Option<Vec<u8>>)> {
        let headers = headers.expect("there are headers");
        let owned =
            |header: Header<'_, &[u8]>| (header.key.to_owned(), header.value.map(<[u8]>::to_vec));
        headers.iter().map(owned).collect()
    };
    assert_eq!(names(base.headers), names(future.headers));
    // Neither the key nor the value is copied.
    assert_eq!(
        base.payload.map(<[u8]>::as_ptr),
        record.value().map(<[u8]>::as_ptr)
    );
    assert_eq!(
        base.key.map(<[u8]>::as_ptr),
        record.key().map(<[u8]>::as_ptr)
    );
}

#[test]
fn no_value_and_no_key_stay_null() {
    let headers = ["specversion", "id", "source", "type"]
        .into_iter()
        .zip(["1.0", "1", "/s", "t"]);
    let headers = headers.map(|(name, value)| (format!("ce_{name}"), value.as_bytes().to_vec()));
    let record = KafkaRecord::from_parts("orders", None, headers.collect(), None);
    let message = message(&record);
    assert_eq!((message.key(), message.payload()), (None, None));
    let event = CloudEvent::from_rdkafka_message(&message).unwrap();
    assert_eq!(event.data(), None);
}

/// Debezium's outbox event router writes a column that is `NULL` as a header with a null value.
#[test]
fn a_null_header_is_an_attribute_that_is_unset() {
    let record = placed("acme").to_kafka_record(ContentMode::Binary).unwrap();
    let mut headers = BaseRecord::from(&record)
        .headers
        .expect("there are headers");
    for key in ["ce_correlationid", "ce_traceparent", "ce_dataschema", "id"] {
        headers = headers.insert(Header {
            key,
            value: None::<&[u8]>,
        });
    }
    let value = record.value().map(<[u8]>::to_vec);
    let time = Timestamp::NotAvailable;
    let message = OwnedMessage::new(value, None, "t".to_owned(), time, 0, 0, Some(headers));
    let event = Envelope::<Placed>::from_rdkafka_message(&message).unwrap();
    assert_eq!(event.correlation_id(), None);
    assert_eq!(event.trace_parent(), None);
}

/// With `partitioner=murmur2_random` a key goes to the partition that Java's clients choose. The hashes are those of
/// Kafka's own test of `Utils.murmur2`.
#[test]
fn a_key_has_the_partition_of_java() {
    const PARTITIONS: i32 = 7;
    let cluster = MockCluster::new(1).unwrap();
    cluster
        .create_topic("outbox.event.order", PARTITIONS, 1)
        .unwrap();
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", cluster.bootstrap_servers());
    let producer: BaseProducer = config
        .clone()
        .set("partitioner", "murmur2_random")
        .create()
        .unwrap();
    let java = [
        ("21", -973_932_308),
        ("foobar", -790_332_482),
        ("a-little-bit-long-string", -985_981_536),
        ("a-little-bit-longer-string", -1_486_304_829),
        ("abc", 479_470_107),
    ];
    for (key, _) in java {
        let record = placed(key).to_kafka_record(ContentMode::Binary).unwrap();
        producer
            .send(BaseRecord::from(&record))
            .map_err(|(error, _)| error)
            .unwrap();
    }
    producer.flush(Duration::from_secs(30)).unwrap();

    config
        .set("group.id", "readers")
        .set("auto.offset.reset", "earliest");
    let consumer: BaseConsumer = config.create().unwrap();
    consumer.subscribe(&["outbox.event.order"]).unwrap();
    let messages = std::iter::repeat_with(|| consumer.poll(Duration::from_millis(100))).take(300);
    let mut came = 0;
    for message in messages.flatten().take(java.len()) {
        let message = message.unwrap();
        let event = Envelope::<Placed>::from_rdkafka_message(&message).unwrap();
        let key = event.partition_key();
        let (_, hash) = java.into_iter().find(|(java, _)| *java == key).unwrap();
        assert_eq!(message.partition(), (hash & i32::MAX) % PARTITIONS, "{key}");
        came += 1;
    }
    assert_eq!(came, java.len());
}
