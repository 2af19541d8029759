//! The ids of the events that a consumer has handled, in [`CREATE_INBOX`](crate::row::sqlite::CREATE_INBOX).

use rusqlite::{Connection, Error, params};
use uuid::Uuid;
use uuid::fmt::Hyphenated;

use crate::attributes::hyphenated;
use crate::row::sqlite;

/// Records that the consumer handles the event, and returns true the first time.
///
/// Call it first in the transaction in which the event is handled, and handle the event only if it returns true. A
/// broker delivers an event at least once; the record makes its effect happen once. If the handler rolls back, the
/// record goes too, and the event can be handled when it is delivered again.
///
/// ```
/// # use outbox_core::row::sqlite;
/// # use uuid::Uuid;
/// # let mut connection = rusqlite::Connection::open_in_memory()?;
/// connection.execute_batch(sqlite::CREATE_INBOX)?;
/// # let event_id = Uuid::from_u128(1);
/// # let mut handled = 0;
/// # for _ in 0..2 {
/// let transaction = connection.transaction()?;
/// if outbox_core::rusqlite::inbox::once(&transaction, "billing", event_id)? {
///     // .. handle the event ..
/// #   handled += 1;
/// }
/// transaction.commit()?;
/// # }
/// # assert_eq!(handled, 1);
/// # Ok::<(), rusqlite::Error>(())
/// ```
///
/// # Errors
///
/// Returns the client's error. Roll the transaction back.
pub fn once(connection: &Connection, consumer: &str, event_id: Uuid) -> Result<bool, Error> {
    let mut buffer = [0; Hyphenated::LENGTH];
    let inserted = connection
        .prepare_cached(sqlite::INSERT_INBOX)?
        .execute(params![consumer, hyphenated(event_id, &mut buffer)])?;
    Ok(inserted == 1)
}
