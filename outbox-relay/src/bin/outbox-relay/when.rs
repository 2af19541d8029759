//! A place in the table.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, SecondsFormat, Utc};

/// The number of a row, or the time of its insert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    Seq(i64),
    Time(DateTime<Utc>),
}

impl FromStr for When {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Ok(seq) = text.parse() {
            return Ok(Self::Seq(seq));
        }
        DateTime::parse_from_rfc3339(text)
            .map(|time| Self::Time(time.to_utc()))
            .map_err(|_| "write the number of a row, or a time like `2026-01-31T09:30:00Z`")
    }
}

impl When {
    /// Returns `true` if this place is after the other one, as far as the two can be compared.
    pub(crate) fn is_after(self, other: Self) -> bool {
        match (self, other) {
            (Self::Seq(seq), Self::Seq(other)) => seq > other,
            (Self::Time(time), Self::Time(other)) => time > other,
            _ => false,
        }
    }
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Seq(seq) => seq.fmt(f),
            Self::Time(time) => f.write_str(&time.to_rfc3339_opts(SecondsFormat::AutoSi, true)),
        }
    }
}
