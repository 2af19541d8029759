//! Ids and times that are the same in every run.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::{Builder, Uuid};

use crate::envelope::Envelope;
use crate::event::OutboxEvent;
use crate::row::OutboxRow;
use crate::time;

/// Fixed ids and times that replace those of events, so that two runs of a test give the same bytes.
///
/// The first id becomes id 1, the next different id becomes id 2. Equal ids are replaced by equal ids, so a causation id
/// still names the event that it named before.
///
/// Id 1 is a UUID version 7 of the start time, id 2 a UUID of one second later, and so on. The `n`th id ends in `n`. An
/// event's time becomes the time of its id.
///
/// It changes events after they are made, and does not touch the clock. So it works for code that calls
/// [`Envelope::new`] on another thread or in another process, and parallel tests do not affect each other.
#[derive(Debug, Clone)]
pub struct Fixed {
    start: DateTime<Utc>,
    numbers: HashMap<Uuid, u32>,
}

/// Returns ids and times that begin at `start`, which is RFC 3339, such as `2026-01-01T00:00:00Z`.
///
/// ```
/// # use outbox_core::{Envelope, OutboxEvent, testing};
/// # #[derive(serde::Serialize, OutboxEvent)]
/// # #[outbox(event_type = "com.example.order.placed", source = "/orders")]
/// # struct OrderPlaced { #[aggregate_id] order_id: u64 }
/// let first = Envelope::new(OrderPlaced { order_id: 7 })?;
/// let second = Envelope::new(OrderPlaced { order_id: 8 })?.caused_by(&first);
///
/// let mut fixed = testing::fixed("2026-01-01T00:00:00Z");
/// let (first, second) = (fixed.envelope(first), fixed.envelope(second));
/// assert_eq!(first.event_id().to_string(), "019b76da-a800-7000-8000-000000000001");
/// assert_eq!(second.event_id().to_string(), "019b76da-abe8-7000-8000-000000000002");
/// assert_eq!(second.causation_id(), Some(first.event_id()));
/// assert_eq!(second.occurred_at().to_rfc3339(), "2026-01-01T00:00:01+00:00");
/// # Ok::<(), outbox_core::ValidationErrors>(())
/// ```
///
/// # Panics
///
/// If `start` is not such a time, or is before 1970, where ids of version 7 begin.
#[must_use]
#[track_caller]
pub fn fixed(start: &str) -> Fixed {
    let start = match time::parse(start) {
        Ok(start) if start.timestamp() >= 0 => start.to_utc(),
        Ok(_) => panic!("`{start}` is before 1970; a UUID version 7 cannot have such a time"),
        Err(reason) => panic!("`{start}` is not a time: {reason}"),
    };
    Fixed {
        start,
        numbers: HashMap::new(),
    }
}

impl Fixed {
    /// Replaces the event's id, its correlation and causation id, and its time. An event that declares its time
    /// (`#[outbox(occurred_at)]`) keeps it: give it a fixed one. The payload and the trace stay as they are.
    pub fn envelope<E: OutboxEvent>(&mut self, envelope: Envelope<E>) -> Envelope<E> {
        let number = self.number(envelope.event_id());
        let correlation_id = envelope.correlation_id().map(|id| self.replaced(id));
        let causation_id = envelope.causation_id().map(|id| self.replaced(id));
        let mut envelope = envelope.with_event_id(self.id(number));
        if envelope.event().occurred_at().is_none() {
            envelope = envelope.with_occurred_at(self.time(number));
        }
        if let Some(id) = correlation_id {
            envelope = envelope.with_correlation_id(id);
        }
        if let Some(id) = causation_id {
            envelope = envelope.with_causation_id(id);
        }
        envelope
    }

    /// Replaces the id, the correlation and causation id, and the time of every row, for a test that compares whole
    /// rows. The ids of the rows come first, in their order. The payload and the trace stay as they are.
    pub fn rows(&mut self, rows: &mut [OutboxRow]) {
        for row in rows.iter_mut() {
            let number = self.number(row.id);
            row.id = self.id(number);
            row.time = time::cut(self.time(number));
        }
        for id in rows
            .iter_mut()
            .flat_map(|row| [&mut row.correlation_id, &mut row.causation_id])
            .flatten()
        {
            *id = self.replaced(*id);
        }
    }

    fn replaced(&mut self, id: Uuid) -> Uuid {
        let number = self.number(id);
        self.id(number)
    }

    /// Returns the number of the id, counted from 1 in the order of first use.
    fn number(&mut self, id: Uuid) -> u32 {
        let next = u32::try_from(self.numbers.len() + 1).unwrap_or(u32::MAX);
        *self.numbers.entry(id).or_insert(next)
    }

    fn time(&self, number: u32) -> DateTime<Utc> {
        self.start + TimeDelta::seconds(i64::from(number) - 1)
    }

    fn id(&self, number: u32) -> Uuid {
        let milliseconds = self.time(number).timestamp_millis().unsigned_abs();
        let mut rest = [0; 10];
        rest[6..].copy_from_slice(&number.to_be_bytes());
        Builder::from_unix_timestamp_millis(milliseconds, &rest).into_uuid()
    }
}
