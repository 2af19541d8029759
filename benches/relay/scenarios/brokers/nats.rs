//! NATS JetStream at `OUTBOX_TEST_NATS_URL`, with a stream in a file.

use std::time::Duration;

use async_nats::HeaderMap;
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::{self, stream};
use outbox_core::{KafkaRecord, OutboxRow};
use outbox_relay::Sink;
use outbox_relay::sink::nats::{NatsOptions, NatsSink};

use super::{Destination, Result, Sent, drain, records, together};
use crate::database::Backlog;
use crate::scenarios::{Bench, Outcome};
use crate::table::Goal;

pub(super) struct Nats;

pub(in crate::scenarios) fn run(bench: &mut Bench) -> Outcome {
    let Ok(url) = std::env::var("OUTBOX_TEST_NATS_URL") else {
        eprintln!("skipped: OUTBOX_TEST_NATS_URL is not set");
        return Ok(());
    };
    let rows = bench.size(50_000);
    drain::<Nats>(bench, &url, Backlog::small(rows), Goal::AtLeast(0.7))
}

impl Destination for Nats {
    const NAME: &'static str = "NATS JetStream";

    async fn floor(address: String, events: Vec<OutboxRow>) -> Sent<Duration> {
        let most = NatsOptions::default().in_flight;
        let mut messages = Vec::new();
        for (row, record) in events.iter().zip(records(&events)?) {
            messages.push((row.topic.clone(), message(row, &record)));
        }
        let client = async_nats::connect(address).await?;
        let context = jetstream::ContextBuilder::new()
            .max_ack_inflight(most)
            .build(client);
        // The last round's messages would be taken for copies.
        drop(context.delete_stream("BENCH").await);
        context
            .create_stream(stream::Config {
                name: "BENCH".to_owned(),
                subjects: vec!["outbox.event.>".to_owned()],
                duplicate_window: Duration::from_millis(100),
                ..stream::Config::default()
            })
            .await?;
        let time = together(messages, most, async |(subject, message)| {
            context.send_publish(subject, message).await?.await?;
            Ok(())
        })
        .await;
        // They would be taken for copies by the next one.
        tokio::time::sleep(Duration::from_millis(300)).await;
        context.get_stream("BENCH").await?.purge().await?;
        time
    }

    fn sink(address: &str) -> Result<impl Sink + 'static> {
        Ok(NatsSink::new(&address.parse()?, &NatsOptions::default())?)
    }
}

fn message(row: &OutboxRow, record: &KafkaRecord) -> PublishMessage {
    let mut headers = HeaderMap::new();
    for (name, value) in record.headers() {
        headers.insert(
            name.replace('_', "-"),
            String::from_utf8_lossy(value).as_ref(),
        );
    }
    PublishMessage::build()
        .payload(row.payload.clone().into())
        .headers(headers)
        .message_id(row.id.to_string())
}
