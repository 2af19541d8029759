//! The tables: what creates them, and what refuses others.

use outbox_core::row;
use rusqlite::{Connection, OptionalExtension, TransactionBehavior};

use super::{Sqlite, sorted};
use crate::store::StoreError;

/// The relay's own tables.
const TABLES: [&str; 3] = ["outbox_relay", "outbox_parked", "outbox_opened"];

pub(super) fn migrate(connection: &mut Connection) -> Result<Vec<String>, StoreError> {
    let transaction = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(sorted)?;
    let mut changes = Vec::new();
    match Outbox::read(&transaction)? {
        None => {
            transaction
                .execute_batch(row::sqlite::CREATE_TABLE)
                .map_err(sorted)?;
            changes.push("created the table `outbox`".to_owned());
        }
        Some(outbox) => {
            outbox.check_kind()?;
            if !outbox.has("seq") {
                transaction
                    .execute_batch(row::sqlite::UPGRADE)
                    .map_err(sorted)?;
                changes.push("added the columns `seq` and `insertedat` to `outbox`".to_owned());
            }
        }
    }
    for table in TABLES {
        if kind(&transaction, table)?.is_none() {
            changes.push(format!("created the table `{table}`"));
        }
    }
    transaction
        .execute_batch(Sqlite::CREATE_TABLES)
        .map_err(sorted)?;
    transaction.commit().map_err(sorted)?;
    Ok(changes)
}

pub(super) fn check(connection: &Connection) -> Result<(), StoreError> {
    let outbox = Outbox::read(connection)?.ok_or_else(|| {
        StoreError::refused("there is no table `outbox`; run `outbox-relay migrate`, or name the service's database")
    })?;
    outbox.check_kind()?;
    for column in ["seq", "insertedat"] {
        if !outbox.has(column) {
            return Err(StoreError::refused(format!(
                "`outbox` has no column `{column}`, as older versions made it; run `outbox-relay migrate`"
            )));
        }
    }
    if !outbox.numbers_once {
        return Err(StoreError::refused(
            "the column `seq` of `outbox` is not INTEGER PRIMARY KEY AUTOINCREMENT, so SQLite can give a number twice; \
             create the table again as `row::sqlite::CREATE_TABLE` has it",
        ));
    }
    for table in TABLES {
        if kind(connection, table)?.is_none() {
            return Err(StoreError::refused(format!(
                "there is no table `{table}`; run `outbox-relay migrate`"
            )));
        }
    }
    Ok(())
}

/// The facts about the table `outbox` in the database.
struct Outbox {
    kind: String,
    columns: Vec<String>,
    /// SQLite never gives the number of a deleted row again.
    numbers_once: bool,
}

impl Outbox {
    fn read(connection: &Connection) -> Result<Option<Self>, StoreError> {
        let read = || {
            let schema = connection
                .query_row(
                    "SELECT type, sql FROM sqlite_schema WHERE name = 'outbox'",
                    [],
                    |row| Ok((row.get::<_, String>(0)?, row.get::<_, Option<String>>(1)?)),
                )
                .optional()?;
            let Some((kind, sql)) = schema else {
                return Ok(None);
            };
            let mut select =
                connection.prepare("SELECT name, pk FROM pragma_table_info('outbox')")?;
            let columns = select.query_map([], |row| {
                Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?))
            })?;
            let columns: Vec<_> = columns.collect::<Result<_, _>>()?;
            let is_key = columns.iter().any(|(name, key)| name == "seq" && *key == 1);
            // SQLite accepts the word only for an integer that is the primary key.
            let is_counted = sql
                .unwrap_or_default()
                .to_uppercase()
                .contains("AUTOINCREMENT");
            Ok(Some(Self {
                kind,
                columns: columns.into_iter().map(|(name, _)| name).collect(),
                numbers_once: is_key && is_counted,
            }))
        };
        read().map_err(sorted)
    }

    fn has(&self, column: &str) -> bool {
        self.columns.iter().any(|name| name == column)
    }

    fn check_kind(&self) -> Result<(), StoreError> {
        if self.kind != "table" {
            return Err(StoreError::refused(format!(
                "`outbox` is a {}; the relay needs the table itself",
                self.kind
            )));
        }
        match row::COLUMNS.iter().find(|column| !self.has(column)) {
            None => Ok(()),
            Some(column) => Err(StoreError::refused(format!(
                "`outbox` has no column `{column}`; it is not the outbox of outbox-core, so name another database"
            ))),
        }
    }
}

fn kind(connection: &Connection, name: &str) -> Result<Option<String>, StoreError> {
    let select = "SELECT type FROM sqlite_schema WHERE name = ?1";
    connection
        .query_row(select, [name], |row| row.get(0))
        .optional()
        .map_err(sorted)
}
