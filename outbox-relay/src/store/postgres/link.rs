//! A connection that is opened when it is needed, and again after it was lost.

use std::pin::{Pin, pin};
use std::sync::Arc;

use futures_util::{FutureExt, TryStreamExt};
use tokio::sync::Mutex;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Error, Row, RowStream};

use super::address::Address;
use super::error;
use crate::store::StoreError;

/// A parameter of a statement, and its type.
pub(super) type Parameter<'a> = (&'a (dyn ToSql + Sync), Type);

/// Begins a transaction that takes rows by index alone. Without statistics, which a table has some time after it was
/// filled, the planner would read and sort every row to return the first thousand.
const BEGIN_SCAN: &str = "BEGIN; SELECT set_config('enable_seqscan', 'off', true), \
     set_config('enable_bitmapscan', 'off', true), set_config('jit', 'off', true)";

/// A connection.
///
/// Each statement has its own transaction and is not prepared, so it works in any session that a pooler gives it. A
/// lost connection is always reported, by the statement that was running or else by the next one.
#[derive(Default)]
pub(super) struct Link {
    client: Mutex<Option<Arc<Client>>>,
}

impl Link {
    /// Runs a statement, and returns its rows.
    pub(super) async fn rows(
        &self,
        address: &Address,
        statement: &str,
        parameters: &[Parameter<'_>],
    ) -> Result<Vec<Row>, StoreError> {
        let running = Running(Some(self));
        let client = self.client(address).await?;
        let stream = client.query_typed_raw(statement, typed(parameters)).await;
        let stream = Box::pin(self.checked(stream)?);
        let rows = Rows {
            stream,
            commit: None,
            running,
        };
        rows.all().await
    }

    /// Runs a statement that takes rows by index, and returns them as they come.
    pub(super) async fn scan(
        &self,
        address: &Address,
        statement: &str,
        parameters: &[Parameter<'_>],
    ) -> Result<Rows<'_>, StoreError> {
        let running = Running(Some(self));
        let client = self.client(address).await?;
        let mut begin = pin!(client.batch_execute(BEGIN_SCAN));
        let mut query = pin!(client.query_typed_raw(statement, typed(parameters)));
        let committing = Arc::clone(&client);
        let mut commit: Commit = Box::pin(async move { committing.batch_execute("COMMIT").await });
        // All three are sent at once. So nothing comes between them, and no transaction stays open if this future is
        // dropped.
        let started = begin.as_mut().now_or_never();
        let found = query.as_mut().now_or_never();
        let committed = commit.as_mut().now_or_never();
        self.checked(finished(started, begin).await)?;
        let stream = self.checked(finished(found, query).await)?;
        Ok(Rows {
            stream: Box::pin(stream),
            commit: committed.is_none().then_some(commit),
            running,
        })
    }

    /// Sorts an error. A connection with a passing error is not used again: the next one may reach a server that has
    /// none.
    pub(super) fn checked<T>(&self, result: Result<T, Error>) -> Result<T, StoreError> {
        let result = result.map_err(|error| error::sorted(&error));
        if let Err(StoreError::Unavailable(_)) = result {
            self.forget();
        }
        result
    }

    pub(super) async fn client(&self, address: &Address) -> Result<Arc<Client>, StoreError> {
        let mut slot = self.client.lock().await;
        let client = match slot.take() {
            Some(client) if client.is_closed() => {
                return Err(StoreError::unavailable("the connection was lost"));
            }
            Some(client) => client,
            None => Arc::new(address.connect().await?),
        };
        *slot = Some(Arc::clone(&client));
        Ok(client)
    }

    fn forget(&self) {
        // Whoever holds the lock is replacing the connection.
        if let Ok(mut slot) = self.client.try_lock() {
            *slot = None;
        }
    }
}

type Commit = Pin<Box<dyn Future<Output = Result<(), Error>> + Send>>;

/// A statement that runs. If its future is dropped, the statement may wait for a lock or for a server that does not
/// answer, and the next one would wait behind it, so the connection is not used again.
struct Running<'a>(Option<&'a Link>);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        if let Some(link) = self.0 {
            link.forget();
        }
    }
}

/// The rows of a statement.
pub(super) struct Rows<'a> {
    stream: Pin<Box<RowStream>>,
    /// The end of the transaction, if the statement does not end it.
    commit: Option<Commit>,
    running: Running<'a>,
}

impl Rows<'_> {
    pub(super) async fn all(mut self) -> Result<Vec<Row>, StoreError> {
        let mut all = Vec::new();
        while let Some(row) = self.next().await? {
            all.push(row);
        }
        Ok(all)
    }

    pub(super) async fn next(&mut self) -> Result<Option<Row>, StoreError> {
        let next = match self.stream.try_next().await {
            Ok(None) => self.commit().await.map(|()| None),
            next => next,
        };
        let next = next.map_err(|error| error::sorted(&error));
        if let Ok(None) | Err(StoreError::Refused(_)) = next {
            self.leave();
        }
        next
    }

    async fn commit(&mut self) -> Result<(), Error> {
        match self.commit.take() {
            Some(commit) => commit.await,
            None => Ok(()),
        }
    }

    /// Leaves the rest of the rows to the connection, which discards them.
    pub(super) fn leave(&mut self) {
        self.running.0 = None;
    }
}

fn typed<'a>(
    parameters: &'a [Parameter<'a>],
) -> impl Iterator<Item = (&'a (dyn ToSql + Sync), Type)> {
    parameters
        .iter()
        .map(|(value, kind)| (*value, kind.clone()))
}

/// Waits for a future that was polled once.
async fn finished<F: Future + Unpin>(output: Option<F::Output>, future: F) -> F::Output {
    match output {
        Some(output) => output,
        None => future.await,
    }
}
