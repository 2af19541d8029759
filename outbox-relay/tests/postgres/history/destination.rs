//! The sinks of relays that run as processes.

use std::path::Path;

#[cfg(any(feature = "amqp", feature = "http", feature = "nats"))]
use outbox_relay::sink::setting::Settings;
use outbox_relay::store::Postgres;

use super::faulty::Faulty;
use super::journal::JournalFile;
use super::kills;

/// A sink's address, and its settings as environment variables.
#[derive(Debug, Clone)]
pub(crate) struct Address {
    pub(crate) url: String,
    pub(crate) settings: Vec<(&'static str, String)>,
}

impl Address {
    /// Returns the address of a [`JournalFile`].
    pub(crate) fn of_file(file: &Path) -> Self {
        Self {
            url: format!("file:{}", file.display()),
            settings: Vec::new(),
        }
    }
}

/// Runs a relay until its process is killed.
pub(crate) async fn run(store: Postgres, url: &str) {
    let (scheme, rest) = url.split_once(':').expect("an address");
    match scheme {
        "file" => kills::run(store, JournalFile::append(Path::new(rest))).await,
        #[cfg(feature = "amqp")]
        "amqp" => {
            use outbox_relay::sink::amqp::AmqpSink;
            let sink = AmqpSink::new(&url.parse().expect("a URL"), &options());
            kills::run(store, Faulty::new(sink.expect("a sink"))).await;
        }
        #[cfg(feature = "http")]
        "http" => {
            use outbox_relay::sink::http::HttpSink;
            let sink = HttpSink::new(&url.parse().expect("a URL"), &options());
            kills::run(store, Faulty::new(sink.expect("a sink"))).await;
        }
        #[cfg(feature = "kafka")]
        "kafka" => {
            use outbox_relay::sink::kafka::KafkaSink;
            let sink = KafkaSink::new(url, &crate::cluster::options(&[]));
            kills::run(store, Faulty::new(sink.expect("a sink"))).await;
        }
        #[cfg(feature = "nats")]
        "nats" => {
            use outbox_relay::sink::nats::NatsSink;
            let sink = NatsSink::new(&url.parse().expect("a URL"), &options());
            kills::run(store, Faulty::new(sink.expect("a sink"))).await;
        }
        _ => panic!("{url} is not the address of a sink"),
    }
}

#[cfg(any(feature = "amqp", feature = "http", feature = "nats"))]
fn options<O: Settings>() -> O {
    O::from_variables(std::env::vars()).expect("the settings are good")
}
