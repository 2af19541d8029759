//! The sink keeps the laws of every sink, and delivers around an event that is refused.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use outbox_core::OutboxRow;
use outbox_relay::conformance::{self, SinkFixture};
use outbox_relay::sink::kafka::KafkaSink;
use outbox_relay::{SendError, Sink};

use crate::broker::Broker;
use crate::support::event_to;

struct Fixture(Broker);

impl SinkFixture for Fixture {
    type Sink = ToTopic;

    async fn sink(&self) -> ToTopic {
        ToTopic {
            sink: self.0.sink(),
            topic: self.0.topic.clone(),
        }
    }

    async fn received(&self) -> Vec<String> {
        self.0.committed_ids()
    }

    fn spoil(&self, row: &mut OutboxRow) -> bool {
        row.payload = format!("{:?}", "x".repeat(1_000_000));
        true
    }
}

/// Writes to the topic of the test whatever the row says.
struct ToTopic {
    sink: KafkaSink,
    topic: String,
}

impl Sink for ToTopic {
    async fn send(&self, event: &outbox_relay::Event) -> Result<(), SendError> {
        let row = OutboxRow {
            topic: self.topic.clone(),
            ..event.row().clone()
        };
        let event = outbox_relay::Event::new(event.seq(), event.inserted_at(), row);
        self.sink.send(&event.unwrap()).await
    }

    async fn recover(
        &self,
        name: &str,
    ) -> Result<Option<Vec<outbox_relay::sink::Delivered>>, SendError> {
        self.sink.recover(name).await
    }

    fn saved(&self, seqs: &[i64]) {
        self.sink.saved(seqs);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sink_keeps_the_laws() {
    if Broker::connect().await.is_none() {
        return;
    }
    let fixture = async || Fixture(Broker::connect().await.unwrap());
    conformance::sink(fixture).await.assert();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_is_refused_holds_up_no_other() {
    let Some(broker) = Broker::connect().await else {
        return;
    };
    let sink = broker.sink();
    sink.recover("main").await.unwrap();
    let long = format!("{:?}", "x".repeat(1_000_000));
    let events = (0..100).map(|seq| {
        let (topic, payload) = match seq {
            17 | 18 => (broker.topic.as_str(), long.as_str()),
            40 => ("not a topic!", "{}"),
            _ => (broker.topic.as_str(), "{}"),
        };
        event_to(topic, seq, &format!("key-{seq}"), payload)
    });
    let events: Vec<_> = events.collect();
    let results = join_all(events.iter().map(|event| sink.send(event))).await;
    let mut expected = BTreeSet::new();
    for (event, result) in events.iter().zip(results) {
        if matches!(event.seq(), 17 | 18 | 40) {
            assert!(
                matches!(result, Err(SendError::Rejected { .. })),
                "{}: {result:?}",
                event.seq()
            );
        } else {
            assert_eq!(result, Ok(()), "{}", event.seq());
            expected.insert(event.row().id.to_string());
        }
    }
    let found = broker.committed_ids();
    assert_eq!(found.len(), expected.len());
    assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), expected);
}
