//! The ids of the events that a consumer has handled, in the table of
//! [`postgres::CREATE_INBOX`](crate::row::postgres::CREATE_INBOX) or
//! [`sqlite::CREATE_INBOX`](crate::row::sqlite::CREATE_INBOX).

use diesel::prelude::*;
use uuid::Uuid;
use uuid::fmt::Hyphenated;

use super::Database;
use super::database::Dialect;
use crate::attributes::hyphenated;

/// Records that the consumer handles the event, and returns true the first time.
///
/// Call it first in the transaction in which the event is handled, and handle the event only if it returns true. A
/// broker delivers an event at least once; the record makes its effect happen once. If the handler rolls back, the
/// record goes too, and the event can be handled when it is delivered again. If another transaction is handling the
/// event, PostgreSQL waits until that transaction ends.
///
/// ```
/// # use diesel::prelude::*;
/// # fn handle(
/// #     connection: &mut impl Connection<Backend = diesel::pg::Pg>,
/// #     event_id: uuid::Uuid,
/// # ) -> QueryResult<()> {
/// connection.transaction(|connection| {
///     if outbox_core::diesel::inbox::once(connection, "billing", event_id)? {
///         // .. handle the event ..
///     }
///     Ok(())
/// })
/// # }
/// ```
///
/// # Errors
///
/// Returns the client's error. Roll the transaction back.
pub fn once<C>(connection: &mut C, consumer: &str, event_id: Uuid) -> QueryResult<bool>
where
    C: Connection<Backend: Database>,
{
    let mut buffer = [0; Hyphenated::LENGTH];
    let event_id = hyphenated(event_id, &mut buffer);
    let inserted = <C::Backend as Database>::Dialect::insert_inbox(connection, consumer, event_id)?;
    Ok(inserted == 1)
}
