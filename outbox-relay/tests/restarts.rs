//! Sinks while their server is killed and started again, several times. `OUTBOX_TEST_NATS_FOLDER` and
//! `OUTBOX_TEST_AMQP_FOLDER` are the folders of `.ci/nats` and `.ci/rabbitmq`.

mod support;

use std::process::Command;
use std::time::Duration;

use async_nats::jetstream::stream::Config;
use outbox_relay::Sink;
use outbox_relay::sink::nats::NatsOptions;
use support::{amqp, laws, nats};
use tokio::{task, time};

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
    let (Some(server), Some(folder)) = (
        nats::Server::with_stream(Config::default()).await,
        support::server("OUTBOX_TEST_NATS_FOLDER"),
    ) else {
        return;
    };
    let options = NatsOptions {
        timeout: Duration::from_secs(2),
        ..NatsOptions::default()
    };
    let sink = server.sink(&options);
    let failures = deliver_through_restarts(&sink, &server.topic, "nats", &folder).await;
    assert!(failures > 0, "no restart was met");
    assert_complete(&server.noted().await);
}

#[tokio::test]
async fn a_queue_has_every_event_when_its_server_was_killed() {
    let (Some(server), Some(folder)) = (
        amqp::Server::with_queue().await,
        support::server("OUTBOX_TEST_AMQP_FOLDER"),
    ) else {
        return;
    };
    // The server answers before it has written the declaration to its disk.
    time::sleep(Duration::from_secs(5)).await;
    let sink = server.sink(&amqp::quick());
    let failures = deliver_through_restarts(&sink, &server.topic, "rabbitmq", &folder).await;
    assert!(failures > 0, "no restart was met");
    assert_complete(&server.again().await.noted().await);
}
