//! The rows of events as text, for clients that bind text.

use super::borrowed::BorrowedRow;
use super::error::InsertError;
use crate::envelope::Envelope;
use crate::error::EncodeError;
use crate::event::OutboxEvent;
use crate::row::columns::Texts;

/// Returns the texts of the event's row.
pub(super) fn texts<'a, E: OutboxEvent, C>(
    event: &Envelope<E>,
    row: &'a BorrowedRow<'_>,
) -> Result<Texts<'a>, InsertError<C>> {
    let texts = row.texts();
    texts.map_err(|error: EncodeError| InsertError::encode(event, error))
}

/// Returns the texts of the rows of the events.
pub(super) fn all_texts<'a, E: OutboxEvent, C>(
    events: &[Envelope<E>],
    rows: &'a [BorrowedRow<'_>],
) -> Result<Vec<Texts<'a>>, InsertError<C>> {
    let pairs = events.iter().zip(rows);
    pairs.map(|(event, row)| texts(event, row)).collect()
}
