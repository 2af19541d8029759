//! The lease, and what only its owner writes.

use std::time::Duration;

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::{after, sorted};
use crate::store::{Change, Lease, ParkedKey, Progress, SavedState, StoreError, Unanswered};

const CREATE: &str = "INSERT OR IGNORE INTO outbox_relay VALUES (?1, NULL, 0, '', 0, '{}', 0, '')";

const FIND: &str = "
    SELECT
        owner, epoch, low, done, takeovers, suspects,
        leaseuntil > strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
    FROM outbox_relay WHERE name = ?1";

const TAKE: &str = "
    UPDATE outbox_relay SET
        owner = ?2, epoch = ?3, takeovers = ?4, leaseuntil = strftime('%Y-%m-%dT%H:%M:%fZ', 'now', ?5)
    WHERE name = ?1";

/// From one key to the next, however many rows a key has.
const PARKED_KEYS: &str = "
    WITH RECURSIVE parked (key) AS (
        SELECT min(key) FROM outbox_parked WHERE name = ?1
        UNION ALL
        SELECT (SELECT min(next.key) FROM outbox_parked AS next WHERE name = ?1 AND next.key > parked.key)
        FROM parked WHERE parked.key IS NOT NULL
    )
    SELECT key, EXISTS (
        SELECT 1 FROM outbox_parked AS rejected
        WHERE name = ?1 AND rejected.key = parked.key AND why = 'rejected'
    )
    FROM parked WHERE key IS NOT NULL";

const LAST_OPENED: &str = "SELECT coalesce(max(number), 0) FROM outbox_opened WHERE name = ?1";

const RENEW: &str = "
    UPDATE outbox_relay SET leaseuntil = strftime('%Y-%m-%dT%H:%M:%fZ', 'now', ?3)
    WHERE name = ?1 AND epoch = ?2";

const RELEASE: &str = "UPDATE outbox_relay SET owner = NULL WHERE name = ?1 AND epoch = ?2";

const SAVE: &str = "
    UPDATE outbox_relay SET
        low = ?4, done = ?5, takeovers = ?6, suspects = ?7,
        leaseuntil = strftime('%Y-%m-%dT%H:%M:%fZ', 'now', ?3)
    WHERE name = ?1 AND epoch = ?2";

const UNPARK: &str = "DELETE FROM outbox_parked WHERE name = ?1 AND seq = ?2";

const PARK: &str = "
    INSERT INTO outbox_parked (name, seq, key, why, attempts, error) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
    ON CONFLICT (seq, name) DO UPDATE SET
        key = excluded.key, why = excluded.why, attempts = excluded.attempts, error = excluded.error";

/// A relay's row, as it was before this one took it.
struct Found {
    owner: Option<String>,
    epoch: i64,
    low: i64,
    done: String,
    takeovers: u32,
    suspects: String,
    is_running: bool,
}

impl Found {
    fn state(
        &self,
        name: &str,
        takeovers: u32,
        parked: Vec<ParkedKey>,
        opened: i64,
    ) -> Result<SavedState, StoreError> {
        let refused = |column: &str, error: &dyn std::fmt::Display| {
            StoreError::refused(format!(
                "the column `{column}` of the relay `{name}` in `outbox_relay` cannot be read: {error}"
            ))
        };
        let done = self.done.parse().map_err(|error| refused("done", &error))?;
        let suspects = self
            .suspects
            .parse()
            .map_err(|error| refused("suspects", &error))?;
        Ok(SavedState {
            progress: Progress {
                low: self.low,
                done,
            },
            parked,
            unanswered: Unanswered {
                takeovers,
                suspects,
            },
            opened,
        })
    }
}

pub(super) fn acquire(
    connection: &mut Connection,
    name: String,
    owner: String,
    duration: Duration,
) -> Result<Option<(Lease, SavedState)>, StoreError> {
    // A standby asks often. It takes the lock of a writer only when the lease is free.
    if find(connection, &name)?.is_some_and(|found| !found.is_free_for(&owner)) {
        return Ok(None);
    }
    let transaction = begin(connection)?;
    transaction.execute(CREATE, [&name]).map_err(sorted)?;
    let Some(found) = find(&transaction, &name)?.filter(|found| found.is_free_for(&owner)) else {
        return Ok(None);
    };
    let epoch = found.epoch.saturating_add(1);
    let takeovers = match &found.owner {
        None => 0,
        Some(last) if *last == owner => found.takeovers,
        Some(_) => found.takeovers.saturating_add(1),
    };
    let take = (&name, &owner, epoch, takeovers, after(duration));
    transaction.execute(TAKE, take).map_err(sorted)?;
    let last_opened = transaction.query_row(LAST_OPENED, [&name], |row| row.get(0));
    let state = found.state(
        &name,
        takeovers,
        parked_keys(&transaction, &name).map_err(sorted)?,
        last_opened.map_err(sorted)?,
    )?;
    transaction.commit().map_err(sorted)?;
    let lease = Lease {
        name,
        owner,
        epoch,
        duration,
    };
    Ok(Some((lease, state)))
}

impl Found {
    fn is_free_for(&self, owner: &str) -> bool {
        !self.is_running || self.owner.as_deref().is_none_or(|last| last == owner)
    }
}

fn find(connection: &Connection, name: &str) -> Result<Option<Found>, StoreError> {
    let find = || {
        let mut find = connection.prepare_cached(FIND)?;
        let mut rows = find.query([name])?;
        let Some(row) = rows.next()? else {
            return Ok(None);
        };
        Ok(Some(Found {
            owner: row.get(0)?,
            epoch: row.get(1)?,
            low: row.get(2)?,
            done: row.get(3)?,
            takeovers: row.get(4)?,
            suspects: row.get(5)?,
            is_running: row.get(6)?,
        }))
    };
    find().map_err(sorted)
}

fn parked_keys(connection: &Connection, name: &str) -> rusqlite::Result<Vec<ParkedKey>> {
    let mut select = connection.prepare(PARKED_KEYS)?;
    let keys = select.query_map([name], |row| {
        Ok(ParkedKey {
            key: row.get(0)?,
            is_closed: row.get(1)?,
        })
    })?;
    keys.collect()
}

pub(super) fn renew(connection: &Connection, lease: &Lease) -> Result<(), StoreError> {
    let renewed = connection.execute(RENEW, (&lease.name, lease.epoch, after(lease.duration)));
    owned(renewed)
}

pub(super) fn release(connection: &Connection, lease: &Lease) -> Result<(), StoreError> {
    owned(connection.execute(RELEASE, (&lease.name, lease.epoch)))
}

pub(super) fn save(
    connection: &mut Connection,
    lease: &Lease,
    change: &Change,
) -> Result<(), StoreError> {
    let Change {
        progress,
        unanswered,
        ..
    } = change;
    let transaction = begin(connection)?;
    owned(transaction.execute(
        SAVE,
        (
            &lease.name,
            lease.epoch,
            after(lease.duration),
            progress.low,
            progress.done.to_string(),
            unanswered.takeovers,
            unanswered.suspects.to_string(),
        ),
    ))?;
    park(&transaction, &lease.name, change).map_err(sorted)?;
    transaction.commit().map_err(sorted)
}

fn park(transaction: &Transaction<'_>, name: &str, change: &Change) -> rusqlite::Result<()> {
    for unpark in &change.unparked {
        transaction
            .prepare_cached(UNPARK)?
            .execute((name, unpark.seq))?;
    }
    for park in &change.parked {
        let row = (
            name,
            park.seq,
            &park.key,
            park.why.as_str(),
            park.attempts,
            &park.error,
        );
        transaction.prepare_cached(PARK)?.execute(row)?;
    }
    Ok(())
}

pub(super) fn begin(connection: &mut Connection) -> Result<Transaction<'_>, StoreError> {
    connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(sorted)
}

/// Checks that a statement has found the row of the lease.
fn owned(changed: rusqlite::Result<usize>) -> Result<(), StoreError> {
    match changed.map_err(sorted)? {
        0 => Err(StoreError::LeaseLost),
        _ => Ok(()),
    }
}
