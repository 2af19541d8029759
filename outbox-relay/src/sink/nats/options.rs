//! The options of the NATS sink.

use std::path::PathBuf;
use std::time::Duration;

use outbox_core::ContentMode;

use crate::sink::setting::{self, SettingError, Settings};

/// The options of a [`NatsSink`](super::NatsSink).
///
/// [`Settings`] sets them by name. The names are those of the fields with `-` for `_`. In the environment,
/// `OUTBOX_RELAY_NATS_STREAM` sets `stream`.
#[derive(Debug, Clone)]
pub struct NatsOptions {
    /// The form of a message. The default is `binary`. Version 1.0.2 of the NATS binding has only `structured`.
    pub mode: ContentMode,
    /// The stream that takes all events. It is checked at the start, and an event whose subject belongs to another
    /// stream is rejected. Without it, any stream will do.
    pub stream: Option<String>,
    /// The beginning of each subject, such as `shop`. It can have several tokens: `shop.eu`.
    pub subject_prefix: Option<String>,
    /// Ends each subject with the partition key as one more token. The default is `false`.
    pub key_in_subject: bool,
    /// The time that the server has to acknowledge an event. The default is `10s`.
    pub timeout: Duration,
    /// The greatest number of events in flight. The default is 1024.
    pub in_flight: usize,
    /// A credentials file, with a JWT and a seed.
    pub credentials: Option<PathBuf>,
    /// A file with the seed of an nkey.
    pub nkey: Option<PathBuf>,
    /// A file of certificates (PEM) that the server's is checked against, instead of those of the system. With it, a
    /// connection without TLS is refused.
    pub ca: Option<PathBuf>,
    /// The file of the client's own certificate (PEM). It needs the private key too.
    pub certificate: Option<PathBuf>,
    /// The file of the client's private key (PEM).
    pub private_key: Option<PathBuf>,
}

impl Default for NatsOptions {
    fn default() -> Self {
        Self {
            mode: ContentMode::Binary,
            stream: None,
            subject_prefix: None,
            key_in_subject: false,
            timeout: Duration::from_secs(10),
            in_flight: 1024,
            credentials: None,
            nkey: None,
            ca: None,
            certificate: None,
            private_key: None,
        }
    }
}

const NAMES: &[&str] = &[
    "mode",
    "stream",
    "subject-prefix",
    "key-in-subject",
    "timeout",
    "in-flight",
    "credentials",
    "nkey",
    "ca",
    "certificate",
    "private-key",
];

impl Settings for NatsOptions {
    const NAME: &'static str = "nats";

    fn set(&mut self, name: &str, value: &str) -> Result<(), SettingError> {
        match name {
            "mode" => self.mode = setting::mode(name, value)?,
            "stream" => self.stream = Some(value.to_owned()),
            "subject-prefix" => self.subject_prefix = Some(value.to_owned()),
            "key-in-subject" => self.key_in_subject = setting::flag(name, value)?,
            "timeout" => self.timeout = setting::duration(name, value)?,
            "in-flight" => self.in_flight = setting::count(name, value)?,
            "credentials" => self.credentials = Some(value.into()),
            "nkey" => self.nkey = Some(value.into()),
            "ca" => self.ca = Some(value.into()),
            "certificate" => self.certificate = Some(value.into()),
            "private-key" => self.private_key = Some(value.into()),
            _ => return Err(SettingError::unknown(name, NAMES)),
        }
        Ok(())
    }
}
