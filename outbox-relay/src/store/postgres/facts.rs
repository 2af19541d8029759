//! The facts about an outbox in the database.

use tokio_postgres::types::Type;
use tokio_postgres::{Error, GenericClient};

use super::address::Address;
use super::names::{Names, quoted};
use crate::store::StoreError;

/// The session, and the outbox that the address names.
pub(super) struct Facts {
    pub(super) server_version: i32,
    pub(super) is_standby: bool,
    pub(super) is_read_only: bool,
    pub(super) role: String,
    /// The schema that the address names, or that has the outbox, or that new tables are made in.
    pub(super) schema: Option<String>,
    pub(super) search_path: String,
    /// `None` if there is no such schema.
    pub(super) has_usage: Option<bool>,
    pub(super) outbox: Option<Outbox>,
}

/// The relation that has the name of the outbox.
pub(super) struct Outbox {
    /// `relkind` of `pg_class`.
    pub(super) kind: String,
    /// `relpersistence` of `pg_class`.
    pub(super) persistence: String,
    pub(super) hides_rows: bool,
    /// The names of the columns, each with its type.
    columns: Vec<String>,
    pub(super) has_index: bool,
}

impl Outbox {
    /// Returns the type of a column, if there is one.
    pub(super) fn column(&self, name: &str) -> Option<&str> {
        let columns = self
            .columns
            .iter()
            .filter_map(|column| column.split_once(' '));
        columns
            .into_iter()
            .find_map(|(found, kind)| (found == name).then_some(kind))
    }
}

impl Facts {
    pub(super) async fn read(
        client: &impl GenericClient,
        address: &Address,
    ) -> Result<Self, Error> {
        let parameters = [
            (&address.schema as _, Type::TEXT),
            (&address.table as _, Type::TEXT),
        ];
        let row = client
            .query_typed_one(include_str!("facts.sql"), &parameters)
            .await?;
        let outbox = match row.try_get(7)? {
            Some(kind) => Some(Outbox {
                kind,
                persistence: row.try_get(8)?,
                hides_rows: row.try_get(9)?,
                columns: row.try_get::<_, Option<_>>(10)?.unwrap_or_default(),
                has_index: row.try_get(11)?,
            }),
            None => None,
        };
        Ok(Self {
            server_version: row.try_get(0)?,
            is_standby: row.try_get(1)?,
            is_read_only: row.try_get(2)?,
            role: row.try_get(3)?,
            schema: row.try_get(4)?,
            search_path: row.try_get(5)?,
            has_usage: row.try_get(6)?,
            outbox,
        })
    }

    /// Returns the names of the tables, if their schema is there and the role may use it.
    pub(super) fn names(&self, address: &Address) -> Result<Names, StoreError> {
        let Some(schema) = &self.schema else {
            return Err(StoreError::refused(
                "no schema of the `search_path` exists; create one, or name one with `schema=` in the address",
            ));
        };
        match self.has_usage {
            None => Err(StoreError::refused(format!(
                "the schema `{schema}` does not exist; create it, or correct `schema=` in the address"
            ))),
            Some(false) => Err(StoreError::refused(format!(
                "the role `{}` must not use the schema `{schema}`; GRANT USAGE ON SCHEMA {} TO {}",
                self.role,
                quoted(schema),
                quoted(&self.role)
            ))),
            Some(true) => Ok(Names::new(schema, &address.table)),
        }
    }

    /// Refuses a server on which the relay cannot write, or that is too old.
    pub(super) fn check_server(&self) -> Result<(), StoreError> {
        if self.server_version < 12_00_00 {
            return Err(StoreError::refused(format!(
                "PostgreSQL {} is too old; the relay needs version 12 or newer",
                self.server_version / 1_00_00
            )));
        }
        if self.is_standby {
            return Err(StoreError::refused(
                "the server is a standby, where nothing can be written; connect to the primary, such as with \
                 several hosts and `target_session_attrs=read-write` in the address",
            ));
        }
        if self.is_read_only {
            return Err(StoreError::refused(format!(
                "the sessions of the role `{}` are read-only; ALTER ROLE {} SET default_transaction_read_only = off",
                self.role,
                quoted(&self.role)
            )));
        }
        Ok(())
    }

    /// Refuses an outbox that is not an ordinary or partitioned table whose rows survive a crash.
    pub(super) fn check_kind(outbox: &Outbox, names: &Names) -> Result<(), StoreError> {
        let table = &names.shown;
        let kind = match outbox.kind.as_str() {
            "r" | "p" => {
                return match outbox.persistence.as_str() {
                    "p" => Ok(()),
                    "u" => Err(StoreError::refused(format!(
                        "`{table}` is unlogged, so a crash of the server empties it; ALTER TABLE {} SET LOGGED",
                        names.outbox
                    ))),
                    _ => Err(StoreError::refused(format!(
                        "`{table}` is a temporary table of one session; drop it and run `outbox-relay migrate`"
                    ))),
                };
            }
            "v" => "a view",
            "m" => "a materialized view",
            _ => "a foreign table",
        };
        Err(StoreError::refused(format!(
            "`{table}` is {kind}, and the locks of the writers are those of a table; name the table with `schema=` \
             and `table=` in the address"
        )))
    }
}
