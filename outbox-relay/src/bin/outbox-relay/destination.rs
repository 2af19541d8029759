//! The sink that a URL names.

#[cfg(feature = "kafka")]
use outbox_core::ContentMode;
#[cfg(feature = "kafka")]
use outbox_relay::sink::kafka::{KafkaOptions, KafkaSink};
use outbox_relay::sink::{Delivered, JsonLines};
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
            return Self::kafka(sink, options, None).map_err(Usage);
        }
        // The URL itself can have a password.
        let reason = "there is no such sink; write `stdout` or `kafka://HOST:PORT`";
        Err(Usage(reason.to_owned()))
    }

    /// Opens a sink that delivers each event once. The id is the `transactional.id`.
    pub(crate) fn open_exactly_once(
        sink: &str,
        options: &SinkOptions,
        id: &str,
    ) -> Result<Self, Usage> {
        if sink.starts_with("kafka://") {
            return Self::kafka(sink, options, Some(id)).map_err(Usage);
        }
        let reason = "only Kafka can deliver each event once; leave `--kafka-exactly-once` out";
        Err(Usage(reason.to_owned()))
    }

    #[cfg(feature = "kafka")]
    fn kafka(url: &str, options: &SinkOptions, exactly_once: Option<&str>) -> Result<Self, String> {
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
        if let Some(id) = exactly_once {
            kafka = kafka.with_exactly_once(id);
        }
        let sink = KafkaSink::new(url, &kafka).map_err(|error| error.to_string())?;
        Ok(Self::Kafka(Box::new(sink)))
    }

    #[cfg(not(feature = "kafka"))]
    fn kafka(_: &str, options: &SinkOptions, _: Option<&str>) -> Result<Self, String> {
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

    async fn recover(&self, name: &str) -> Result<Option<Vec<Delivered>>, SendError> {
        delegate!(self, sink => sink.recover(name).await)
    }

    fn saved(&self, seqs: &[i64]) {
        delegate!(self, sink => sink.saved(seqs));
    }

    async fn check(&self) -> Result<(), SendError> {
        delegate!(self, sink => sink.check().await)
    }
}
