//! A connection that is opened when it is needed, and again after it was lost.

use std::sync::Arc;

use futures_util::TryStreamExt;
use tokio::sync::Mutex;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Row, RowStream};

use super::address::Address;
use super::error;
use crate::store::StoreError;

/// A parameter of a statement, and its type.
pub(super) type Parameter<'a> = (&'a (dyn ToSql + Sync), Type);

/// A connection.
///
/// Each statement is its own transaction and is not prepared, so it works in any session that a pooler gives it. A
/// lost connection is always reported, by the statement that was running or else by the next one: after a crash the
/// server may have forgotten transactions that it has shown (`synchronous_commit = off`), and the relay must look
/// again at what it has not saved.
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
        let rows = self.stream(address, statement, parameters).await?;
        self.checked(rows.try_collect().await).await
    }

    /// Runs a statement, and returns its rows as they come.
    pub(super) async fn stream(
        &self,
        address: &Address,
        statement: &str,
        parameters: &[Parameter<'_>],
    ) -> Result<RowStream, StoreError> {
        let client = self.client(address).await?;
        let parameters = parameters
            .iter()
            .map(|(value, kind)| (*value, kind.clone()));
        self.checked(client.query_typed_raw(statement, parameters).await)
            .await
    }

    /// Sorts an error. A connection with a passing error is not used again: the next one may reach a server that has
    /// none.
    pub(super) async fn checked<T>(
        &self,
        result: Result<T, tokio_postgres::Error>,
    ) -> Result<T, StoreError> {
        let result = result.map_err(|error| error::sorted(&error));
        if let Err(StoreError::Unavailable(_)) = result {
            *self.client.lock().await = None;
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
}
