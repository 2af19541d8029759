//! The options of the HTTP sink.

use std::path::PathBuf;
use std::time::Duration;

use super::signature::SigningSecret;
use crate::sink::Secret;
use crate::sink::setting::{self, SettingError, Settings};

/// The form of a request (CloudEvents HTTP protocol binding 1.0.2, section 1.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum HttpMode {
    /// The attributes are headers, `ce-<name>`, and the body is the payload alone.
    #[default]
    Binary,
    /// The body is the whole event in the JSON format.
    Structured,
    /// The body is a JSON array of several events in the JSON format.
    Batch,
}

/// The options of an [`HttpSink`](super::HttpSink).
///
/// [`Settings`] sets them by name. The names are those of the fields with `-` for `_`; a header is set by
/// `header-<name>`, such as `header-authorization`. In the environment, `OUTBOX_RELAY_HTTP_HEADER_AUTHORIZATION` sets
/// the header `authorization`.
#[derive(Debug, Clone)]
pub struct HttpOptions {
    /// The form of a request. The default is `binary`.
    pub mode: HttpMode,
    /// The longest time of one request, from the connection to the end of the answer. The default is `30s`.
    pub timeout: Duration,
    /// The greatest number of requests in flight. The default is 64.
    pub concurrency: usize,
    /// The greatest number of events in a batch. The default is 100.
    pub batch: usize,
    /// The time that a batch that is not full waits for more events. The default is `5ms`.
    pub linger: Duration,
    /// Headers of each request, such as `authorization`. The values are never printed.
    pub headers: Vec<(String, Secret)>,
    /// The secrets that sign each request. While a secret is being replaced, there are two: the request then has a
    /// signature of each. As one text, they are separated by spaces.
    pub secrets: Vec<SigningSecret>,
    /// The hosts, as `host` or `host:port`, that a redirect can lead to. The sink's own host and port is always
    /// allowed. As one text, they are separated by commas.
    pub redirect_hosts: Vec<String>,
    /// A file of certificates (PEM) that the server's is checked against, instead of those of the system.
    pub ca: Option<PathBuf>,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self {
            mode: HttpMode::default(),
            timeout: Duration::from_secs(30),
            concurrency: 64,
            batch: 100,
            linger: Duration::from_millis(5),
            headers: Vec::new(),
            secrets: Vec::new(),
            redirect_hosts: Vec::new(),
            ca: None,
        }
    }
}

const NAMES: &[&str] = &[
    "mode",
    "timeout",
    "concurrency",
    "batch",
    "linger",
    "secrets",
    "redirect-hosts",
    "ca",
    "header-<name>",
];

impl Settings for HttpOptions {
    const NAME: &'static str = "http";

    fn set(&mut self, name: &str, value: &str) -> Result<(), SettingError> {
        match name {
            "mode" => self.mode = mode(value)?,
            "timeout" => self.timeout = setting::duration(name, value)?,
            "concurrency" => self.concurrency = setting::count(name, value)?,
            "batch" => self.batch = setting::count(name, value)?,
            "linger" => self.linger = setting::duration(name, value)?,
            "secrets" => {
                let secrets = value.split_whitespace().map(SigningSecret::new);
                self.secrets = secrets.collect::<Result<_, _>>()?;
            }
            "redirect-hosts" => {
                self.redirect_hosts = value
                    .split(',')
                    .map(|host| host.trim().to_owned())
                    .collect();
            }
            "ca" => self.ca = Some(value.into()),
            _ => match name.strip_prefix("header-") {
                Some(header) => {
                    // A later setting replaces an earlier one, whatever the case of its name.
                    self.headers
                        .retain(|(name, _)| !name.eq_ignore_ascii_case(header));
                    self.headers.push((header.to_owned(), Secret::new(value)));
                }
                None => return Err(SettingError::unknown(name, NAMES)),
            },
        }
        Ok(())
    }
}

fn mode(value: &str) -> Result<HttpMode, SettingError> {
    match value {
        "binary" => Ok(HttpMode::Binary),
        "structured" => Ok(HttpMode::Structured),
        "batch" => Ok(HttpMode::Batch),
        _ => Err(SettingError::new(
            "mode",
            "is not a mode; write `binary`, `structured` or `batch`",
        )),
    }
}
