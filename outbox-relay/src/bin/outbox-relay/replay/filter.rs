//! The events that are asked for.

use std::ops::RangeInclusive;

use chrono::{DateTime, Utc};
use outbox_relay::StoredEvent;

use crate::arguments::ReplayArguments;
use crate::usage::Usage;
use crate::when::When;

/// The events that are replayed.
pub(crate) struct Filter {
    from: Option<When>,
    until: Option<When>,
    event_type: Option<String>,
    key: Option<String>,
    source: Option<String>,
}

impl Filter {
    pub(crate) fn new(arguments: &ReplayArguments) -> Result<Self, Usage> {
        let &ReplayArguments { from, until, .. } = arguments;
        if let (Some(from), Some(until)) = (from, until)
            && from.is_after(until)
        {
            return Err(Usage(format!(
                "no event is between `--from {from}` and `--until {until}`; name the earlier one with `--from`"
            )));
        }
        Ok(Self {
            from,
            until,
            event_type: arguments.event_type.clone(),
            key: arguments.key.clone(),
            source: arguments.source.clone(),
        })
    }

    /// Returns the numbers of the rows that are read.
    pub(crate) fn seqs(&self) -> RangeInclusive<i64> {
        let seq = |when: Option<When>| match when {
            Some(When::Seq(seq)) => Some(seq),
            _ => None,
        };
        seq(self.from).unwrap_or(1).max(1)..=seq(self.until).unwrap_or(i64::MAX)
    }

    /// Returns `true` if a row is asked for, as far as it can be read.
    pub(crate) fn takes(&self, event: &StoredEvent) -> bool {
        let is = |wanted: &Option<String>, found: &str| {
            wanted.as_ref().is_none_or(|wanted| wanted == found)
        };
        let is_row = event.row.as_ref().map_or(true, |row| {
            is(&self.event_type, &row.event_type) && is(&self.source, &row.source)
        });
        is_row && is(&self.key, event.key()) && self.is_in_time(event.inserted_at)
    }

    fn is_in_time(&self, inserted_at: DateTime<Utc>) -> bool {
        let is_from = |from| !matches!(from, When::Time(time) if inserted_at < time);
        let is_until = |until| !matches!(until, When::Time(time) if inserted_at > time);
        self.from.is_none_or(is_from) && self.until.is_none_or(is_until)
    }
}
