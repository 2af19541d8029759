//! The options of the AMQP sink.

use std::path::PathBuf;
use std::time::Duration;

use outbox_core::ContentMode;

use crate::sink::setting::{self, SettingError, Settings};

/// The routing key of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum RoutingKey {
    /// The event's topic, such as `outbox.event.invite`.
    #[default]
    Topic,
    /// The partition key.
    Key,
}

/// The options of an [`AmqpSink`](super::AmqpSink).
///
/// [`Settings`] sets them by name. The names are those of the fields with `-` for `_`. In the environment,
/// `OUTBOX_RELAY_AMQP_EXCHANGE` sets `exchange`.
#[derive(Debug, Clone)]
pub struct AmqpOptions {
    /// The form of a message. The default is `binary`.
    pub mode: ContentMode,
    /// The exchange that takes all events. It must exist. The default is `amq.topic`, which every server has. The
    /// empty name is the exchange that routes to the queue of the routing key's name.
    pub exchange: String,
    /// The routing key. The default is `topic`.
    pub routing_key: RoutingKey,
    /// The time that the server has to confirm an event. The default is `30s`.
    pub timeout: Duration,
    /// The greatest number of events in flight. Each has a channel of its own. The default is 128.
    pub in_flight: usize,
    /// A file of certificates (PEM) that the server's is checked against, beside those of the system.
    pub ca: Option<PathBuf>,
}

impl Default for AmqpOptions {
    fn default() -> Self {
        Self {
            mode: ContentMode::Binary,
            exchange: "amq.topic".to_owned(),
            routing_key: RoutingKey::default(),
            timeout: Duration::from_secs(30),
            in_flight: 128,
            ca: None,
        }
    }
}

impl AmqpOptions {
    /// Reads the file `ca`.
    pub(super) fn certificates(&self) -> Result<Option<String>, SettingError> {
        let Some(file) = &self.ca else {
            return Ok(None);
        };
        let unusable = |reason: &dyn std::fmt::Display| {
            SettingError::new(
                "ca",
                format_args!("is not a file of certificates: {reason}"),
            )
        };
        let pem = std::fs::read_to_string(file).map_err(|error| unusable(&error))?;
        if pem.contains("-----BEGIN CERTIFICATE-----") {
            Ok(Some(pem))
        } else {
            Err(unusable(&"there is none in it"))
        }
    }
}

const NAMES: &[&str] = &[
    "mode",
    "exchange",
    "routing-key",
    "timeout",
    "in-flight",
    "ca",
];

impl Settings for AmqpOptions {
    const NAME: &'static str = "amqp";

    fn set(&mut self, name: &str, value: &str) -> Result<(), SettingError> {
        match name {
            "mode" => self.mode = setting::mode(name, value)?,
            "exchange" => value.clone_into(&mut self.exchange),
            "routing-key" => self.routing_key = routing_key(value)?,
            "timeout" => self.timeout = setting::duration(name, value)?,
            "in-flight" => self.in_flight = setting::count(name, value)?,
            "ca" => self.ca = Some(value.into()),
            _ => return Err(SettingError::unknown(name, NAMES)),
        }
        Ok(())
    }
}

fn routing_key(value: &str) -> Result<RoutingKey, SettingError> {
    match value {
        "topic" => Ok(RoutingKey::Topic),
        "key" => Ok(RoutingKey::Key),
        _ => Err(SettingError::new(
            "routing-key",
            "is not a routing key; write `topic` or `key`",
        )),
    }
}
