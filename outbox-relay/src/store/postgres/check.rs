//! Refuses what would break the guarantee.

use outbox_core::row::COLUMNS;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Error};

use super::address::Address;
use super::facts::{Facts, Outbox};
use super::link::Link;
use super::names::{Names, quoted};
use super::partitions;
use super::rights::{Lack, Task};
use crate::store::StoreError;

pub(super) async fn check(address: &Address, link: &Link) -> Result<(), StoreError> {
    let client = link.client(address).await?;
    let facts = link.checked(Facts::read(&*client, address).await)?;
    facts.check_server()?;
    let names = facts.names(address)?;
    let outbox = facts.outbox.as_ref().ok_or_else(|| {
        let place = match &address.schema {
            Some(schema) => format!("the schema `{schema}`"),
            None => format!("the schemas of the search path ({})", facts.search_path),
        };
        missing(&address.table, &place)
    })?;
    Facts::check_kind(outbox, &names)?;
    check_columns(outbox, &names)?;
    let sequence = Sequence::read(&client, &names).await;
    check_sequence(link.checked(sequence)?, &names)?;
    let lack = Lack::find(&client, &names, Task::Deliver).await;
    if let Some(lack) = link.checked(lack)? {
        return Err(lack.refusal(&facts.role));
    }
    partitions::check(address, link, &names, &facts.role).await?;
    check_rows_shown(outbox, &facts, &names)
}

/// Makes the error for an outbox that is not there.
pub(super) fn missing(table: &str, place: &str) -> StoreError {
    StoreError::refused(format!(
        "there is no table `{table}` in {place}; run `outbox-relay migrate`, or name the outbox with `schema=` and \
         `table=` in the address"
    ))
}

fn check_columns(outbox: &Outbox, names: &Names) -> Result<(), StoreError> {
    let table = &names.shown;
    let missing: Vec<_> = COLUMNS
        .iter()
        .filter(|column| outbox.column(column).is_none())
        .map(|column| format!("`{column}`"))
        .collect();
    if !missing.is_empty() {
        return Err(StoreError::refused(format!(
            "`{table}` has no column {}; it is not the outbox of outbox-core, so name another table with `table=` in \
             the address",
            missing.join(", ")
        )));
    }
    if outbox.column("seq").is_none() {
        return Err(StoreError::refused(format!(
            "`{table}` has no column `seq`, as older versions made it; run `outbox-relay migrate`"
        )));
    }
    let types = [
        ("seq", "bigint", "bigint"),
        ("insertedat", "timestamp with time zone", "timestamptz"),
        ("id", "uuid", "uuid"),
        ("time", "timestamp with time zone", "timestamptz"),
        ("correlationid", "uuid", "uuid"),
        ("causationid", "uuid", "uuid"),
    ];
    for (column, kind, short) in types {
        match outbox.column(column) {
            Some(found) if found == kind => {}
            Some(found) => {
                return Err(StoreError::refused(format!(
                    "the column `{column}` of `{table}` has the type {found}; ALTER TABLE {} ALTER COLUMN {column} \
                     TYPE {short}",
                    names.outbox
                )));
            }
            None => {
                return Err(StoreError::refused(format!(
                    "`{table}` has no column `{column}`; ALTER TABLE {} ADD COLUMN {column} {short} NOT NULL \
                     DEFAULT clock_timestamp()",
                    names.outbox
                )));
            }
        }
    }
    if outbox.has_index {
        return Ok(());
    }
    Err(StoreError::refused(format!(
        "no index of `{table}` begins with `seq`; ALTER TABLE {} ADD PRIMARY KEY (seq)",
        names.outbox
    )))
}

/// The sequence that numbers the rows.
struct Sequence {
    name: String,
    cache: i64,
    increment: i64,
    cycles: bool,
    min: i64,
    /// `true` for a column that is `GENERATED AS IDENTITY`.
    is_identity: bool,
}

impl Sequence {
    async fn read(client: &Client, names: &Names) -> Result<Option<Self>, Error> {
        let parameters = [(&names.outbox as _, Type::TEXT)];
        let row = client
            .query_typed_opt(include_str!("sequence.sql"), &parameters)
            .await?;
        let read = |row: tokio_postgres::Row| {
            Ok(Self {
                name: row.try_get(0)?,
                cache: row.try_get(1)?,
                increment: row.try_get(2)?,
                cycles: row.try_get(3)?,
                min: row.try_get(4)?,
                is_identity: !row.try_get::<_, String>(5)?.is_empty(),
            })
        };
        row.map(read).transpose()
    }

    /// Writes the statement that changes the sequence.
    fn alter(&self, names: &Names, change: &str) -> String {
        if self.is_identity {
            format!("ALTER TABLE {} ALTER COLUMN seq SET {change}", names.outbox)
        } else {
            format!("ALTER SEQUENCE {} {change}", self.name)
        }
    }
}

fn check_sequence(sequence: Option<Sequence>, names: &Names) -> Result<(), StoreError> {
    let table = &names.shown;
    let Some(sequence) = sequence else {
        return Err(StoreError::refused(format!(
            "no sequence belongs to the column `seq` of `{table}`; ALTER TABLE {} ALTER COLUMN seq ADD GENERATED \
             ALWAYS AS IDENTITY, and set its start above the highest `seq`",
            names.outbox
        )));
    };
    let name = &sequence.name;
    if sequence.cache > 1 {
        return Err(StoreError::refused(format!(
            "the sequence `{name}` has CACHE {}, so sessions number their rows out of order; {}, then reconnect the \
             services that write to `{table}`",
            sequence.cache,
            sequence.alter(names, "CACHE 1")
        )));
    }
    if sequence.increment < 1 {
        return Err(StoreError::refused(format!(
            "the sequence `{name}` counts down; {}",
            sequence.alter(names, "INCREMENT BY 1")
        )));
    }
    if sequence.cycles {
        return Err(StoreError::refused(format!(
            "the sequence `{name}` starts again after its last number; {}",
            sequence.alter(names, "NO CYCLE")
        )));
    }
    if sequence.min < 1 {
        return Err(StoreError::refused(format!(
            "the sequence `{name}` has numbers below 1, where the relay does not look; {}",
            sequence.alter(names, "MINVALUE 1")
        )));
    }
    Ok(())
}

fn check_rows_shown(outbox: &Outbox, facts: &Facts, names: &Names) -> Result<(), StoreError> {
    if !outbox.hides_rows {
        return Ok(());
    }
    let role = &facts.role;
    Err(StoreError::refused(format!(
        "row-level security of `{}` can hide rows from the role `{role}`; ALTER ROLE {} BYPASSRLS",
        names.shown,
        quoted(role)
    )))
}
