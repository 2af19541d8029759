//! Helpers of several tests.

#![allow(dead_code, reason = "each test needs a part of it")]

#[cfg(feature = "amqp")]
pub(crate) mod amqp;
pub(crate) mod binding;
pub(crate) mod certificates;
pub(crate) mod laws;
#[cfg(feature = "nats")]
pub(crate) mod nats;
pub(crate) mod proxy;
pub(crate) mod throwaway;
pub(crate) mod web;

use std::io::{self, Write};

use chrono::{DateTime, Utc};
use outbox_core::OutboxRow;
use outbox_relay::Event;
use uuid::Uuid;

/// Says that a test was skipped, past the capture of the test runner, which shows nothing of a test that
/// passes.
pub(crate) fn skipped(reason: &str) {
    let message = format!("SKIPPED: {reason}\n");
    io::stderr()
        .write_all(message.as_bytes())
        .expect("standard error is open");
}

/// Returns a row of this key and payload, which is JSON.
pub(crate) fn row(key: &str, payload: &str) -> OutboxRow {
    OutboxRow {
        id: Uuid::now_v7(),
        aggregate_type: "order".to_owned(),
        aggregate_id: "7".to_owned(),
        event_type: "com.example.order.placed".to_owned(),
        payload: payload.to_owned(),
        partition_key: key.to_owned(),
        topic: "orders".to_owned(),
        source: "/orders".to_owned(),
        spec_version: "1.0".to_owned(),
        time: DateTime::<Utc>::from_timestamp_micros(1_767_225_600_000_001).expect("a time"),
        subject: "7".to_owned(),
        data_content_type: "application/json".to_owned(),
        data_schema: None,
        data_version: "1.0".to_owned(),
        correlation_id: None,
        causation_id: None,
        trace_parent: None,
        trace_state: None,
        extensions: None,
    }
}

/// Makes an event of a row.
pub(crate) fn event_of(seq: i64, row: OutboxRow) -> Event {
    Event::new(seq, Utc::now(), row).expect("the row is an event")
}

/// Returns the address of a server for tests, or says that the test is skipped.
pub(crate) fn server(variable: &str) -> Option<String> {
    let address = std::env::var(variable).ok();
    if address.is_none() {
        skipped(&format!("no server: {variable} is not set"));
    }
    address
}

/// Makes an event of this number, key and payload.
pub(crate) fn event(seq: i64, key: &str, payload: &str) -> Event {
    event_of(seq, row(key, payload))
}

/// Makes an event for this topic.
pub(crate) fn event_to(topic: &str, seq: i64, key: &str, payload: &str) -> Event {
    let topic = topic.to_owned();
    event_of(
        seq,
        OutboxRow {
            topic,
            ..row(key, payload)
        },
    )
}
