//! Settings of a sink that are given as texts: by flags, by a file, or by the environment.

use std::fmt;
#[cfg(any(feature = "amqp", feature = "http", feature = "nats"))]
use std::{str::FromStr, time::Duration};

#[cfg(any(feature = "amqp", feature = "kafka", feature = "nats"))]
use outbox_core::ContentMode;

/// The options of a sink, each of which has a name and can be set by a text.
///
/// ```
/// # #[cfg(feature = "http")] {
/// use outbox_relay::sink::http::HttpOptions;
/// use outbox_relay::sink::setting::Settings;
///
/// let mut options = HttpOptions::default();
/// options.set("timeout", "5s")?;
/// assert!(options.set("timeout", "soon").is_err());
/// # }
/// # Ok::<(), outbox_relay::sink::setting::SettingError>(())
/// ```
pub trait Settings: Default {
    /// The name of the sink's settings, such as `http`: of the flag, of the table in the file and, in capitals, in the
    /// environment variables.
    const NAME: &'static str;

    /// The character of an option's name for which an environment variable has `_`.
    const SEPARATOR: &'static str = "-";

    /// Sets one option.
    ///
    /// # Errors
    ///
    /// [`SettingError`] if there is no option of this name, or it does not accept the value.
    fn set(&mut self, name: &str, value: &str) -> Result<(), SettingError>;

    /// Returns the option that the end of an environment variable names: `REDIRECT_HOSTS` is `redirect-hosts`.
    #[must_use]
    fn option(variable: &str) -> String {
        variable.to_ascii_lowercase().replace('_', Self::SEPARATOR)
    }

    /// Makes the options of the environment: `OUTBOX_RELAY_HTTP_REDIRECT_HOSTS` sets `redirect-hosts`. Variables
    /// without the prefix `OUTBOX_RELAY_HTTP_` are left out.
    ///
    /// # Errors
    ///
    /// The first error of [`set`](Self::set).
    fn from_variables(
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, SettingError> {
        let prefix = format!("OUTBOX_RELAY_{}_", Self::NAME.to_ascii_uppercase());
        let mut options = Self::default();
        for (variable, value) in variables {
            if let Some(name) = variable.strip_prefix(&prefix) {
                options.set(&Self::option(name), &value)?;
            }
        }
        Ok(options)
    }
}

/// Why an option of a sink was not accepted. The value is not part of the message, since it can be a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingError {
    name: String,
    reason: String,
}

impl SettingError {
    /// Makes an error of an option's name and a reason, such as `is not a time; write 5s`. The reason follows the name,
    /// and must not show the value.
    pub fn new(name: &str, reason: impl fmt::Display) -> Self {
        Self {
            name: name.to_owned(),
            reason: reason.to_string(),
        }
    }

    #[cfg(any(feature = "amqp", feature = "http", feature = "nats"))]
    pub(super) fn unknown(name: &str, known: &[&str]) -> Self {
        let known = known.join("`, `");
        Self::new(
            name,
            format_args!("is not an option of this sink; it has `{known}`"),
        )
    }
}

impl fmt::Display for SettingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` {}", self.name, self.reason)
    }
}

impl std::error::Error for SettingError {}

/// Reads a time such as `500ms`, `30s` or `2m`.
#[cfg(any(feature = "amqp", feature = "http", feature = "nats"))]
pub(super) fn duration(name: &str, value: &str) -> Result<Duration, SettingError> {
    let digits = value.len() - value.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = value.split_at(digits);
    let milliseconds = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        _ => 0,
    };
    let duration = number.parse::<u32>().unwrap_or(0);
    let duration = Duration::from_millis(u64::from(duration) * milliseconds);
    if duration.is_zero() {
        let reason = "is not a time above zero; write `500ms`, `30s` or `2m`";
        return Err(SettingError::new(name, reason));
    }
    Ok(duration)
}

/// Reads a whole number above zero.
#[cfg(any(feature = "amqp", feature = "http", feature = "nats"))]
pub(super) fn count(name: &str, value: &str) -> Result<usize, SettingError> {
    let number = usize::from_str(value).ok().filter(|number| *number > 0);
    number.ok_or_else(|| SettingError::new(name, "is not a whole number above zero"))
}

/// Reads a content mode.
#[cfg(any(feature = "amqp", feature = "kafka", feature = "nats"))]
pub(super) fn mode(name: &str, value: &str) -> Result<ContentMode, SettingError> {
    match value {
        "binary" => Ok(ContentMode::Binary),
        "structured" => Ok(ContentMode::Structured),
        _ => Err(SettingError::new(
            name,
            "is not a mode; write `binary` or `structured`",
        )),
    }
}

/// Reads `true` or `false`.
#[cfg(feature = "nats")]
pub(super) fn flag(name: &str, value: &str) -> Result<bool, SettingError> {
    let flag = value.parse();
    flag.map_err(|_| SettingError::new(name, "is not a flag; write `true` or `false`"))
}
