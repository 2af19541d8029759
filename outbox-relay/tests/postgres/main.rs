//! The store and the relay on a PostgreSQL server, whose address is in `OUTBOX_TEST_POSTGRES_URL`.

mod checks;
mod cleaning;
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
mod support;
mod tls;
mod watching;
