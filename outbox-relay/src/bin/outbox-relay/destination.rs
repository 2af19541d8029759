//! The sink that a URL names.

use std::borrow::Cow;

#[cfg(feature = "amqp")]
use outbox_relay::sink::amqp::AmqpSink;
#[cfg(feature = "http")]
use outbox_relay::sink::http::HttpSink;
#[cfg(feature = "kafka")]
use outbox_relay::sink::kafka::{KafkaOptions, KafkaSink};
#[cfg(feature = "nats")]
use outbox_relay::sink::nats::NatsSink;
use outbox_relay::sink::{Delivered, JsonLines};
use outbox_relay::{Event, SendError, Sink};

use crate::settings::Sources;
use crate::usage::Usage;

/// Any of the sinks.
pub(crate) enum Destination {
    Stdout(JsonLines),
    #[cfg(feature = "kafka")]
    Kafka(Box<KafkaSink>),
    #[cfg(feature = "http")]
    Http(Box<HttpSink>),
    #[cfg(feature = "nats")]
    Nats(Box<NatsSink>),
    #[cfg(feature = "amqp")]
    Amqp(Box<AmqpSink>),
}

/// Returns the kind of a sink, as its settings are named, if there is such a sink.
pub(crate) fn kind(sink: &str) -> Option<&'static str> {
    match sink.split_once("://").map_or(sink, |(scheme, _)| scheme) {
        "stdout" => Some("stdout"),
        "kafka" => Some("kafka"),
        "http" | "https" => Some("http"),
        "nats" | "tls" => Some("nats"),
        "amqp" | "amqps" => Some("amqp"),
        _ => None,
    }
}

impl Destination {
    /// Opens a sink. It connects when it is first used.
    pub(crate) fn open(sink: &str, sources: Sources<'_>) -> Result<Self, Usage> {
        match kind(sink) {
            Some("stdout") => Ok(Self::Stdout(JsonLines::stdout())),
            Some("kafka") => kafka(sink, sources),
            Some("http") => http(sink, sources),
            Some("nats") => nats(sink, sources),
            Some("amqp") => amqp(sink, sources),
            // The sink itself is not shown, since its URL can have a password.
            _ => Err(Usage(
                "there is no such sink; write `stdout`, or a URL that begins with `kafka://`, `https://`, `http://`, `nats://`, `tls://`, `amqp://` or `amqps://`".to_owned(),
            )),
        }
    }
}

/// Makes the error of a sink that cannot be made. It names options, and has no value of them.
#[cfg(any(
    feature = "amqp",
    feature = "http",
    feature = "kafka",
    feature = "nats"
))]
fn refused(error: impl std::fmt::Display) -> Usage {
    Usage(error.to_string())
}

#[cfg(any(feature = "amqp", feature = "http", feature = "nats"))]
fn url(sink: &str) -> Result<outbox_relay::sink::Url, Usage> {
    let url = sink.parse();
    url.map_err(|error| Usage(format!("the URL of the sink cannot be read: {error}; write `scheme://host:port/path`, and `%40` for an `@` in a password")))
}

#[cfg(feature = "kafka")]
fn kafka(sink: &str, sources: Sources<'_>) -> Result<Destination, Usage> {
    let mut options: KafkaOptions = sources.options()?;
    if sources.is_replay {
        options = options.without_exactly_once();
    }
    let sink = KafkaSink::new(sink, &options).map_err(refused)?;
    Ok(Destination::Kafka(Box::new(sink)))
}

#[cfg(feature = "http")]
fn http(sink: &str, sources: Sources<'_>) -> Result<Destination, Usage> {
    let sink = HttpSink::new(&url(sink)?, &sources.options()?).map_err(refused)?;
    Ok(Destination::Http(Box::new(sink)))
}

#[cfg(feature = "nats")]
fn nats(sink: &str, sources: Sources<'_>) -> Result<Destination, Usage> {
    let sink = NatsSink::new(&url(sink)?, &sources.options()?).map_err(refused)?;
    Ok(Destination::Nats(Box::new(sink)))
}

#[cfg(feature = "amqp")]
fn amqp(sink: &str, sources: Sources<'_>) -> Result<Destination, Usage> {
    let sink = AmqpSink::new(&url(sink)?, &sources.options()?).map_err(refused)?;
    Ok(Destination::Amqp(Box::new(sink)))
}

macro_rules! not_built {
    ($sink:ident, $feature:literal) => {
        #[cfg(not(feature = $feature))]
        fn $sink(_: &str, _: Sources<'_>) -> Result<Destination, Usage> {
            Err(Usage(
                concat!(
                    "this program was built without this sink; build it with the feature `",
                    $feature,
                    "`"
                )
                .to_owned(),
            ))
        }
    };
}

not_built!(kafka, "kafka");
not_built!(http, "http");
not_built!(nats, "nats");
not_built!(amqp, "amqp");

macro_rules! delegate {
    ($self:ident, $sink:ident => $call:expr) => {
        match $self {
            Destination::Stdout($sink) => $call,
            #[cfg(feature = "kafka")]
            Destination::Kafka($sink) => $call,
            #[cfg(feature = "http")]
            Destination::Http($sink) => $call,
            #[cfg(feature = "nats")]
            Destination::Nats($sink) => $call,
            #[cfg(feature = "amqp")]
            Destination::Amqp($sink) => $call,
        }
    };
}

impl Sink for Destination {
    async fn send(&self, event: &Event) -> Result<(), SendError> {
        delegate!(self, sink => sink.send(event).await)
    }

    async fn flush(&self) -> Result<(), SendError> {
        delegate!(self, sink => sink.flush().await)
    }

    fn discard(&self) {
        delegate!(self, sink => sink.discard());
    }

    fn in_flight(&self) -> usize {
        delegate!(self, sink => sink.in_flight())
    }

    fn in_flight_per_key(&self) -> usize {
        delegate!(self, sink => sink.in_flight_per_key())
    }

    async fn recover(&self, name: &str) -> Result<Option<Vec<Delivered>>, SendError> {
        delegate!(self, sink => sink.recover(name).await)
    }

    fn saved(&self, seqs: &[i64]) {
        delegate!(self, sink => sink.saved(seqs));
    }

    async fn check(&self) -> Result<(), SendError> {
        delegate!(self, sink => sink.check().await)
    }

    fn system(&self) -> &'static str {
        delegate!(self, sink => sink.system())
    }

    fn destination<'a>(&'a self, event: &'a Event) -> Cow<'a, str> {
        delegate!(self, sink => sink.destination(event))
    }
}
