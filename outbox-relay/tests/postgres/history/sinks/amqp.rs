//! Histories over RabbitMQ.

use std::sync::Arc;

use fastrand::Rng;
use futures_util::StreamExt;
use lapin::options::BasicConsumeOptions;
use lapin::types::FieldTable;

use super::{Address, Destination, Journal, check};
use crate::shared::amqp::Server;

async fn destination(random: Rng) -> Option<Destination> {
    let server = Server::with_exchange("aggregates").await?;
    let proxy = Arc::new(server.proxy().await);
    let url = server.url_of(&proxy).to_string();
    let settings = vec![
        ("OUTBOX_RELAY_AMQP_EXCHANGE", server.topic.clone()),
        ("OUTBOX_RELAY_AMQP_TIMEOUT", "2s".to_owned()),
    ];
    let journal = Journal::default();
    tokio::spawn(consume(server, journal.clone()));
    Some(Destination {
        address: Address { url, settings },
        journal,
        trouble: Box::pin(async move { proxy.trouble(random).await }),
    })
}

/// Takes the messages out of the queue.
async fn consume(server: Server, journal: Journal) {
    let options = BasicConsumeOptions {
        no_ack: true,
        ..BasicConsumeOptions::default()
    };
    let queue = server.topic.as_str().into();
    let consumer = server
        .channel
        .basic_consume(queue, "".into(), options, FieldTable::default());
    let mut messages = consumer.await.expect("a consumer");
    while let Some(message) = messages.next().await {
        let message = message.expect("the connection holds");
        let id = message.properties.message_id().as_ref().expect("an id");
        journal.add(id.as_str().parse().expect("the id of an event"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_queue_gets_everything_in_order() {
    let schemas = ["history_amqp", "history_amqp_early", "history_amqp_pairs"];
    check(schemas, destination).await;
}
