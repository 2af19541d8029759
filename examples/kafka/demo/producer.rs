//! Sends records, and knows whether they arrived.

use std::error::Error;
use std::sync::Mutex;
use std::time::Duration;

use outbox_core::KafkaRecord;
use rdkafka::ClientContext;
use rdkafka::error::KafkaError;
use rdkafka::message::DeliveryResult;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _, ProducerContext};
use rdkafka::types::RDKafkaErrorCode;

use super::broker::Broker;

const PATIENCE: Duration = Duration::from_secs(30);

pub struct Producer(BaseProducer<Deliveries>);

/// The first error that a delivery ended with.
#[derive(Default)]
struct Deliveries(Mutex<Option<KafkaError>>);

impl ClientContext for Deliveries {}

impl ProducerContext for Deliveries {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        if let (Err((error, _)), Ok(mut first)) = (result, self.0.lock()) {
            first.get_or_insert_with(|| error.clone());
        }
    }
}

impl Producer {
    pub fn new(broker: &Broker) -> Result<Self, KafkaError> {
        let producer = broker
            .client()
            // A retry neither doubles a record nor lets a later one overtake it.
            .set("enable.idempotence", "true")
            // A key's partition is its hash modulo their number, and librdkafka's own hash (CRC-32) is not
            // that of Java's clients (murmur2), of which Kafka Connect and so Debezium is one. Were a topic
            // written by both, one key would stand on two partitions, and its events in no order.
            .set("partitioner", "murmur2_random")
            .set("message.timeout.ms", PATIENCE.as_millis().to_string())
            .create_with_context(Deliveries::default())?;
        Ok(Self(producer))
    }

    /// Hands the record to the client, which sends it in the background.
    pub fn send(&self, record: &KafkaRecord) -> Result<(), KafkaError> {
        let mut record = BaseRecord::from(record);
        loop {
            match self.0.send(record) {
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), again)) => {
                    self.0.poll(Duration::from_millis(100));
                    record = again;
                }
                result => return result.map_err(|(error, _)| error),
            }
        }
    }

    /// Waits until every record has arrived. A relay deletes its rows after this, and not before.
    pub fn finish(self) -> Result<(), Box<dyn Error>> {
        self.0.flush(PATIENCE)?;
        let first = self
            .0
            .context()
            .0
            .lock()
            .map_err(|error| error.to_string())?;
        match &*first {
            Some(error) => Err(error.clone().into()),
            None => Ok(()),
        }
    }
}
