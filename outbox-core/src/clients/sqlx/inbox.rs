//! The ids of the events that a consumer has handled, in the table of
//! [`postgres::CREATE_INBOX`](crate::row::postgres::CREATE_INBOX) or
//! [`sqlite::CREATE_INBOX`](crate::row::sqlite::CREATE_INBOX).

use sqlx::{Error, Executor};
use uuid::Uuid;

use super::Database;

/// Records that the consumer handles the event, and returns true the first time.
///
/// Call it first in the transaction in which the event is handled, and handle the event only if it returns true. A
/// broker delivers an event at least once; the record makes its effect happen once. If the handler rolls back, the
/// record goes too, and the event can be handled when it is delivered again. In PostgreSQL, a second handler of the same
/// event waits until the first one has ended.
///
/// ```no_run
/// # async fn run(pool: sqlx::PgPool, event_id: uuid::Uuid) -> Result<(), sqlx::Error> {
/// let mut transaction = pool.begin().await?;
/// if outbox_core::sqlx::inbox::once(&mut *transaction, "billing", event_id).await? {
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
pub async fn once<'c, DB: Database>(
    executor: impl Executor<'c, Database = DB>,
    consumer: &str,
    event_id: Uuid,
) -> Result<bool, Error> {
    let result = DB::note(consumer, event_id).execute(executor).await?;
    Ok(DB::inserted(&result) == 1)
}
