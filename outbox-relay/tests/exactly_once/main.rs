//! Exactly once into Kafka, on a broker with transactions. `OUTBOX_TEST_TRANSACTIONS_URL` names it, such as
//! `kafka://localhost:9092`. `.ci/noida start <folder>` starts a throw-away one.
//!
//! `OUTBOX_TEST_SECONDS` sets how long relays are killed.

mod broker;
mod faults;
mod kills;
mod laws;
mod outbox;
#[path = "../support/mod.rs"]
mod support;
mod takeover;
