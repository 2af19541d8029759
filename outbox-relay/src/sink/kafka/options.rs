//! The addresses of the brokers and the settings of the client.

use std::collections::BTreeMap;
use std::fmt;

use outbox_core::ContentMode;
use rdkafka::ClientConfig;
use rdkafka::error::KafkaError;

use crate::sink::setting::{self, SettingError, Settings};

/// The options of a [`KafkaSink`](super::KafkaSink).
///
/// ```
/// use outbox_core::ContentMode;
/// use outbox_relay::sink::kafka::KafkaOptions;
///
/// let options = KafkaOptions::default()
///     .with_mode(ContentMode::Structured)
///     .with_setting("compression.type", "snappy")?;
///
/// let error = KafkaOptions::default().with_setting("acks", "1").unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "`acks` cannot be `1`, since an event could be lost after the broker has acknowledged it; write `all`"
/// );
/// # Ok::<(), outbox_relay::sink::kafka::KafkaOptionError>(())
/// ```
#[derive(Clone)]
pub struct KafkaOptions {
    mode: ContentMode,
    /// Values by the names that [`canonical`] gives.
    settings: BTreeMap<String, String>,
    /// The `transactional.id`.
    exactly_once: Option<String>,
}

/// The settings of the client that are not librdkafka's own.
const DEFAULTS: [(&str, &str); 8] = [
    ("client.id", "outbox-relay"),
    ("enable.idempotence", "true"),
    ("request.required.acks", "all"),
    // A key has the partition that Java's clients, and so Debezium, give it.
    ("partitioner", "murmur2_random"),
    ("compression.codec", "lz4"),
    // Events of other keys come while a batch is on its way, so waiting for them gains nothing.
    ("queue.buffering.max.ms", "0"),
    // The relay tries again by itself, and reports that the broker is away. Five minutes are too long for that.
    ("message.timeout.ms", "30000"),
    ("queue.buffering.max.kbytes", "65536"),
];

/// Other names of settings that have a default or are refused. The client applies its settings in no order, so that
/// two names of one setting would race.
const ALIASES: [(&str, &str); 5] = [
    ("acks", "request.required.acks"),
    ("bootstrap.servers", "metadata.broker.list"),
    ("compression.type", "compression.codec"),
    ("delivery.timeout.ms", "message.timeout.ms"),
    ("linger.ms", "queue.buffering.max.ms"),
];

/// The setting that delivers each event once. The sink makes the transactions, and gives it to their producer alone.
const TRANSACTIONAL_ID: &str = "transactional.id";

fn canonical(name: &str) -> &str {
    let alias = ALIASES.into_iter().find(|(alias, _)| *alias == name);
    alias.map_or(name, |(_, name)| name)
}

/// Returns the settings of a producer without its own defaults, for a client of another kind.
pub(super) fn without_defaults(config: &ClientConfig) -> ClientConfig {
    let mut config = config.clone();
    for (name, _) in DEFAULTS
        .into_iter()
        .filter(|(name, _)| *name != "client.id")
    {
        config.remove(name);
    }
    config
}

/// Checks that a setting keeps the relay's guarantee. The client itself refuses what contradicts its idempotence.
fn check(name: &str, value: &str) -> Result<(), &'static str> {
    let is_true = matches!(value, "true" | "t" | "1");
    match canonical(name) {
        "request.required.acks" if !matches!(value, "all" | "-1") => {
            Err("an event could be lost after the broker has acknowledged it; write `all`")
        }
        "enable.idempotence" if !is_true => {
            Err("a later event could overtake an earlier one of its key; write `true`")
        }
        "partitioner" if value == "random" => Err(
            "the events of one key would be in several partitions, in no order; write `murmur2_random`",
        ),
        "delivery.report.only.error" if is_true => {
            Err("the relay would never learn that an event is delivered; write `false`")
        }
        "metadata.broker.list" => {
            Err("the sink's URL has the brokers; write `kafka://host:port,host:port`")
        }
        "test.mock.num.brokers" => {
            Err("the events would go to a broker in memory; leave the setting out")
        }
        _ => Ok(()),
    }
}

impl KafkaOptions {
    /// Sets the form of the records. The default is [`ContentMode::Binary`].
    #[must_use]
    pub fn with_mode(mut self, mode: ContentMode) -> Self {
        self.mode = mode;
        self
    }

    /// Sets a setting of the client, by the names and values of librdkafka's
    /// [`CONFIGURATION.md`](https://github.com/confluentinc/librdkafka/blob/v2.12.1/CONFIGURATION.md). The last
    /// value of a name counts. The client itself checks names and values when the sink is made.
    ///
    /// # Errors
    ///
    /// [`KafkaOptionError`] if the setting breaks the relay's guarantee.
    pub fn with_setting(mut self, name: &str, value: &str) -> Result<Self, KafkaOptionError> {
        let set = self.set(name, value);
        set.map_err(|error| KafkaOptionError(error.to_string()))?;
        Ok(self)
    }

    /// Delivers each event once: a reader with `isolation.level=read_committed` gets it once, whatever is killed. See
    /// [`KafkaSink`](super::KafkaSink#exactly-once).
    ///
    /// The id is Kafka's `transactional.id`, and this is the same as that setting. All processes of one relay name have the same one, and nothing else in
    /// the cluster has it. It can have letters, digits, `.`, `_` and `-`, since the topic `<id>.progress` is the
    /// sink's record of deliveries.
    #[must_use]
    pub fn with_exactly_once(mut self, transactional_id: impl Into<String>) -> Self {
        self.exactly_once = Some(transactional_id.into());
        self
    }

    /// Delivers by the same settings without transactions, so that another process can go on with them: for a replay
    /// beside a relay.
    #[must_use]
    pub fn without_exactly_once(mut self) -> Self {
        self.exactly_once = None;
        self
    }

    pub(super) fn exactly_once(&self) -> Option<&str> {
        self.exactly_once.as_deref()
    }

    pub(super) fn mode(&self) -> ContentMode {
        self.mode
    }

    /// Makes the client's settings, with the brokers of a URL.
    pub(super) fn config(&self, url: &str) -> Result<ClientConfig, KafkaOptionError> {
        let mut config = ClientConfig::new();
        config.extend(self.settings.clone());
        config.set("metadata.broker.list", brokers(url)?);
        if self.trusts_system() {
            config.set("ssl.ca.location", "probe");
        }
        Ok(config)
    }

    /// Returns whether the client has to look for the authorities of the system. The OpenSSL that `kafka-tls` compiles
    /// does not know where the system keeps them, but for these variables.
    fn trusts_system(&self) -> bool {
        let is_named = |name: &str| self.settings.contains_key(name);
        let is_replaced = |name: &str| std::env::var_os(name).is_some();
        cfg!(feature = "kafka-tls")
            && !["ssl.ca.location", "ssl.ca.pem"].into_iter().any(is_named)
            && !["SSL_CERT_FILE", "SSL_CERT_DIR"]
                .into_iter()
                .any(is_replaced)
    }
}

/// The names are those of librdkafka, and `mode`. In the environment, `OUTBOX_RELAY_KAFKA_LINGER_MS` sets `linger.ms`.
impl Settings for KafkaOptions {
    const NAME: &'static str = "kafka";
    const SEPARATOR: &'static str = ".";

    fn set(&mut self, name: &str, value: &str) -> Result<(), SettingError> {
        if name == "mode" {
            self.mode = setting::mode(name, value)?;
            return Ok(());
        }
        if name == TRANSACTIONAL_ID {
            self.exactly_once = Some(value.to_owned());
            return Ok(());
        }
        check(name, value).map_err(|reason| {
            SettingError::new(name, format_args!("cannot be `{value}`, since {reason}"))
        })?;
        self.settings
            .insert(canonical(name).to_owned(), value.to_owned());
        Ok(())
    }
}

impl Default for KafkaOptions {
    fn default() -> Self {
        let own = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        Self {
            mode: ContentMode::Binary,
            settings: DEFAULTS.map(own).into(),
            exactly_once: None,
        }
    }
}

/// Shows the names of the settings alone, since a value can be a password.
impl fmt::Debug for KafkaOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KafkaOptions")
            .field("mode", &self.mode)
            .field("settings", &self.settings.keys())
            .field("exactly_once", &self.exactly_once)
            .finish()
    }
}

/// Returns the brokers of `kafka://host:port,host:port`.
fn brokers(url: &str) -> Result<&str, KafkaOptionError> {
    let brokers = url.strip_prefix("kafka://").unwrap_or_default();
    let is_broker = |broker: &str| {
        !broker.is_empty() && !broker.contains(|c: char| c.is_whitespace() || "/?#@".contains(c))
    };
    if brokers.split(',').all(is_broker) {
        return Ok(brokers);
    }
    // The URL is not shown: somebody may have written a password into it.
    let remedy = "write `kafka://host:port,host:port`, and users and passwords as settings";
    Err(KafkaOptionError(format!(
        "the URL does not name Kafka brokers; {remedy}"
    )))
}

/// Why a Kafka sink cannot be made of its URL and its options.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KafkaOptionError(String);

impl KafkaOptionError {
    pub(super) fn new(reason: String) -> Self {
        Self(reason)
    }
}

impl From<KafkaError> for KafkaOptionError {
    fn from(error: KafkaError) -> Self {
        Self(match error {
            // Not the value, which can be a password.
            KafkaError::ClientConfig(_, reason, name, _) => {
                let remedy = remedy(&reason);
                format!("the client does not accept `{name}`: {reason}{remedy}")
            }
            KafkaError::ClientCreation(reason) => {
                let remedy = remedy(&reason);
                format!("the client does not accept its settings: {reason}{remedy}")
            }
            error => error.to_string(),
        })
    }
}

/// Returns the remedy if the client was built without what a setting needs.
fn remedy(reason: &str) -> &'static str {
    // The reason names OpenSSL for GSSAPI too, which the feature does not add.
    let needs_openssl = reason.to_lowercase().contains("openssl") && !reason.contains("GSSAPI");
    if needs_openssl && !cfg!(feature = "kafka-tls") {
        "; build the relay with the feature `kafka-tls`"
    } else {
        ""
    }
}

impl fmt::Display for KafkaOptionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for KafkaOptionError {}
