//! RabbitMQ: the server of `OUTBOX_TEST_AMQP_URL`, of `.ci/rabbitmq`.

use std::time::Duration;

use lapin::message::BasicGetMessage;
use lapin::options::{
    BasicGetOptions, ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions,
};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{Channel, Connection, ConnectionProperties, ExchangeKind};
use outbox_relay::sink::Url;
use outbox_relay::sink::amqp::{AmqpOptions, AmqpSink};
use tokio::time;
use uuid::Uuid;

use super::proxy::Proxy;

/// A topic of its own on the server, and its queues.
pub(crate) struct Server {
    pub(crate) url: Url,
    _connection: Connection,
    pub(crate) channel: Channel,
    pub(crate) topic: String,
}

impl Server {
    /// Connects, or says that the test is skipped.
    pub(crate) async fn connect() -> Option<Self> {
        let url = super::server("OUTBOX_TEST_AMQP_URL")?;
        let topic = format!("t{}", Uuid::now_v7().simple());
        Some(Self::open(&url, topic).await)
    }

    /// Connects anew, after a restart of the server.
    pub(crate) async fn again(self) -> Self {
        Self::open(self.url.as_str(), self.topic).await
    }

    async fn open(url: &str, topic: String) -> Self {
        for _ in 0..100 {
            let Ok(connection) = Connection::connect(url, ConnectionProperties::default()).await
            else {
                time::sleep(Duration::from_millis(100)).await;
                continue;
            };
            return Self {
                url: url.parse().expect("an address"),
                channel: connection.create_channel().await.expect("a channel"),
                _connection: connection,
                topic,
            };
        }
        panic!("the server does not answer");
    }

    /// Connects, and makes a quorum queue of the topic's name that takes the topic.
    pub(crate) async fn with_queue() -> Option<Self> {
        let server = Self::connect().await?;
        let quorum = [("x-queue-type", AMQPValue::LongString("quorum".into()))];
        server.declare(&server.topic, &quorum).await;
        server.bind(&server.topic, "amq.topic", &server.topic).await;
        Some(server)
    }

    /// Connects, and makes a queue and an exchange of the topic's name. The queue takes the events of a routing key.
    pub(crate) async fn with_exchange(routing_key: &str) -> Option<Self> {
        let server = Self::with_queue().await?;
        let declared = server.channel.exchange_declare(
            server.topic.as_str().into(),
            ExchangeKind::Topic,
            ExchangeDeclareOptions::default(),
            FieldTable::default(),
        );
        declared.await.expect("the exchange is declared");
        server.bind(&server.topic, &server.topic, routing_key).await;
        Some(server)
    }

    pub(crate) async fn declare(&self, queue: &str, arguments: &[(&str, AMQPValue)]) {
        let options = QueueDeclareOptions {
            durable: true,
            ..QueueDeclareOptions::default()
        };
        let mut table = FieldTable::default();
        for (name, value) in arguments {
            table.insert((*name).into(), value.clone());
        }
        let declared = self
            .channel
            .queue_declare(queue.into(), options, table)
            .await;
        declared.expect("the queue is declared");
    }

    pub(crate) async fn bind(&self, queue: &str, exchange: &str, routing_key: &str) {
        let bound = self.channel.queue_bind(
            queue.into(),
            exchange.into(),
            routing_key.into(),
            QueueBindOptions::default(),
            FieldTable::default(),
        );
        bound.await.expect("the queue is bound");
    }

    pub(crate) fn sink(&self, options: &AmqpOptions) -> AmqpSink {
        AmqpSink::new(&self.url, options).expect("the options are good")
    }

    pub(crate) fn sink_of(&self, user: &str, password: &str, options: &AmqpOptions) -> AmqpSink {
        let mut url = self.url.clone();
        url.set_username(user).unwrap();
        url.set_password(Some(password)).unwrap();
        AmqpSink::new(&url, options).expect("the options are good")
    }

    pub(crate) async fn proxy(&self) -> Proxy {
        let (host, port) = (self.url.host_str().unwrap(), self.url.port().unwrap());
        Proxy::start(format!("{host}:{port}")).await
    }

    /// Returns the address of the server behind a proxy.
    pub(crate) fn url_of(&self, proxy: &Proxy) -> Url {
        let mut url = self.url.clone();
        let port = proxy.address().rsplit_once(':').unwrap().1.parse().unwrap();
        url.set_port(Some(port)).unwrap();
        url
    }

    /// Makes a sink behind a proxy.
    pub(crate) fn behind(&self, proxy: &Proxy, options: &AmqpOptions) -> AmqpSink {
        AmqpSink::new(&self.url_of(proxy), options).expect("the options are good")
    }

    /// Takes all messages out of a queue.
    pub(crate) async fn drain(&self, queue: &str) -> Vec<BasicGetMessage> {
        let mut messages = Vec::new();
        loop {
            let options = BasicGetOptions { no_ack: true };
            match self.channel.basic_get(queue.into(), options).await.unwrap() {
                Some(message) => messages.push(message),
                None => return messages,
            }
        }
    }

    /// Takes all messages out of the topic's queue, as keys and payloads.
    pub(crate) async fn noted(&self) -> Vec<(String, String)> {
        noted(&self.drain(&self.topic).await)
    }
}

pub(crate) fn noted(messages: &[BasicGetMessage]) -> Vec<(String, String)> {
    let noted = messages.iter().map(|message| {
        let payload = String::from_utf8(message.data.clone()).unwrap();
        (header(message, "cloudEvents:partitionkey"), payload)
    });
    noted.collect()
}

pub(crate) fn header(message: &BasicGetMessage, name: &str) -> String {
    let headers = message.properties.headers().as_ref().unwrap();
    match headers.inner().get(name) {
        Some(AMQPValue::LongString(text)) => text.to_string(),
        None => String::new(),
        other => panic!("{other:?}"),
    }
}

pub(crate) fn quick() -> AmqpOptions {
    AmqpOptions {
        timeout: Duration::from_secs(5),
        ..AmqpOptions::default()
    }
}
