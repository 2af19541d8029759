//! The ids of the events that a consumer has handled, in [`CREATE_INBOX`](crate::row::postgres::CREATE_INBOX).

use postgres::{Error, GenericClient};
use uuid::Uuid;

use crate::clients::tokio_postgres::parameters::of_inbox;
use crate::row::postgres as sql;

/// Records that the consumer handles the event, and returns true the first time.
///
/// It works as [`tokio_postgres::inbox::once`](crate::tokio_postgres::inbox::once) does:
///
/// ```
/// # fn handle(client: &mut postgres::Client, event_id: uuid::Uuid) -> Result<(), postgres::Error> {
/// let mut transaction = client.transaction()?;
/// if outbox_core::postgres::inbox::once(&mut transaction, "billing", event_id)? {
///     // .. handle the event ..
/// }
/// transaction.commit()?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// Returns the client's error. Roll the transaction back.
pub fn once(
    client: &mut impl GenericClient,
    consumer: &str,
    event_id: Uuid,
) -> Result<bool, Error> {
    let inserted = client.execute_typed(sql::INSERT_INBOX, &of_inbox(&consumer, &event_id))?;
    Ok(inserted == 1)
}
