//! Histories over NATS JetStream.

use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::stream::Config;
use fastrand::Rng;
use tokio::time::sleep;

use super::{Address, Destination, Journal, check};
use crate::shared::nats::{Server, header};

async fn destination(random: Rng) -> Option<Destination> {
    let server = Server::with_stream(Config::default()).await?;
    let proxy = Arc::new(server.proxy().await);
    let settings = vec![
        ("OUTBOX_RELAY_NATS_SUBJECT_PREFIX", server.topic.clone()),
        ("OUTBOX_RELAY_NATS_TIMEOUT", "1s".to_owned()),
    ];
    let journal = Journal::default();
    tokio::spawn(consume(server, journal.clone()));
    Some(Destination {
        address: Address {
            url: format!("nats://{}", proxy.address()),
            settings,
        },
        journal,
        trouble: Box::pin(async move { proxy.trouble(random).await }),
    })
}

/// Reads the stream, message by message.
async fn consume(server: Server, journal: Journal) {
    let stream = server.stream().await;
    let mut sequence = 1;
    loop {
        let Ok(message) = stream.get_raw_message(sequence).await else {
            sleep(Duration::from_millis(10)).await;
            continue;
        };
        let id = header(&message, "ce-id").parse();
        journal.add(id.expect("the id of an event"));
        sequence += 1;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_gets_everything_in_order() {
    let schemas = ["history_nats", "history_nats_early", "history_nats_pairs"];
    check(schemas, destination).await;
}
