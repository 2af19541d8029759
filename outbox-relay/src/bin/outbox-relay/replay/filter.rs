//! The events that are asked for.

use std::ops::RangeInclusive;

use outbox_relay::{Event, SendError, Sink};

use crate::arguments::ReplayArguments;
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
    pub(crate) fn new(arguments: &ReplayArguments) -> Self {
        Self {
            from: arguments.from,
            until: arguments.until,
            event_type: arguments.event_type.clone(),
            key: arguments.key.clone(),
            source: arguments.source.clone(),
        }
    }

    /// Returns the numbers of the rows that are read.
    pub(crate) fn seqs(&self) -> RangeInclusive<i64> {
        let seq = |when: Option<When>| match when {
            Some(When::Seq(seq)) => Some(seq),
            _ => None,
        };
        seq(self.from).unwrap_or(1).max(1)..=seq(self.until).unwrap_or(i64::MAX)
    }

    fn takes(&self, event: &Event) -> bool {
        let row = event.row();
        let is = |wanted: &Option<String>, found: &str| {
            wanted.as_ref().is_none_or(|wanted| wanted == found)
        };
        is(&self.event_type, &row.event_type)
            && is(&self.key, &row.partition_key)
            && is(&self.source, &row.source)
            && self.from.is_none_or(|from| match from {
                When::Time(time) => event.inserted_at() >= time,
                When::Seq(_) => true,
            })
            && self.until.is_none_or(|until| match until {
                When::Time(time) => event.inserted_at() <= time,
                When::Seq(_) => true,
            })
    }
}

/// A sink that passes on what the filter takes. The rest counts as delivered.
pub(crate) struct Matching<K> {
    sink: K,
    filter: Filter,
}

impl<K> Matching<K> {
    pub(crate) fn new(sink: K, filter: Filter) -> Self {
        Self { sink, filter }
    }
}

impl<K: Sink> Sink for Matching<K> {
    async fn send(&self, event: &Event) -> Result<(), SendError> {
        if self.filter.takes(event) {
            self.sink.send(event).await
        } else {
            Ok(())
        }
    }

    async fn flush(&self) -> Result<(), SendError> {
        self.sink.flush().await
    }

    fn discard(&self) {
        self.sink.discard();
    }

    fn in_flight_per_key(&self) -> usize {
        self.sink.in_flight_per_key()
    }

    async fn check(&self) -> Result<(), SendError> {
        self.sink.check().await
    }
}
