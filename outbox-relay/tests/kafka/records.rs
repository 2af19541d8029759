//! The sink writes the records of the typed envelope.

use outbox_core::{ContentMode, Envelope, ExtensionName, KafkaRecord};
use outbox_relay::Sink;
use outbox_relay::sink::kafka::KafkaSink;

use crate::cluster::{Cluster, options};
use crate::events::{Changed, TOPIC, changed, stored};

/// The sink's record of an event, as a reader gets it.
async fn relayed(event: &Envelope<Changed>, mode: ContentMode) -> KafkaRecord {
    let cluster = Cluster::start();
    cluster.create(TOPIC, 1);
    let sink = KafkaSink::new(&cluster.url(), &options(&[]).with_mode(mode)).unwrap();
    sink.send(&stored(event, TOPIC)).await.unwrap();
    let mut records = cluster.read(&[TOPIC]);
    assert_eq!(records.len(), 1);
    records.remove(0).record
}

#[tokio::test]
async fn a_record_is_that_of_the_typed_envelope() {
    let first = changed("7", 1, "für \u{1F41D}");
    let event = changed("acme:eu", 2, "\"<\u{7}>\"")
        .caused_by(&first)
        .with_extension(ExtensionName::from_static("region"), "eu");
    for mode in [ContentMode::Binary, ContentMode::Structured] {
        for event in [&first, &event] {
            let record = relayed(event, mode).await;
            assert_eq!(record, event.to_kafka_record(mode).unwrap());
            assert_eq!(Envelope::from_kafka_record(&record).as_ref(), Ok(event));
        }
    }
}
