//! Sinks while their server is killed and started again, several times. `OUTBOX_TEST_NATS_FOLDER` and
//! `OUTBOX_TEST_AMQP_FOLDER` are the folders of `.ci/nats` and `.ci/rabbitmq`.

mod support;

use std::process::Command;
use std::time::Duration;

use async_nats::jetstream::{self, stream};
use lapin::options::{BasicGetOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{Channel, Connection, ConnectionProperties};
use outbox_relay::Sink;
use outbox_relay::sink::amqp::{AmqpOptions, AmqpSink};
use outbox_relay::sink::nats::{NatsOptions, NatsSink};
use support::laws;
use tokio::{task, time};
use uuid::Uuid;

const RESTARTS: usize = 2;

/// Kills a server and starts it again, while events are delivered. Returns how many sends have failed.
async fn deliver_through_restarts(
    sink: &impl Sink,
    topic: &str,
    script: &'static str,
    folder: &str,
) -> usize {
    let path = format!("{}/../.ci/{script}", env!("CARGO_MANIFEST_DIR"));
    let mut failures = 0;
    for _ in 0..RESTARTS {
        let keys = laws::events(topic, 1, 1);
        laws::deliver(sink, &keys).await;
        let mut restart = Command::new(&path);
        restart.args(["restart", folder]);
        let restarted = task::spawn_blocking(move || restart.status());
        let round = laws::events(topic, 10, 400);
        let (failed, restarted) = tokio::join!(laws::deliver(sink, &round), restarted);
        assert!(
            restarted.unwrap().unwrap().success(),
            "the server starts again"
        );
        failures += failed;
    }
    failures
}

/// Checks that a destination has each event of each key, in the order of the payloads in each round.
fn assert_complete(noted: &[(String, String)]) {
    for key in 0..10 {
        let key = format!("key-{key}");
        let payloads = noted.iter().filter(|(other, _)| *other == key);
        let payloads: Vec<usize> = payloads
            .map(|(_, payload)| payload.parse().unwrap())
            .collect();
        let mut expected = 0;
        let mut rounds = 0;
        for payload in payloads {
            // A repetition is of the event before.
            if payload == expected {
                expected += 1;
            }
            if expected == 400 {
                rounds += 1;
                expected = 0;
            }
        }
        assert_eq!(rounds, RESTARTS, "{key}");
    }
}

#[tokio::test]
async fn a_stream_has_every_event_when_its_server_was_killed() {
    let (Some(url), Some(folder)) = (
        support::server("OUTBOX_TEST_NATS_URL"),
        support::server("OUTBOX_TEST_NATS_FOLDER"),
    ) else {
        return;
    };
    let topic = format!("t{}", Uuid::now_v7().simple());
    let client = async_nats::connect(&url).await.unwrap();
    let context = jetstream::new(client);
    let config = stream::Config {
        name: topic.clone(),
        ..stream::Config::default()
    };
    context.create_stream(config).await.unwrap();
    let options = NatsOptions {
        timeout: Duration::from_secs(2),
        ..NatsOptions::default()
    };
    let sink = NatsSink::new(&url.parse().unwrap(), &options).unwrap();
    let failures = deliver_through_restarts(&sink, &topic, "nats", &folder).await;
    assert!(failures > 0, "no restart was met");

    let stream = context.get_stream(&topic).await.unwrap();
    let mut noted = Vec::new();
    for sequence in 1..=stream.cached_info().state.last_sequence {
        let message = stream.get_raw_message(sequence).await.unwrap();
        let key = message.headers.get("ce-partitionkey").unwrap().to_string();
        noted.push((key, String::from_utf8(message.payload.to_vec()).unwrap()));
    }
    assert_complete(&noted);
}

#[tokio::test]
async fn a_queue_has_every_event_when_its_server_was_killed() {
    let (Some(url), Some(folder)) = (
        support::server("OUTBOX_TEST_AMQP_URL"),
        support::server("OUTBOX_TEST_AMQP_FOLDER"),
    ) else {
        return;
    };
    let topic = format!("t{}", Uuid::now_v7().simple());
    let (connection, channel) = connect(&url).await;
    let declare = QueueDeclareOptions {
        durable: true,
        ..QueueDeclareOptions::default()
    };
    let mut quorum = FieldTable::default();
    quorum.insert(
        "x-queue-type".into(),
        AMQPValue::LongString("quorum".into()),
    );
    let queue = topic.as_str();
    channel
        .queue_declare(queue.into(), declare, quorum)
        .await
        .unwrap();
    let bound = channel.queue_bind(
        topic.as_str().into(),
        "amq.topic".into(),
        topic.as_str().into(),
        QueueBindOptions::default(),
        FieldTable::default(),
    );
    bound.await.unwrap();
    // The server answers before it has written the declaration to its disk.
    time::sleep(Duration::from_secs(5)).await;
    drop((connection, channel));
    let options = AmqpOptions {
        timeout: Duration::from_secs(5),
        ..AmqpOptions::default()
    };
    let sink = AmqpSink::new(&url.parse().unwrap(), &options).unwrap();
    let failures = deliver_through_restarts(&sink, &topic, "rabbitmq", &folder).await;
    assert!(failures > 0, "no restart was met");

    let (_connection, channel) = connect(&url).await;
    let mut noted = Vec::new();
    let options = BasicGetOptions { no_ack: true };
    while let Some(message) = channel
        .basic_get(topic.as_str().into(), options)
        .await
        .unwrap()
    {
        let headers = message.properties.headers().as_ref().unwrap().inner();
        let Some(AMQPValue::LongString(key)) = headers.get("cloudEvents:partitionkey") else {
            panic!("the event has its key");
        };
        let payload = String::from_utf8(message.data.clone()).unwrap();
        noted.push((key.to_string(), payload));
    }
    assert_complete(&noted);
}

async fn connect(url: &str) -> (Connection, Channel) {
    for _ in 0..100 {
        if let Ok(connection) = Connection::connect(url, ConnectionProperties::default()).await {
            let channel = connection.create_channel().await.unwrap();
            return (connection, channel);
        }
        time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the server does not answer");
}
