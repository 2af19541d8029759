//! Creates and upgrades the tables.

use outbox_core::row;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Error, Transaction};

use super::address::Address;
use super::facts::{Facts, Outbox};
use super::names::{Names, quoted};
use super::{Postgres, error};
use crate::store::StoreError;

pub(super) async fn migrate(address: &Address) -> Result<Vec<String>, StoreError> {
    let mut client = address.connect().await?;
    let transaction = client.transaction().await.map_err(sorted)?;
    // Two that migrate at once do not see each other's tables.
    let lock = "SET LOCAL lock_timeout = '10s'; SELECT pg_advisory_xact_lock(hashtext('outbox-relay migrate'))";
    transaction.batch_execute(lock).await.map_err(sorted)?;
    let facts = Facts::read(&transaction, address).await.map_err(sorted)?;
    facts.check_server()?;
    let names = facts.names(address)?;
    if let Some(outbox) = &facts.outbox {
        Facts::check_kind(outbox, &names)?;
    }
    let changes = change(&transaction, address, &facts, &names).await;
    let changes = changes.map_err(sorted)?;
    transaction.commit().await.map_err(sorted)?;
    Ok(changes)
}

#[expect(clippy::needless_pass_by_value, reason = "for `map_err`")]
fn sorted(error: Error) -> StoreError {
    match error.as_db_error() {
        Some(refusal) if *refusal.code() == SqlState::INSUFFICIENT_PRIVILEGE => {
            StoreError::refused(format!(
                "{}; run `outbox-relay migrate` as the role that owns the schema and its outbox",
                refusal.message()
            ))
        }
        _ => error::sorted(&error),
    }
}

async fn change(
    transaction: &Transaction<'_>,
    address: &Address,
    facts: &Facts,
    names: &Names,
) -> Result<Vec<String>, Error> {
    let schema = facts.schema.as_deref().unwrap_or_default();
    let path = format!("SET LOCAL search_path TO {}", quoted(schema));
    transaction.batch_execute(&path).await?;
    let in_table = |statement: &str| statement.replace("outbox", &address.table);
    let mut changes = Vec::new();
    match &facts.outbox {
        None => {
            let create = in_table(row::postgres::CREATE_TABLE);
            transaction.batch_execute(&create).await?;
            changes.push(format!("created the table `{}`", names.shown));
        }
        Some(outbox) if is_old(outbox) => {
            let upgrade = in_table(row::postgres::UPGRADE);
            transaction.batch_execute(&upgrade).await?;
            changes.push(format!(
                "added the columns `seq` and `insertedat` to `{}`, and made `seq` its primary key",
                names.shown
            ));
        }
        Some(_) => {}
    }
    for (suffix, table) in [
        ("_relay", &names.relay),
        ("_parked", &names.parked),
        ("_opened", &names.opened),
    ] {
        let exists = format!(
            "SELECT to_regclass('{}') IS NOT NULL",
            table.replace('\'', "''")
        );
        let row = transaction.query_typed_one(&exists, &[]).await?;
        if !row.try_get::<_, bool>(0)? {
            changes.push(format!("created the table `{}{suffix}`", names.shown));
        }
    }
    transaction
        .batch_execute(&in_table(Postgres::CREATE_TABLES))
        .await?;
    Ok(changes)
}

/// Returns `true` for an outbox of the nineteen columns alone. Another table without `seq` is left as it is.
fn is_old(outbox: &Outbox) -> bool {
    outbox.column("seq").is_none()
        && row::COLUMNS
            .iter()
            .all(|column| outbox.column(column).is_some())
}
