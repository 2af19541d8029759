//! Events to RabbitMQ (AMQP 0.9.1, with the names of the CloudEvents AMQP protocol binding 1.0.2).
//!
//! Each event is published to one exchange as a persistent message with `mandatory`, and is delivered when the server
//! has confirmed it:
//!
//! | failure | the event |
//! |---|---|
//! | no queue takes the event: the server returns it (312) | [`Rejected`](SendError::Rejected) |
//! | the message is larger than the server's `max_message_size` (406, 311) | [`Rejected`](SendError::Rejected) |
//! | the relay may not write to the exchange, or not with this routing key (403) | [`Rejected`](SendError::Rejected) |
//! | the routing key is longer than 255 bytes, or the attributes fill more than one frame | [`Rejected`](SendError::Rejected) |
//! | the event cannot be written in this mode | [`Rejected`](SendError::Rejected) |
//! | the exchange does not exist (404) | [`Unavailable`](SendError::Unavailable) |
//! | a queue refuses the event: it is full and has `reject-publish`, or has no majority (`nack`) | [`Unavailable`](SendError::Unavailable) |
//! | no connection, no confirmation in time, an alarm of memory or disk blocks publishers | [`Unavailable`](SendError::Unavailable) |
//! | any other error of the server | [`Unavailable`](SendError::Unavailable) |
//!
//! *Form.* The AMQP binding is written for AMQP 1.0. In AMQP 0.9.1, its application properties are headers:
//! `cloudEvents:<name>`, with the value as text. The draft of version 1.0.3 also knows the prefix `cloudEvents_`, for
//! consumers by JMS; the sink does not write it. The property `content-type` is the data's media type, or
//! `application/cloudevents+json` in structured mode. `message-id` is the event id. `cloudEvents:partitionkey` is there
//! in both modes.
//!
//! *Order.* One event of a key is in flight at a time, and keys are in parallel. A queue keeps the order of
//! arrival, and one consumer of a queue receives it. For several consumers, let a consistent hash exchange spread the
//! keys over several queues, each with one consumer (`x-single-active-consumer`): bind an exchange of the type
//! `x-consistent-hash` with the argument `hash-header` = `cloudEvents:partitionkey`.
//!
//! *Acknowledgement.* The server confirms an event when every queue that takes it has it: a quorum queue on the
//! majority of its replicas, a durable classic queue on its disk. A queue that is not durable confirms at once and
//! loses its events at a restart. Use quorum queues.
//!
//! *Repetition.* RabbitMQ does not drop duplicates. An event whose confirmation is lost comes twice, with the same
//! `message-id`.
//!
//! *Reconnect.* A connection that ends is made again at the next send.
//!
//! *Backpressure.* [`in_flight`](AmqpOptions::in_flight) bounds the events without a confirmation. Further sends wait,
//! and that time does not count as theirs.
//!
//! *A dropped send* closes its channel. The server may have the event or not.
//!
//! *Large events.* A body is cut into frames. The server's `max_message_size` bounds it (16 MiB, or 128 MiB before
//! RabbitMQ 4).

mod channels;
mod message;
mod options;

use std::borrow::Cow;
use std::fmt;
use std::future::Future;

use lapin::options::{BasicPublishOptions, ExchangeDeclareOptions};
use lapin::protocol::{AMQPErrorKind, AMQPSoftError};
use lapin::types::FieldTable;
use lapin::uri::AMQPUri;
use lapin::{Channel, Confirmation, ErrorKind, ExchangeKind};
use tokio::sync::Semaphore;
use tokio::time;
use url::Url;

use crate::event::Event;
use crate::sink::setting::SettingError;
use crate::sink::{SendError, Sink, binding};

use channels::Channels;
use message::{Message, short};

pub use options::{AmqpOptions, RoutingKey};

/// The bytes of a frame beside the headers: other properties and its own fields.
const REST_OF_FRAME: usize = 512;

/// A sink that publishes each event to RabbitMQ. See the [module](self).
///
/// ```
/// use outbox_relay::sink::amqp::{AmqpOptions, AmqpSink};
///
/// let options = AmqpOptions { exchange: "events".to_owned(), ..AmqpOptions::default() };
/// let sink = AmqpSink::new(&"amqp://guest:guest@localhost:5672/%2f".parse()?, &options)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct AmqpSink {
    channels: Channels,
    permits: Semaphore,
    options: AmqpOptions,
}

impl AmqpSink {
    /// Makes a sink for a server: `amqp://user:password@host:5672/vhost`, or `amqps://` for TLS. Nothing is sent yet.
    ///
    /// Without a path, the virtual host is `/`. A virtual host is percent-encoded: `/%2f` is `/` too.
    ///
    /// # Errors
    ///
    /// [`SettingError`] if the address is not one of AMQP, or the file `ca` has no certificates.
    pub fn new(url: &Url, options: &AmqpOptions) -> Result<Self, SettingError> {
        let uri = url
            .as_str()
            .parse::<AMQPUri>()
            .ok()
            .filter(|_| url.has_host());
        let uri = uri.ok_or_else(|| {
            let reason =
                "is not the address of an AMQP server; write `amqp://user:password@host:5672/%2f`";
            SettingError::new("sink", reason)
        })?;
        Ok(Self {
            channels: Channels::new(uri, options.certificates()?),
            permits: Semaphore::new(options.in_flight.min(Semaphore::MAX_PERMITS)),
            options: options.clone(),
        })
    }

    async fn publish(&self, event: &Event) -> Result<(), SendError> {
        let routing_key = match self.options.routing_key {
            RoutingKey::Topic => &event.row().topic,
            RoutingKey::Key => event.key(),
        };
        let message = Message::of(event, self.options.mode)?;
        // Each wait has a time of its own, so that an event whose channel comes late is still confirmed in time.
        let channel = self.in_time(self.channels.take()).await?;
        self.check_frame(&message)?;
        let confirmed = self.confirmed(&channel, routing_key, message);
        let confirmation = self.in_time(confirmed).await?;
        self.channels.give_back(channel);
        match confirmation.map_err(|error| failure(&error))? {
            Confirmation::Ack(None) => Ok(()),
            Confirmation::Ack(Some(returned)) => {
                let exchange = &self.options.exchange;
                let text = returned.reply_text;
                Err(SendError::rejected(format_args!(
                    "no queue takes the routing key `{routing_key}` of the exchange `{exchange}` ({text}); bind a queue"
                )))
            }
            Confirmation::Nack(_) | Confirmation::NotRequested => Err(SendError::unavailable(
                "the server did not take the event; a queue may be full, or without a majority",
            )),
        }
    }

    /// Publishes a message and waits for its confirmation.
    async fn confirmed(
        &self,
        channel: &Channel,
        routing_key: &str,
        message: Message,
    ) -> Result<lapin::Result<Confirmation>, SendError> {
        let exchange = short("the name of the exchange", &self.options.exchange)?;
        let routing_key = short("the routing key", routing_key)?;
        let options = BasicPublishOptions {
            mandatory: true,
            immediate: false,
        };
        let published = channel.basic_publish(
            exchange,
            routing_key,
            options,
            &message.body,
            message.properties,
        );
        Ok(match published.await {
            Ok(confirm) => confirm.await,
            Err(error) => Err(error),
        })
    }

    /// Refuses attributes that do not fit into one frame: the server would close the connection, which all keys share.
    fn check_frame(&self, message: &Message) -> Result<(), SendError> {
        match self.channels.frame_max() {
            Some(bound) if message.properties_size + REST_OF_FRAME > bound => {
                Err(SendError::rejected(format_args!(
                    "the attributes are larger than a frame of {bound} bytes; shorten them, or use structured mode"
                )))
            }
            _ => Ok(()),
        }
    }

    async fn check_exchange(&self) -> Result<(), SendError> {
        let name = &self.options.exchange;
        if name.is_empty() {
            return self
                .channels
                .take()
                .await
                .map(|channel| self.channels.give_back(channel));
        }
        let channel = self.channels.take().await?;
        let options = ExchangeDeclareOptions {
            passive: true,
            ..ExchangeDeclareOptions::default()
        };
        let exchange = short("the name of the exchange", name)?;
        let declared = channel.exchange_declare(
            exchange,
            ExchangeKind::Topic,
            options,
            FieldTable::default(),
        );
        match declared.await {
            Ok(()) => {
                self.channels.give_back(channel);
                Ok(())
            }
            Err(error) if soft_error(&error) == Some(AMQPSoftError::NOTFOUND) => {
                Err(SendError::rejected(format_args!(
                    "there is no exchange `{name}`; declare it, or set `exchange`"
                )))
            }
            Err(error) => Err(failure(&error)),
        }
    }

    /// Ends a wait for the server after the time of the options.
    async fn in_time<T>(
        &self,
        answer: impl Future<Output = Result<T, SendError>>,
    ) -> Result<T, SendError> {
        let answer = time::timeout(self.options.timeout, answer).await;
        answer.unwrap_or_else(|_| Err(SendError::unavailable("the server did not answer in time")))
    }
}

impl Sink for AmqpSink {
    async fn send(&self, event: &Event) -> Result<(), SendError> {
        // The semaphore is never closed.
        let _permit = self.permits.acquire().await;
        self.publish(event).await
    }

    /// Checks that the server accepts the login, and that the exchange exists.
    async fn check(&self) -> Result<(), SendError> {
        self.in_time(self.check_exchange()).await
    }

    fn in_flight(&self) -> usize {
        self.options.in_flight
    }

    fn system(&self) -> &'static str {
        "rabbitmq"
    }

    fn destination<'a>(&'a self, event: &'a Event) -> Cow<'a, str> {
        let exchange = self.options.exchange.as_str();
        match self.options.routing_key {
            RoutingKey::Key => exchange.into(),
            RoutingKey::Topic if exchange.is_empty() => event.row().topic.as_str().into(),
            RoutingKey::Topic => format!("{exchange}:{}", event.row().topic).into(),
        }
    }
}

/// The login is left out.
impl fmt::Debug for AmqpSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AmqpSink")
            .field("host", &self.channels.host())
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

/// Says whose fault an error is. An error that closes only the channel belongs to the event on it.
fn failure(error: &lapin::Error) -> SendError {
    let reason = binding::with_causes(error);
    match soft_error(error) {
        Some(
            AMQPSoftError::ACCESSREFUSED
            | AMQPSoftError::CONTENTTOOLARGE
            | AMQPSoftError::PRECONDITIONFAILED,
        ) => SendError::rejected(reason),
        _ => SendError::unavailable(reason),
    }
}

fn soft_error(error: &lapin::Error) -> Option<AMQPSoftError> {
    match error.kind() {
        ErrorKind::ProtocolError(error) => match error.kind() {
            AMQPErrorKind::Soft(soft) => Some(soft.clone()),
            AMQPErrorKind::Hard(_) => None,
        },
        _ => None,
    }
}
