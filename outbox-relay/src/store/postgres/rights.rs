//! The rights of the role, and the grant for one that is missing.

use tokio_postgres::types::Type;
use tokio_postgres::{Client, Error};

use super::Postgres;
use super::facts::Facts;
use super::names::{Names, quoted};
use crate::store::StoreError;

/// A task of a role, which needs rights on the tables.
#[derive(Debug, Clone, Copy)]
pub(super) enum Task {
    /// It delivers events, as the relay does.
    Deliver,
    /// It shows the state of a relay, and parked events.
    Look,
    /// It retries and skips parked events.
    Operate,
}

impl Task {
    /// Returns the rights that the task needs, by table.
    fn rights(self, names: &Names) -> Vec<(&str, &'static str)> {
        let Names {
            outbox,
            relay,
            parked,
            opened,
            ..
        } = names;
        match self {
            Self::Deliver => vec![
                (outbox, "SELECT, DELETE"),
                (relay, "SELECT, INSERT, UPDATE"),
                (parked, "SELECT, INSERT, UPDATE, DELETE"),
                (opened, "SELECT"),
            ],
            Self::Look => vec![(outbox, "SELECT"), (relay, "SELECT"), (parked, "SELECT")],
            Self::Operate => vec![
                (outbox, "SELECT"),
                (relay, "SELECT, UPDATE"),
                (parked, "SELECT, UPDATE, DELETE"),
                (opened, "SELECT, INSERT, DELETE"),
            ],
        }
    }
}

/// A right that the role lacks.
pub(super) struct Lack {
    table: String,
    /// `None` if there is no such table.
    rights: Option<String>,
}

impl Lack {
    /// Finds the first table that is missing, or of which a right is.
    pub(super) async fn find(
        client: &Client,
        names: &Names,
        task: Task,
    ) -> Result<Option<Self>, Error> {
        for (table, rights) in task.rights(names) {
            let parameters = [(&table as _, Type::TEXT), (&rights as _, Type::TEXT)];
            let row = client
                .query_typed_one(include_str!("rights.sql"), &parameters)
                .await?;
            let is_there: bool = row.try_get(0)?;
            let rights: Option<String> = row.try_get(1)?;
            if !is_there || rights.is_some() {
                let table = table.to_owned();
                return Ok(Some(Self { table, rights }));
            }
        }
        Ok(None)
    }

    /// Makes the error for a role.
    pub(super) fn refusal(&self, role: &str) -> StoreError {
        let table = &self.table;
        StoreError::refused(match &self.rights {
            None => format!("there is no table {table}; run `outbox-relay migrate`"),
            Some(rights) => format!(
                "the role `{role}` lacks a right on {table}; GRANT {rights} ON {table} TO {}",
                quoted(role)
            ),
        })
    }
}

impl Postgres {
    /// Names the missing grant, if that is why the database has refused a task.
    pub(super) async fn explained<T>(
        &self,
        result: Result<T, StoreError>,
        task: Task,
    ) -> Result<T, StoreError> {
        match result {
            Err(refused @ StoreError::Refused(_)) => {
                let lack = self.lack(task).await;
                Err(lack.unwrap_or(refused))
            }
            result => result,
        }
    }

    /// Returns the error for the first right that is missing for a task. `None` if none is, or nothing can be known.
    async fn lack(&self, task: Task) -> Option<StoreError> {
        let client = self.chores.client(&self.address).await.ok()?;
        let facts = Facts::read(&*client, &self.address).await.ok()?;
        facts.outbox.as_ref()?;
        let names = match facts.names(&self.address) {
            Ok(names) => names,
            Err(refusal) => return Some(refusal),
        };
        let lack = Lack::find(&client, &names, task).await.ok()??;
        Some(lack.refusal(&facts.role))
    }
}
