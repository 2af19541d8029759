//! The ids of the events that a consumer has handled, in [`CREATE_INBOX`](crate::row::postgres::CREATE_INBOX).

use tokio_postgres::{Error, GenericClient};
use uuid::Uuid;

use super::parameters::of_inbox;
use crate::row::postgres;

/// Records that the consumer handles the event, and returns true the first time.
///
/// Call it first in the transaction in which the event is handled, and handle the event only if it returns true. A
/// broker delivers an event at least once; the record makes its effect happen once. If the handler rolls back, the
/// record goes too, and the event can be handled when it is delivered again. If another transaction is handling the
/// event for this consumer, the call waits until that transaction ends.
///
/// ```
/// # async fn handle(
/// #     client: &mut tokio_postgres::Client, event_id: uuid::Uuid,
/// # ) -> Result<(), tokio_postgres::Error> {
/// let transaction = client.transaction().await?;
/// if outbox_core::tokio_postgres::inbox::once(&transaction, "billing", event_id).await? {
///     // .. handle the event ..
/// }
/// transaction.commit().await?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// Returns the client's error. Roll the transaction back.
pub async fn once(
    client: &impl GenericClient,
    consumer: &str,
    event_id: Uuid,
) -> Result<bool, Error> {
    let parameters = of_inbox(&consumer, &event_id);
    let inserted = client.execute_typed(postgres::INSERT_INBOX, &parameters);
    Ok(inserted.await? == 1)
}
