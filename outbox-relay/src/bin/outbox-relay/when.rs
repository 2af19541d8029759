//! A place in the table.

use std::str::FromStr;

use chrono::{DateTime, Utc};

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
