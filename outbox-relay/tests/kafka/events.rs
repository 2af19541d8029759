//! Events of several keys, and what their topic must show.

use std::collections::BTreeMap;

use std::time::{Duration, Instant};

use chrono::Utc;
use futures_util::future::join_all;
use outbox_core::{DecodeEvent, Envelope, KafkaRecord, OutboxEvent, OutboxRow};
use outbox_relay::sink::kafka::KafkaSink;
use outbox_relay::{Event, SendError, Sink};
use serde::{Deserialize, Serialize};
use tokio::time::sleep;

use crate::cluster::{PATIENCE, Read};

pub(crate) const TOPIC: &str = "outbox.event.account";

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, OutboxEvent)]
#[outbox(event_type = "com.example.account.changed", source = "/accounts")]
pub(crate) struct Changed {
    #[aggregate_id]
    pub(crate) account: String,
    pub(crate) number: u32,
    pub(crate) note: String,
}

pub(crate) fn changed(account: &str, number: u32, note: &str) -> Envelope<Changed> {
    let (account, note) = (account.to_owned(), note.to_owned());
    Envelope::new(Changed {
        account,
        number,
        note,
    })
    .expect("it is valid")
}

/// Makes an event as the relay reads it, for this topic.
pub(crate) fn stored<E: OutboxEvent>(event: &Envelope<E>, topic: &str) -> Event {
    let row = OutboxRow {
        topic: topic.to_owned(),
        ..event.to_row().unwrap()
    };
    Event::new(1, Utc::now(), row).unwrap()
}

/// Sends events of a key one after the other, as the relay does: each until the sink accepts it. Returns the
/// failures.
pub(crate) async fn deliver_key(
    sink: &KafkaSink,
    topic: &str,
    account: &str,
    count: u32,
) -> Vec<SendError> {
    let start = Instant::now();
    let mut failures = Vec::new();
    for number in 0..count {
        let event = stored(&changed(account, number, ""), topic);
        while let Err(failure) = sink.send(&event).await {
            assert!(start.elapsed() < PATIENCE, "no end of it: {failure}");
            failures.push(failure);
            sleep(Duration::from_millis(20)).await;
        }
    }
    failures
}

/// Sends the events of several keys at once.
pub(crate) async fn deliver(
    sink: &KafkaSink,
    topic: &str,
    keys: u32,
    count: u32,
) -> Vec<SendError> {
    let names: Vec<String> = (0..keys).map(|key| format!("account-{key}")).collect();
    let keys = names
        .iter()
        .map(|name| deliver_key(sink, topic, name, count));
    join_all(keys).await.into_iter().flatten().collect()
}

/// Checks that topics have all events of these keys, and that the first occurrences of each key are in order in one
/// partition. Returns the number of repetitions.
pub(crate) fn check_order(records: &[Read], topics: &[&str], keys: u32, count: u32) -> usize {
    let mut seen: BTreeMap<(&str, String), (i32, u32)> = BTreeMap::new();
    let mut repeated = 0;
    for Read { partition, record } in records {
        let Changed {
            account, number, ..
        } = read(record);
        assert_eq!(record.key(), Some(account.as_bytes()));
        let key = (record.topic(), account);
        let name = format!("{key:?}");
        let (home, next) = seen.entry(key).or_insert((*partition, 0));
        assert_eq!(home, partition, "{name} is in two partitions");
        assert!(number <= *next, "{name}: {number} overtook {next}");
        if number == *next {
            *next += 1;
        } else {
            repeated += 1;
        }
    }
    assert_eq!(seen.len(), topics.len() * usize::try_from(keys).unwrap());
    for (name, (_, next)) in seen {
        assert_eq!(next, count, "{name:?} lost events");
    }
    repeated
}

pub(crate) fn read<E: DecodeEvent>(record: &KafkaRecord) -> E {
    Envelope::from_kafka_record(record)
        .expect("it is an event")
        .into_event()
}
