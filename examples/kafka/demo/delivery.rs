//! The relay: it delivers what is in the outbox. In a service it runs beside the writers, or as the program
//! `outbox-relay`.

use std::error::Error;

use outbox_relay::sink::kafka::{KafkaOptions, KafkaSink};
use outbox_relay::store::Sqlite;
use outbox_relay::{Relay, Sink};

use super::broker::Broker;

/// Delivers every event of the outbox, and returns how many there were.
pub async fn deliver(outbox: Sqlite, broker: &Broker) -> Result<u64, Box<dyn Error>> {
    let url = format!("kafka://{}", broker.address());
    let sink = KafkaSink::new(&url, &KafkaOptions::default())?;
    // Without this, the relay would wait for a broker that is not there.
    sink.check().await?;
    let relay = Relay::new(outbox, sink);
    relay.until_empty(std::future::pending()).await?;
    match relay.monitor().rejected() {
        0 => Ok(relay.monitor().delivered()),
        rejected => {
            Err(format!("the broker rejects {rejected} events; see the broker's log").into())
        }
    }
}
