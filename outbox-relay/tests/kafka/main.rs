//! The Kafka sink, on librdkafka's cluster in memory.

mod cluster;
mod events;
mod failures;
mod laws;
mod order;
mod records;
mod settings;
