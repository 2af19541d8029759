//! An event on its way from the table to the sink.

use std::sync::OnceLock;

use chrono::{DateTime, Utc};
use outbox_core::row::CheckedRow;
use outbox_core::{CloudEvent, DecodeError, OutboxRow};

/// A row of the outbox table as a [`Store`](crate::Store) reads it.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredEvent {
    /// The row's number, which the database gave it at the insert.
    pub seq: i64,
    /// The time of the insert on the database's clock.
    pub inserted_at: DateTime<Utc>,
    /// The nineteen columns of the event.
    pub row: Result<OutboxRow, Unreadable>,
}

/// A row whose columns are not those of an event, such as an id that is not a UUID.
///
/// The relay parks such a row with its reason. The row holds up its own key alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// The column `partitionkey`, or an empty text where it is `NULL`.
    pub key: String,
    /// The reason, as an error message.
    pub reason: String,
}

impl StoredEvent {
    /// Returns the partition key. Events of one key are delivered in order.
    #[must_use]
    pub fn key(&self) -> &str {
        match &self.row {
            Ok(row) => &row.partition_key,
            Err(unreadable) => &unreadable.key,
        }
    }

    /// Returns about how many bytes of memory the event takes.
    #[must_use]
    pub fn size(&self) -> usize {
        let texts = match &self.row {
            Ok(row) => {
                row.payload.len()
                    + row.extensions.as_ref().map_or(0, String::len)
                    + row.trace_state.as_ref().map_or(0, String::len)
                    + row.aggregate_id.len()
                    + row.subject.len()
                    + row.partition_key.len()
            }
            Err(unreadable) => unreadable.key.len() + unreadable.reason.len(),
        };
        // The struct itself, and the texts that are short in every row.
        texts + size_of::<Self>() + 256
    }
}

/// An event that is ready to be sent: the row, checked, and as a CloudEvent.
#[derive(Debug, Clone)]
#[expect(clippy::struct_field_names, reason = "the name of its type")]
pub struct Event {
    seq: i64,
    inserted_at: DateTime<Utc>,
    row: CheckedRow,
    /// Made when a sink asks for it.
    cloud_event: OnceLock<CloudEvent>,
}

impl Event {
    /// Makes an event of a row, which has this number and was inserted at this time.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] if the row is not an event: the payload is not JSON, or an attribute breaks its rule.
    pub fn new(seq: i64, inserted_at: DateTime<Utc>, row: OutboxRow) -> Result<Self, DecodeError> {
        Ok(Self {
            seq,
            inserted_at,
            row: CheckedRow::new(row)?,
            cloud_event: OnceLock::new(),
        })
    }

    /// Returns the row's number.
    #[must_use]
    pub fn seq(&self) -> i64 {
        self.seq
    }

    /// Returns the time of the insert on the database's clock.
    #[must_use]
    pub fn inserted_at(&self) -> DateTime<Utc> {
        self.inserted_at
    }

    /// Returns the partition key. The relay delivers the events of one key in order.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.row().partition_key
    }

    /// Returns the row, such as for its `topic`.
    #[must_use]
    pub fn row(&self) -> &OutboxRow {
        self.row.row()
    }

    /// Returns the row with its conversions, the cheapest way to a record of Kafka or a protocol like it.
    #[must_use]
    pub fn checked_row(&self) -> &CheckedRow {
        &self.row
    }

    /// Returns the event as a CloudEvent: what the service's own `Envelope` writes, byte for byte. The first call makes
    /// it.
    #[must_use]
    pub fn cloud_event(&self) -> &CloudEvent {
        self.cloud_event.get_or_init(|| self.row.to_cloudevent())
    }

    /// Makes an event of what was read from the table, or returns why it is not one.
    pub(crate) fn from_stored(stored: StoredEvent) -> Result<Self, String> {
        let row = stored.row.map_err(|unreadable| unreadable.reason)?;
        Self::new(stored.seq, stored.inserted_at, row).map_err(|error| error.to_string())
    }

    /// Returns the event as it was read.
    pub(crate) fn into_stored(self) -> StoredEvent {
        StoredEvent {
            seq: self.seq,
            inserted_at: self.inserted_at,
            row: Ok(self.row.into_row()),
        }
    }
}

impl PartialEq for Event {
    fn eq(&self, other: &Self) -> bool {
        (self.seq, self.inserted_at, &self.row) == (other.seq, other.inserted_at, &other.row)
    }
}
