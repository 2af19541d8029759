//! The parked rows, as an operator sees and opens them.

use tokio_postgres::types::Type;
use tokio_postgres::{Error, Row};

use super::link::Parameter;
use super::{Postgres, error};
use crate::store::{
    Content, How, Opened, Park, ParkedFilter, ParkedHead, ParkedRow, StoreError, Why,
};

const OPENED: &str =
    "SELECT number, key FROM {opened} WHERE name = $1 AND number > $2 ORDER BY number LIMIT $3";

const CONTENTS: &str =
    "SELECT type, topic, count(*) FROM {outbox} GROUP BY type, topic ORDER BY type, topic";

/// Openings have their numbers one after the other, and no save of the owner runs meanwhile.
const LOCK: &str = "SELECT FROM {relay} WHERE name = $1 FOR UPDATE";

impl Postgres {
    pub(super) async fn read_opened(
        &self,
        name: &str,
        after: i64,
        limit: usize,
    ) -> Result<Vec<Opened>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let parameters: [Parameter<'_>; 3] = [
            (&name, Type::TEXT),
            (&after, Type::INT8),
            (&limit, Type::INT8),
        ];
        let opened = |row: &Row| {
            Ok(Opened {
                number: row.try_get(0)?,
                key: row.try_get(1)?,
            })
        };
        self.look(OPENED, &parameters, opened).await
    }

    pub(super) async fn read_heads(
        &self,
        name: &str,
        filter: &ParkedFilter,
    ) -> Result<Vec<ParkedHead>, StoreError> {
        let parameters: [Parameter<'_>; 3] = [
            (&name, Type::TEXT),
            (&filter.key, Type::TEXT),
            (&filter.seq, Type::INT8),
        ];
        let head = |row: &Row| {
            Ok(ParkedHead {
                row: parked_row(row)?,
                rows: u64::try_from(row.try_get::<_, i64>(6)?).unwrap_or_default(),
            })
        };
        self.look(include_str!("heads.sql"), &parameters, head)
            .await
    }

    pub(super) async fn read_parked_rows(
        &self,
        name: &str,
        filter: &ParkedFilter,
        after: i64,
        limit: usize,
    ) -> Result<Vec<ParkedRow>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let parameters: [Parameter<'_>; 5] = [
            (&name, Type::TEXT),
            (&filter.key, Type::TEXT),
            (&filter.seq, Type::INT8),
            (&after, Type::INT8),
            (&limit, Type::INT8),
        ];
        self.look(include_str!("parked_rows.sql"), &parameters, parked_row)
            .await
    }

    pub(super) async fn read_contents(&self) -> Result<Vec<Content>, StoreError> {
        let content = |row: &Row| {
            Ok(Content {
                event_type: row.try_get(0)?,
                topic: row.try_get(1)?,
                rows: u64::try_from(row.try_get::<_, i64>(2)?).unwrap_or_default(),
            })
        };
        self.look(CONTENTS, &[], content).await
    }

    /// Runs a statement that changes nothing.
    async fn look<T>(
        &self,
        statement: &str,
        parameters: &[Parameter<'_>],
        read: impl Fn(&Row) -> Result<T, Error>,
    ) -> Result<Vec<T>, StoreError> {
        let statement = self.names(&self.chores).await?.put_into(statement);
        let rows = self
            .chores
            .rows(&self.address, &statement, parameters)
            .await?;
        self.chores.checked(rows.iter().map(read).collect())
    }

    /// Opens keys on a connection of its own: it takes a transaction of two statements.
    pub(super) async fn change_rejected(
        &self,
        name: &str,
        seqs: &[i64],
        how: How,
    ) -> Result<Vec<i64>, StoreError> {
        let names = self.names(&self.chores).await?;
        let open = names.put_into(match how {
            How::Retry => include_str!("retry.sql"),
            How::Skip => include_str!("skip.sql"),
        });
        let mut client = self.address.connect().await?;
        let run = async {
            let transaction = client.transaction().await?;
            let name: Parameter<'_> = (&name, Type::TEXT);
            let lock = names.put_into(LOCK);
            transaction
                .query_typed(&lock, std::slice::from_ref(&name))
                .await?;
            let parameters = [name, (&seqs, Type::INT8_ARRAY)];
            let opened = transaction.query_typed(&open, &parameters).await?;
            transaction.commit().await?;
            opened
                .iter()
                .map(|row| row.try_get(0))
                .collect::<Result<Vec<_>, _>>()
        };
        run.await.map_err(|error: Error| error::sorted(&error))
    }
}

fn parked_row(row: &Row) -> Result<ParkedRow, Error> {
    Ok(ParkedRow {
        park: Park {
            seq: row.try_get(0)?,
            key: row.try_get(1)?,
            why: Why::of_word(row.try_get(2)?),
            attempts: u32::try_from(row.try_get::<_, i32>(3)?).unwrap_or_default(),
            error: row.try_get(4)?,
        },
        since: row.try_get(5)?,
    })
}
