//! The Kafka sink, on librdkafka's cluster in memory.

mod cluster;
mod events;
mod order;
mod records;
