//! The state of a relay in the database.

use tokio_postgres::Row;
use tokio_postgres::types::Type;

use super::Postgres;
use super::link::Parameter;
use crate::store::{Status, StoreError};

impl Postgres {
    pub(super) async fn read_status(&self, name: &str) -> Result<Status, StoreError> {
        let statement = self
            .names(&self.chores)
            .await?
            .put_into(include_str!("status.sql"));
        let parameters: [Parameter<'_>; 1] = [(&name, Type::TEXT)];
        let found = self
            .chores
            .rows(&self.address, &statement, &parameters)
            .await?;
        let row = found
            .first()
            .ok_or_else(|| StoreError::unavailable("the database returned no status"))?;
        self.chores.checked(status(name, row))
    }
}

fn status(name: &str, row: &Row) -> Result<Status, tokio_postgres::Error> {
    let count = |column| -> Result<u64, tokio_postgres::Error> {
        Ok(u64::try_from(row.try_get::<_, i64>(column)?).unwrap_or(0))
    };
    Ok(Status {
        name: name.to_owned(),
        owner: row.try_get(0)?,
        epoch: row.try_get(1)?,
        low: row.try_get(2)?,
        high: row.try_get(3)?,
        open_holes: count(4)?,
        undelivered: count(5)?,
        oldest_seconds: row.try_get(6)?,
        parked_events: count(7)?,
        parked_keys: count(8)?,
    })
}
