//! Lengths of time, as a person writes them.

use std::str::FromStr;
use std::time::Duration;

/// A length of time: `7d`, `90s`, `1h 30m`, or `none`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span(pub(crate) Duration);

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "none" {
            return Ok(Self(Duration::ZERO));
        }
        humantime::parse_duration(text)
            .map(Self)
            .map_err(|error| format!("{error}; write it like `10s`, `7d` or `1h 30m`"))
    }
}

/// Reads the length of a lease.
pub(crate) fn lease(text: &str) -> Result<Span, String> {
    const SHORTEST: Duration = Duration::from_millis(100);
    const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);
    let span: Span = text.parse()?;
    if (SHORTEST..=LONGEST).contains(&span.0) {
        Ok(span)
    } else {
        Err("a lease lasts from 100ms to 1d; the default is 10s".to_owned())
    }
}
