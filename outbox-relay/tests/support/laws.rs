//! The laws that every sink must hold while its destination fails.

use std::collections::HashMap;
use std::time::Duration;

use fastrand::Rng;
use futures_util::future::join_all;
use outbox_relay::{Event, SendError, Sink};
use tokio::time;

use super::event_to;
use super::proxy::Proxy;

/// Returns the events of some keys, `key-0` and on, each with the payloads `0` and on.
pub(crate) fn events(topic: &str, keys: usize, of_each: usize) -> Vec<Vec<Event>> {
    let of_key = |key| {
        let seq = |place| i64::try_from(key * of_each + place).expect("a small number");
        (0..of_each)
            .map(|place| event_to(topic, seq(place), &format!("key-{key}"), &place.to_string()))
            .collect()
    };
    (0..keys).map(of_key).collect()
}

/// Sends as the relay does: keys in parallel, one event of a key at a time, and again until it is delivered. Returns
/// how many sends have failed.
pub(crate) async fn deliver(sink: &impl Sink, keys: &[Vec<Event>]) -> usize {
    let of_key = async |events: &Vec<Event>| {
        let mut failures = 0;
        for event in events {
            while let Err(error) = sink.send(event).await {
                assert!(matches!(error, SendError::Unavailable { .. }), "{error}");
                failures += 1;
                time::sleep(Duration::from_millis(20)).await;
            }
        }
        failures
    };
    let delivered = join_all(keys.iter().map(of_key));
    let delivered = time::timeout(Duration::from_secs(120), delivered).await;
    let failures = delivered.expect("all events are delivered in time");
    sink.flush().await.expect("the flush succeeds");
    failures.into_iter().sum()
}

/// Delivers events while the connections to their destination fail.
pub(crate) async fn deliver_in_trouble(sink: &impl Sink, proxy: &Proxy, keys: &[Vec<Event>]) {
    let failures = tokio::select! {
        failures = deliver(sink, keys) => failures,
        () = proxy.trouble(Rng::with_seed(7)) => 0,
    };
    assert!(failures > 0, "no fault was met");
}

/// Checks that the destination has every event, and the first deliveries of each key in order. It has noted keys and
/// payloads.
pub(crate) fn assert_in_order(keys: &[Vec<Event>], noted: &[(String, String)]) {
    let mut found: HashMap<&str, Vec<&str>> = HashMap::new();
    for (key, payload) in noted {
        let of_key = found.entry(key).or_default();
        if !of_key.contains(&payload.as_str()) {
            of_key.push(payload);
        }
    }
    for events in keys {
        let expected: Vec<_> = events
            .iter()
            .map(|event| event.row().payload.as_str())
            .collect();
        let key = events[0].key();
        assert_eq!(found.remove(key), Some(expected), "{key}");
    }
    assert!(found.is_empty(), "unknown keys: {found:?}");
}

pub(crate) fn is_unavailable(result: &Result<(), SendError>) -> bool {
    matches!(result, Err(SendError::Unavailable { .. }))
}

pub(crate) fn is_rejected(result: &Result<(), SendError>) -> bool {
    matches!(result, Err(SendError::Rejected { .. }))
}
