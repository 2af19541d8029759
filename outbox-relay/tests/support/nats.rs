//! NATS with JetStream: the server of `OUTBOX_TEST_NATS_URL`, of `.ci/nats`.

use std::time::Duration;

use async_nats::jetstream::message::StreamMessage;
use async_nats::jetstream::stream::{Config, Stream};
use async_nats::jetstream::{self, Context};
use outbox_relay::sink::Url;
use outbox_relay::sink::nats::{NatsOptions, NatsSink};
use uuid::Uuid;

use super::proxy::Proxy;

/// A stream of its own on the server, whose subjects are those below its topic.
pub(crate) struct Server {
    pub(crate) url: Url,
    pub(crate) context: Context,
    pub(crate) topic: String,
}

impl Server {
    /// Connects, or says that the test is skipped.
    pub(crate) async fn connect() -> Option<Self> {
        let url = super::server("OUTBOX_TEST_NATS_URL")?;
        Some(Self::at(&url).await)
    }

    /// Connects to this server.
    pub(crate) async fn at(url: &str) -> Self {
        let client = async_nats::connect(url).await.expect("the server answers");
        Self {
            url: url.parse().expect("an address"),
            context: jetstream::new(client),
            topic: format!("t{}", Uuid::now_v7().simple()),
        }
    }

    pub(crate) async fn with_stream(config: Config) -> Option<Self> {
        let server = Self::connect().await?;
        server.create(config).await;
        Some(server)
    }

    pub(crate) async fn create(&self, config: Config) {
        let config = Config {
            name: self.topic.clone(),
            subjects: vec![self.topic.clone(), format!("{}.>", self.topic)],
            ..config
        };
        self.context
            .create_stream(config)
            .await
            .expect("the stream is created");
    }

    pub(crate) fn sink(&self, options: &NatsOptions) -> NatsSink {
        NatsSink::new(&self.url, options).expect("the options are good")
    }

    pub(crate) async fn proxy(&self) -> Proxy {
        let (host, port) = (self.url.host_str().unwrap(), self.url.port().unwrap());
        Proxy::start(format!("{host}:{port}")).await
    }

    /// Makes a sink behind a proxy.
    pub(crate) fn behind(proxy: &Proxy, options: &NatsOptions) -> NatsSink {
        let url = format!("nats://{}", proxy.address()).parse().unwrap();
        NatsSink::new(&url, options).expect("the options are good")
    }

    pub(crate) async fn stream(&self) -> Stream {
        self.context
            .get_stream(&self.topic)
            .await
            .expect("there is the stream")
    }

    pub(crate) async fn messages(&self) -> Vec<StreamMessage> {
        let stream = self.stream().await;
        let last = stream.cached_info().state.last_sequence;
        let mut messages = Vec::new();
        for sequence in 1..=last {
            messages.push(stream.get_raw_message(sequence).await.expect("a message"));
        }
        messages
    }

    /// Returns the keys and payloads of all messages.
    pub(crate) async fn noted(&self) -> Vec<(String, String)> {
        let messages = self.messages().await;
        let noted = messages.iter().map(|message| {
            let payload = String::from_utf8(message.payload.to_vec()).unwrap();
            (header(message, "ce-partitionkey"), payload)
        });
        noted.collect()
    }
}

pub(crate) fn header(message: &StreamMessage, name: &str) -> String {
    message
        .headers
        .get(name)
        .map_or_else(String::new, ToString::to_string)
}

pub(crate) fn quick() -> NatsOptions {
    NatsOptions {
        timeout: Duration::from_secs(1),
        ..NatsOptions::default()
    }
}
