//! Rows that are bound to a statement and then dropped.

use std::borrow::Cow;

use super::error::InsertError;
use crate::envelope::Envelope;
use crate::event::OutboxEvent;
use crate::row::OutboxRow;

/// A row that borrows from its envelope.
pub(super) type BorrowedRow<'a> = OutboxRow<Cow<'a, str>>;

/// Makes the row of an event.
pub(super) fn row<E: OutboxEvent, C>(
    event: &Envelope<E>,
) -> Result<BorrowedRow<'_>, InsertError<C>> {
    let row = event.to_borrowed_row();
    row.map_err(|error| InsertError::encode(event, error))
}

/// Makes the rows of events. The error names the event that has no row.
pub(super) fn rows<E: OutboxEvent, C>(
    events: &[Envelope<E>],
) -> Result<Vec<BorrowedRow<'_>>, InsertError<C>> {
    events.iter().map(row).collect()
}
