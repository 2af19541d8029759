//! The ids of the events that a consumer has handled, in the table of
//! [`postgres::CREATE_INBOX`](crate::row::postgres::CREATE_INBOX) or
//! [`sqlite::CREATE_INBOX`](crate::row::sqlite::CREATE_INBOX).

use sea_orm::{ConnectionTrait, DbErr};
use uuid::Uuid;

use super::statement;

/// Records that the consumer handles the event, and returns true the first time.
///
/// Call it first in the transaction in which the event is handled, and handle the event only if it returns true. A
/// broker delivers an event at least once; the record makes its effect happen once. If the handler rolls back, the
/// record goes too, and the event can be handled when it is delivered again. If another transaction is handling the
/// event, PostgreSQL waits until that transaction ends.
///
/// ```
/// # use sea_orm::{DatabaseConnection, DbErr, TransactionTrait};
/// # async fn handle(connection: &DatabaseConnection, event_id: uuid::Uuid) -> Result<(), DbErr> {
/// let transaction = connection.begin().await?;
/// if outbox_core::sea_orm::inbox::once(&transaction, "billing", event_id).await? {
///     // .. handle the event ..
/// }
/// transaction.commit().await
/// # }
/// ```
///
/// # Errors
///
/// Returns the client's error. Roll the transaction back.
pub async fn once(
    connection: &impl ConnectionTrait,
    consumer: &str,
    event_id: Uuid,
) -> Result<bool, DbErr> {
    let backend = connection.get_database_backend();
    let statement = statement::insert_inbox(backend, consumer, event_id)?;
    let inserted = connection.execute_raw(statement).await?;
    Ok(inserted.rows_affected() == 1)
}
