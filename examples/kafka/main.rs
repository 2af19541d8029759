//! The quickstart's events go to Kafka and come back, typed, in the order of their keys.
//!
//! ```sh
//! cargo run --example kafka                                   # a mock cluster on loopback
//! KAFKA_BOOTSTRAP=localhost:9092 cargo run --example kafka    # a broker of yours
//! ```
//!
//! In the folder `demo`, `events.rs` defines the events, `broker.rs` finds the broker, `producer.rs` sends the
//! records, and `consumer.rs` reads them back in a consumer group of its own.

#[cfg(feature = "rdkafka")]
mod demo;

#[cfg(feature = "rdkafka")]
use demo::main;

/// The client is a C library that takes a minute to build, so no other example waits for it: this one starts
/// itself once more, with the feature.
#[cfg(not(feature = "rdkafka"))]
fn main() -> std::process::ExitCode {
    use std::process::{Command, ExitCode};

    eprintln!("building the Kafka client, librdkafka, which takes a minute and needs `make`");
    let status = Command::new(option_env!("CARGO").unwrap_or("cargo"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args([
            "run",
            "--quiet",
            "--features",
            "rdkafka",
            "--example",
            "kafka",
        ])
        .status();
    match status {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}
