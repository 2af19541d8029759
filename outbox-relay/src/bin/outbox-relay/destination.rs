//! The sink that a URL names.

use std::borrow::Cow;

#[cfg(feature = "kafka")]
use outbox_core::ContentMode;
use outbox_relay::sink::JsonLines;
#[cfg(feature = "kafka")]
use outbox_relay::sink::kafka::{KafkaOptions, KafkaSink};
use outbox_relay::{Event, SendError, Sink};

#[cfg(feature = "kafka")]
use crate::arguments::Mode;
use crate::arguments::SinkOptions;
use crate::usage::Usage;

/// Any of the sinks.
pub(crate) enum Destination {
    Stdout(JsonLines),
    #[cfg(feature = "kafka")]
    Kafka(Box<KafkaSink>),
}

impl Destination {
    pub(crate) fn open(sink: &str, options: &SinkOptions) -> Result<Self, Usage> {
        if sink == "stdout" {
            return Ok(Self::Stdout(JsonLines::stdout()));
        }
        if sink.starts_with("kafka://") {
            return Self::kafka(sink, options).map_err(Usage);
        }
        // The URL itself can have a password.
        let reason = "there is no such sink; write `stdout` or `kafka://HOST:PORT`";
        Err(Usage(reason.to_owned()))
    }

    #[cfg(feature = "kafka")]
    fn kafka(url: &str, options: &SinkOptions) -> Result<Self, String> {
        let mode = match options.mode {
            Mode::Binary => ContentMode::Binary,
            Mode::Structured => ContentMode::Structured,
        };
        let mut kafka = KafkaOptions::default().with_mode(mode);
        for setting in &options.kafka {
            let (name, value) = setting.split_once('=').ok_or_else(|| {
                "a setting of the Kafka client has no `=`; write `--kafka KEY=VALUE`".to_owned()
            })?;
            let set = kafka.with_setting(name, value);
            kafka = set.map_err(|error| error.to_string())?;
        }
        let sink = KafkaSink::new(url, &kafka).map_err(|error| error.to_string())?;
        Ok(Self::Kafka(Box::new(sink)))
    }

    #[cfg(not(feature = "kafka"))]
    fn kafka(_: &str, options: &SinkOptions) -> Result<Self, String> {
        let _ = (options.mode, &options.kafka);
        Err("this program was built without Kafka; build it with the feature `kafka`".to_owned())
    }
}

macro_rules! delegate {
    ($self:ident, $sink:ident => $call:expr) => {
        match $self {
            Destination::Stdout($sink) => $call,
            #[cfg(feature = "kafka")]
            Destination::Kafka($sink) => $call,
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

    fn in_flight_per_key(&self) -> usize {
        delegate!(self, sink => sink.in_flight_per_key())
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
