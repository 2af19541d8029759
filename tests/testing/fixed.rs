//! Ids and times that are the same in every run.

use std::collections::HashSet;
use std::thread;

use chrono::{DateTime, TimeDelta, Utc};
use outbox_core::{Envelope, OutboxEvent, OutboxRow, testing};
use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{OrderEvent, cancelled, envelope, failure, placed};

const START: &str = "2026-01-01T00:00:00Z";

fn start() -> DateTime<Utc> {
    START.parse().expect("a time")
}

fn id(text: &str) -> Uuid {
    text.parse().expect("an id")
}

/// A user's handler, which makes the events itself, on a thread of its own.
fn handle(command: Uuid) -> Vec<OutboxRow> {
    let handler = thread::spawn(move || {
        let placed = envelope(placed(7, &["tea"])).with_correlation_id(command);
        let cancelled = envelope(cancelled(7)).caused_by(&placed);
        [placed.to_row().unwrap(), cancelled.to_row().unwrap()]
    });
    handler.join().expect("it ends").into()
}

#[test]
fn rows_of_two_runs_are_the_same() {
    let run = || {
        let mut rows = handle(Uuid::now_v7());
        testing::fixed(START).rows(&mut rows);
        rows
    };
    let rows = run();
    assert_eq!(rows, run());

    let ids = [
        id("019b76da-a800-7000-8000-000000000001"),
        id("019b76da-abe8-7000-8000-000000000002"),
        id("019b76da-afd0-7000-8000-000000000003"),
    ];
    assert_eq!([rows[0].id, rows[1].id], ids[..2]);
    assert_eq!(
        [rows[0].correlation_id, rows[1].correlation_id],
        [Some(ids[2]); 2]
    );
    assert_eq!(
        [rows[0].causation_id, rows[1].causation_id],
        [None, Some(ids[0])]
    );
    assert_eq!(
        [rows[0].time, rows[1].time],
        [start(), start() + TimeDelta::seconds(1)]
    );
}

#[test]
fn envelopes_of_two_runs_are_the_same() {
    let run = || {
        let mut fixed = testing::fixed(START);
        let events = testing::events::<OrderEvent>(&handle(Uuid::now_v7()));
        let events = events.into_iter().map(|event| fixed.envelope(event));
        events.collect::<Vec<_>>()
    };
    let events = run();
    assert_eq!(events, run());
    assert_eq!(events[1].causation_id(), Some(events[0].event_id()));
    assert_eq!(events[1].correlation_id(), events[0].correlation_id());
    assert_eq!(
        events[0].correlation_id(),
        Some(id("019b76da-abe8-7000-8000-000000000002"))
    );
}

/// The effect comes first, so its causation id is seen before the event that caused it.
#[test]
fn an_id_is_replaced_by_the_same_id_wherever_it_is() {
    let cause = envelope(placed(7, &["tea"]));
    let effect = envelope(cancelled(7)).caused_by(&cause);
    let mut fixed = testing::fixed(START);
    let (effect, cause) = (fixed.envelope(effect), fixed.envelope(cause));
    assert_eq!(effect.causation_id(), Some(cause.event_id()));
    assert_eq!(effect.correlation_id(), Some(cause.event_id()));
}

#[test]
fn an_event_that_says_its_time_keeps_it() {
    #[derive(Serialize, Deserialize, OutboxEvent)]
    #[outbox(event_type = "com.example.bell.rung", source = "/bells")]
    struct Rung {
        #[aggregate_id]
        bell: u8,
        #[outbox(occurred_at)]
        occurred_at: DateTime<Utc>,
    }

    let occurred_at = start() + TimeDelta::hours(12);
    let event = envelope(Rung {
        bell: 1,
        occurred_at,
    });
    let event = testing::fixed(START).envelope(event);
    assert_eq!(event.occurred_at(), occurred_at);
    assert!(
        event.to_message_json().is_ok(),
        "the two times are the same"
    );
}

#[test]
fn the_start_is_cut_to_microseconds() {
    let mut fixed = testing::fixed("2026-01-01T01:00:00.123456789+01:00");
    let event = fixed.clone().envelope(envelope(cancelled(7)));
    let mut rows = [envelope(cancelled(7)).to_row().unwrap()];
    fixed.rows(&mut rows);
    let expected = start() + TimeDelta::microseconds(123_456);
    assert_eq!([event.occurred_at(), rows[0].time], [expected; 2]);
}

#[test]
fn a_start_that_is_none_is_told() {
    for (start, told) in [
        (
            "2026-01-01",
            "`2026-01-01` is not a time: write it as RFC 3339 says, with an offset: `2026-01-31T09:30:00Z`",
        ),
        (
            "1969-12-31T23:59:59Z",
            "`1969-12-31T23:59:59Z` is before 1970; a UUID version 7 cannot have such a time",
        ),
    ] {
        assert_eq!(failure(|| drop(testing::fixed(start))), told);
    }
}

proptest! {
    #[test]
    fn fixed_ids_are_of_version_7_and_of_their_time(
        seconds in 0..253_402_300_000_i64,
        count in 1..40_usize,
    ) {
        let start = DateTime::from_timestamp(seconds, 0).expect("a time").to_rfc3339();
        let mut fixed = testing::fixed(&start);
        let events: Vec<Envelope<_>> = (0..count).map(|_| fixed.envelope(envelope(cancelled(7)))).collect();
        let ids: Vec<Uuid> = events.iter().map(Envelope::event_id).collect();
        prop_assert!(ids.is_sorted());
        prop_assert_eq!(ids.iter().collect::<HashSet<_>>().len(), count);
        for event in events {
            let id = event.event_id();
            prop_assert_eq!((id.get_version_num(), id.get_variant()), (7, uuid::Variant::RFC4122));
            let (seconds, _) = id.get_timestamp().expect("version 7 has one").to_unix();
            prop_assert_eq!(i64::try_from(seconds).unwrap(), event.occurred_at().timestamp());
        }
    }
}
