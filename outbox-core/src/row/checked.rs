//! A row that was checked: a relay decides once that it can be sent.

use super::OutboxRow;
use crate::cloudevent::{CloudEvent, Data};
use crate::error::DecodeError;
use crate::json_text::JsonText;

/// A stored row that is an event, and can be sent as it is stored.
///
/// [`CloudEvent::from_row`] and [`KafkaRecord::from_row`](crate::KafkaRecord::from_row) check a row each time. A relay
/// that checks first and sends later, or more than once, makes a `CheckedRow`, whose conversions do not check again:
///
/// ```
/// # use outbox_core::{ContentMode, OutboxRow};
/// use outbox_core::row::CheckedRow;
///
/// # fn send(row: OutboxRow) -> Result<(), Box<dyn std::error::Error>> {
/// let row = CheckedRow::new(row)?;
/// let record = row.to_kafka_record(ContentMode::Binary)?;
/// assert_eq!(record.topic(), row.row().topic);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedRow(OutboxRow);

impl CheckedRow {
    /// Checks a row as [`CloudEvent::from_row`] does.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`CloudEvent::from_row`].
    pub fn new(row: OutboxRow) -> Result<Self, DecodeError> {
        row.sendable_attributes()?;
        Ok(Self(row))
    }

    /// Returns the row.
    #[must_use]
    pub fn row(&self) -> &OutboxRow {
        &self.0
    }

    /// Returns the row, which can be changed then.
    #[must_use]
    pub fn into_row(self) -> OutboxRow {
        self.0
    }

    /// Returns the event of [`CloudEvent::from_row`].
    #[must_use]
    pub fn to_cloudevent(&self) -> CloudEvent {
        let data = Data::Json(JsonText::checked(self.0.payload.clone()));
        CloudEvent::from_attributes(self.0.checked_attributes(), Some(data))
    }
}
