//! An outbox that is partitioned by range of `seq`: it is cleaned by dropping partitions.

use std::time::Duration;

use tokio_postgres::types::Type;

use super::address::Address;
use super::link::Link;
use super::names::{Names, quoted};
use super::{Postgres, seconds};
use crate::store::StoreError;

/// The partitioned outbox, as `CREATE_PARTITIONED_TABLE` of `outbox-core` makes it.
struct Partitions {
    /// The default partition, as a statement names it.
    default: Option<String>,
    has_functions: bool,
    /// The functions that the role must not execute.
    forbidden: Option<String>,
}

impl Partitions {
    /// Reads them. `None` if the outbox is not partitioned, or not by range of `seq`.
    async fn read(
        address: &Address,
        link: &Link,
        names: &Names,
    ) -> Result<Option<Self>, StoreError> {
        let functions = [
            format!("{}()", names.partitions),
            format!("{}(int,bigint)", names.add_partitions),
            format!("{}(bigint)", names.drop_partition),
        ]
        .to_vec();
        let parameters = [
            (&names.outbox as _, Type::TEXT),
            (&functions as _, Type::TEXT_ARRAY),
        ];
        let rows = link
            .rows(address, include_str!("partitions.sql"), &parameters)
            .await?;
        let read = |row: &tokio_postgres::Row| {
            Ok(Self {
                default: row.try_get(0)?,
                has_functions: row.try_get(1)?,
                forbidden: row.try_get(2)?,
            })
        };
        link.checked(rows.first().map(read).transpose())
    }
}

/// Refuses a partitioned outbox that an insert can fail on, or that the relay cannot maintain. Adds the partitions that
/// new rows need: they can run out while no relay runs.
pub(super) async fn check(
    address: &Address,
    link: &Link,
    names: &Names,
    role: &str,
) -> Result<(), StoreError> {
    let Some(partitions) = Partitions::read(address, link, names).await? else {
        return Ok(());
    };
    let (table, outbox) = (&names.shown, &names.outbox);
    let Some(default) = partitions.default else {
        return Err(StoreError::refused(format!(
            "`{table}` has no default partition, so inserts fail where there is no other; CREATE TABLE {} PARTITION \
             OF {outbox} DEFAULT",
            names.default_partition
        )));
    };
    if !partitions.has_functions {
        return Err(StoreError::refused(format!(
            "the functions are missing that add and drop partitions of `{table}`; run CREATE_PARTITIONED_TABLE of \
             outbox-core again, which creates them"
        )));
    }
    if let Some(functions) = partitions.forbidden {
        return Err(StoreError::refused(format!(
            "the role `{role}` must not maintain the partitions of `{table}`; GRANT EXECUTE ON FUNCTION {functions} \
             TO {}",
            quoted(role)
        )));
    }
    check_rights(address, link, &default, role).await?;
    add(address, link, names).await?;
    let unused = format!("SELECT 1 FROM {}() WHERE is_unused", names.partitions);
    if link.rows(address, &unused, &[]).await?.is_empty() {
        return Err(StoreError::refused(format!(
            "no partition of `{table}` is left for new rows, and {default} was locked when the relay tried to add one; \
             end the transactions that use {default}, then SELECT {}()",
            names.add_partitions
        )));
    }
    Ok(())
}

/// Refuses a role that must not delete rows of the default partition.
async fn check_rights(
    address: &Address,
    link: &Link,
    default: &str,
    role: &str,
) -> Result<(), StoreError> {
    let parameters = [
        (&default as _, Type::TEXT),
        (&"SELECT, DELETE" as _, Type::TEXT),
    ];
    let rows = link
        .rows(address, include_str!("rights.sql"), &parameters)
        .await?;
    let missing: Option<Option<String>> =
        link.checked(rows.first().map(|row| row.try_get(1)).transpose())?;
    match missing.flatten() {
        None => Ok(()),
        Some(rights) => Err(StoreError::refused(format!(
            "the role `{role}` lacks a right on {default}; GRANT {rights} ON {default} TO {}",
            quoted(role)
        ))),
    }
}

/// Adds partitions, unless there are enough.
async fn add(address: &Address, link: &Link, names: &Names) -> Result<(), StoreError> {
    let add = format!("SELECT {}()", names.add_partitions);
    link.rows(address, &add, &[]).await.map(drop)
}

impl Postgres {
    /// Deletes old rows: a partition if there is an old one, or else up to `limit` rows one by one. A partition
    /// counts as `limit` rows.
    pub(super) async fn clean_up(
        &self,
        older_than: Duration,
        limit: usize,
    ) -> Result<usize, StoreError> {
        let (address, link) = (&self.address, &self.chores);
        let names = self.names(link).await?;
        let Some(partitions) = Partitions::read(address, link, names).await? else {
            return self.delete_old(names, older_than, limit).await;
        };
        add(address, link, names).await?;
        if self.drop_old(names, older_than).await? {
            return Ok(limit);
        }
        match partitions.default {
            Some(outbox) => {
                let default = Names {
                    outbox,
                    ..names.clone()
                };
                self.delete_old(&default, older_than, limit).await
            }
            None => Ok(0),
        }
    }

    /// Drops the first partition of which no relay needs a row. Returns `true` if it did.
    async fn drop_old(&self, names: &Names, older_than: Duration) -> Result<bool, StoreError> {
        let (address, link) = (&self.address, &self.chores);
        let find = names.put_into(include_str!("old_partition.sql"));
        let seconds = [(&seconds(older_than) as _, Type::FLOAT8)];
        let old = link.rows(address, &find, &seconds).await?;
        let Some(old) = old.first() else {
            return Ok(false);
        };
        let first: i64 = link.checked(old.try_get(0))?;
        // In a transaction of its own, so that its lock on the table ends with it.
        let drop = format!("SELECT {}($1)", names.drop_partition);
        let dropped = link.rows(address, &drop, &[(&first, Type::INT8)]).await?;
        let dropped = dropped.first().map(|row| row.try_get(0)).transpose();
        Ok(link.checked(dropped)?.unwrap_or(false))
    }
}
