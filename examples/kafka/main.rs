//! The way of an event: from a change in a database, by the relay and Kafka, to a reader.
//!
//! ```sh
//! cargo run --example kafka                                   # a mock cluster on loopback
//! KAFKA_BOOTSTRAP=localhost:9092 cargo run --example kafka    # a broker of yours
//! ```
//!
//! In the folder `demo`, `events.rs` defines the events, `service.rs` stores each one with its change in SQLite,
//! `broker.rs` finds the broker, `delivery.rs` is the relay, and `consumer.rs` reads the events back, typed.

#[cfg(feature = "kafka-relay")]
mod demo;

#[cfg(feature = "kafka-relay")]
use demo::main;

#[cfg(not(feature = "kafka-relay"))]
#[path = "../support/with_feature.rs"]
mod with_feature;

#[cfg(not(feature = "kafka-relay"))]
fn main() -> std::process::ExitCode {
    eprintln!("building the Kafka client, librdkafka, which takes a minute and needs `make`");
    with_feature::run("kafka", "kafka-relay")
}
