//! The quickstart's events go to Kafka and come back, typed, in the order of their keys.
//!
//! ```sh
//! cargo run --example kafka                                   # a mock cluster on loopback
//! KAFKA_BOOTSTRAP=localhost:9092 cargo run --example kafka    # a broker of yours
//! ```
//!
//! In the folder `demo`, `events.rs` defines the events, `broker.rs` finds the broker, `producer.rs` sends the
//! records, and `consumer.rs` reads them back in a consumer group of its own.

#[cfg(feature = "rdkafka-0_39")]
mod demo;

#[cfg(feature = "rdkafka-0_39")]
use demo::main;

#[cfg(not(feature = "rdkafka-0_39"))]
#[path = "../support/with_feature.rs"]
mod with_feature;

#[cfg(not(feature = "rdkafka-0_39"))]
fn main() -> std::process::ExitCode {
    eprintln!("building the Kafka client, librdkafka, which takes a minute and needs `make`");
    with_feature::run("kafka", "rdkafka-0_39")
}
