//! Event ids that many threads make at once.

use std::borrow::Cow;
use std::thread;

use chrono::Utc;
use outbox_core::{Envelope, EventDefinition, OutboxEvent};
use serde::Serialize;
use uuid::{Uuid, Version};

#[derive(Serialize)]
struct Tick;

impl OutboxEvent for Tick {
    const DEFINITIONS: &'static [EventDefinition] =
        &[EventDefinition::new("com.example.clock.ticked", "/clock")];

    fn aggregate_id(&self) -> Cow<'_, str> {
        Cow::Borrowed("clock")
    }
}

const THREADS: usize = 8;

fn ids(count: usize) -> Vec<Uuid> {
    let id = |_| Envelope::new(Tick).expect("it is valid").event_id();
    (0..count).map(id).collect()
}

/// The ids of each thread grow, and no two of all ids are equal.
fn check(count: usize) {
    let threads: Vec<_> = (0..THREADS)
        .map(|_| thread::spawn(move || ids(count / THREADS)))
        .collect();
    let mut all = Vec::with_capacity(count);
    for thread in threads {
        let ids = thread.join().expect("it makes ids");
        assert!(ids.is_sorted_by(|one, next| one < next));
        all.extend(ids);
    }
    all.sort_unstable();
    assert_eq!(all.len(), count);
    assert!(
        all.is_sorted_by(|one, next| one < next),
        "an id occurs twice"
    );
}

/// The partitions of the inbox, and people who look at an id, rely on the time in it.
#[test]
fn an_id_has_the_time_of_its_making() {
    for _ in 0..10_000 {
        let before = Utc::now().timestamp_millis();
        let id = Envelope::new(Tick).expect("it is valid").event_id();
        let after = Utc::now().timestamp_millis();
        assert_eq!(id.get_version(), Some(Version::SortRand));
        let milliseconds = i64::try_from(id.as_u128() >> 80).expect("48 bits");
        assert!((before..=after).contains(&milliseconds), "{id}");
    }
}

#[test]
fn ids_of_many_threads_are_different() {
    check(400_000);
}

#[test]
#[ignore = "takes a while without optimization: `cargo test --release --test event_ids -- --ignored`"]
fn ten_million_ids_are_different() {
    check(10_000_000);
}
