//! The store and the relay on a PostgreSQL server, whose address is in `OUTBOX_TEST_POSTGRES_URL`.

mod checks;
mod cleaning;
#[cfg(feature = "kafka")]
#[path = "../kafka/cluster.rs"]
#[allow(dead_code, reason = "the histories need a part of it")]
mod cluster;
mod conformance;
mod cost;
mod forgotten;
mod history;
mod migrations;
mod operator;
mod partitions;
mod pooler;
mod rows;
mod schedules;
#[path = "../support/mod.rs"]
mod shared;
mod support;
mod tls;
mod watching;
