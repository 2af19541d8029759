//! The consumers of `docs/sinks.md`, run by `tests/sinks/run-consumers`. `OUTBOX_TEST_CONSUMERS` is the folder of their
//! programs and libraries.

mod support;

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use async_nats::jetstream::stream::Config;
use outbox_relay::sink::amqp::AmqpOptions;
use outbox_relay::sink::http::{HttpMode, HttpOptions, HttpSink};
use outbox_relay::sink::nats::NatsOptions;
use outbox_relay::sink::setting::Settings;
use outbox_relay::{SendError, Sink};
use support::{amqp, event_to, nats, server};
use tokio::sync::mpsc;
use tokio::time;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const LANGUAGES: [&str; 2] = ["python", "typescript"];

/// The time that a consumer has to start, and an event to arrive.
const PATIENCE: Duration = Duration::from_secs(60);

/// A consumer that runs. It ends with the test.
struct Consumer {
    process: Child,
    lines: mpsc::UnboundedReceiver<String>,
}

impl Consumer {
    fn start(name: &str, language: &str, variables: &[(&str, &str)]) -> Self {
        let place = std::env::var("OUTBOX_TEST_CONSUMERS").expect("the folder");
        let place = Path::new(&place);
        let consumers = place.join("consumers");
        let mut command = if language == "python" {
            let mut command = Command::new(place.join("venv/bin/python"));
            command.arg(consumers.join(format!("consume_{name}.py")));
            command
        } else {
            let mut command = Command::new("node");
            command.arg(consumers.join(format!("{name}.js")));
            command
        };
        command
            .envs(variables.iter().copied())
            .stdout(Stdio::piped());
        let mut process = command.spawn().expect("the consumer starts");
        let output = BufReader::new(process.stdout.take().expect("a pipe"));
        let (sender, lines) = mpsc::unbounded_channel();
        thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        Self { process, lines }
    }

    /// Sends events of one key, and checks that the consumer prints each.
    async fn assert_receives(&mut self, sink: &impl Sink, topic: &str) {
        for number in 0..3 {
            let event = event_to(topic, number, "acme", &number.to_string());
            let sent = async {
                // A consumer that has just started may not listen yet, or have no queue.
                while sink.send(&event).await.is_err() {
                    time::sleep(Duration::from_millis(100)).await;
                }
            };
            time::timeout(PATIENCE, sent)
                .await
                .expect("the event is delivered");
            let id = event.cloud_event().id();
            let expected = format!("{id} com.example.order.placed {number}");
            let line = time::timeout(PATIENCE, self.lines.recv()).await;
            assert_eq!(line.expect("the event arrives"), Some(expected));
        }
    }
}

impl Drop for Consumer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[tokio::test]
async fn over_http() {
    if server("OUTBOX_TEST_CONSUMERS").is_none() {
        return;
    }
    for language in LANGUAGES {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let port = address.port().to_string();
        let variables = [("PORT", port.as_str()), ("WEBHOOK_SECRET", SECRET)];
        let mut consumer = Consumer::start("http", language, &variables);
        let url = format!("http://{address}/").parse().unwrap();
        let sink = |secrets: &str| {
            let mut options = HttpOptions {
                mode: HttpMode::Structured,
                ..HttpOptions::default()
            };
            options.set("secrets", secrets).unwrap();
            HttpSink::new(&url, &options).unwrap()
        };
        consumer.assert_receives(&sink(SECRET), "orders").await;

        let other = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
        consumer
            .assert_receives(&sink(&format!("{other} {SECRET}")), "orders")
            .await;
        let forged = sink(other).send(&event_to("orders", 9, "acme", "9")).await;
        assert!(
            matches!(forged, Err(SendError::Rejected { .. })),
            "{language}: {forged:?}"
        );
    }
}

#[tokio::test]
async fn over_nats() {
    if server("OUTBOX_TEST_CONSUMERS").is_none() {
        return;
    }
    for language in LANGUAGES {
        let Some(server) = nats::Server::with_stream(Config::default()).await else {
            return;
        };
        let variables = [
            ("NATS_URL", server.url.as_str()),
            ("SUBJECT", &server.topic),
            ("STREAM", &server.topic),
        ];
        let mut consumer = Consumer::start("nats", language, &variables);
        let sink = server.sink(&NatsOptions::default());
        consumer.assert_receives(&sink, &server.topic).await;
    }
}

#[tokio::test]
async fn over_amqp() {
    if server("OUTBOX_TEST_CONSUMERS").is_none() {
        return;
    }
    for language in LANGUAGES {
        let Some(server) = amqp::Server::connect().await else {
            return;
        };
        let variables = [
            ("AMQP_URL", server.url.as_str()),
            ("QUEUE", &server.topic),
            ("ROUTING_KEY", &server.topic),
        ];
        let mut consumer = Consumer::start("amqp", language, &variables);
        let sink = server.sink(&AmqpOptions::default());
        consumer.assert_receives(&sink, &server.topic).await;
    }
}
