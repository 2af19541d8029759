//! The ids of the events that a consumer has handled, in
//! [`CREATE_INBOX`](crate::row::postgres::CREATE_INBOX).

use sqlx_core_0_8::error::Error;
use sqlx_postgres_0_8::PgExecutor;
use uuid::Uuid;

use super::postgres;

/// Records that the consumer handles the event, and returns true the first time.
///
/// Call it first in the transaction in which the event is handled, and handle the event only if it returns true. A
/// broker delivers an event at least once; the record makes its effect happen once. If the handler rolls back, the
/// record goes too, and the event can be handled when it is delivered again. A second handler of the same event waits
/// until the first one has ended.
///
/// # Errors
///
/// Returns the client's error. Roll the transaction back.
pub async fn once<'c>(
    executor: impl PgExecutor<'c>,
    consumer: &str,
    event_id: Uuid,
) -> Result<bool, Error> {
    let result = postgres::note(consumer, event_id).execute(executor).await?;
    Ok(result.rows_affected() == 1)
}
