//! The service's own table, and the events beside it.

use std::error::Error;
use std::path::Path;

use crate::events::InviteCreated;
use outbox_core::Envelope;
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior};

const CREATE_INVITES: &str = "
    CREATE TABLE IF NOT EXISTS invites (
        invite_id TEXT NOT NULL PRIMARY KEY,
        tenant_id TEXT NOT NULL,
        email     TEXT NOT NULL,
        role      TEXT NOT NULL
    )";

pub struct Database {
    connection: Connection,
    /// The newest invite of the runs before this one.
    newest_at_start: i64,
}

/// The outcome of an invitation.
pub enum Stored {
    /// It is stored, and its event is in the outbox.
    Now,
    /// An earlier run has stored it, and its event.
    Earlier,
    /// It came twice in this run.
    Twice,
    /// Another invitation of the same id is stored.
    Other,
}

impl Database {
    pub fn open(path: &Path) -> Result<Self, Box<dyn Error>> {
        let connection = Connection::open(path)?;
        // It makes commits faster, no more; of two processes that start at once, one may fail to set it.
        let _ = connection.pragma_update(None, "journal_mode", "WAL");
        connection.execute_batch(CREATE_INVITES)?;
        let newest_at_start =
            connection.query_row("SELECT coalesce(max(rowid), 0) FROM invites", [], |row| {
                row.get(0)
            })?;
        Ok(Self {
            connection,
            newest_at_start,
        })
    }

    /// The transactional outbox: the change and its event are stored together, or not at all.
    pub fn store(&mut self, event: &Envelope<InviteCreated>) -> Result<Stored, Box<dyn Error>> {
        // It takes its lock at once, or two writers that have read could not go on.
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        if let Some((rowid, is_same)) = find_invite(&transaction, event.event())? {
            return Ok(if !is_same {
                Stored::Other
            } else if rowid <= self.newest_at_start {
                Stored::Earlier
            } else {
                Stored::Twice
            });
        }
        insert_invite(&transaction, event.event())?;
        outbox_core::rusqlite::insert(&transaction, event)?;
        transaction.commit()?;
        Ok(Stored::Now)
    }
}

/// The row of the invite of this id, and whether it says the same.
fn find_invite(
    transaction: &Transaction<'_>,
    invite: &InviteCreated,
) -> rusqlite::Result<Option<(i64, bool)>> {
    transaction
        .prepare_cached(
            "SELECT rowid, (tenant_id, email, role) = (?2, ?3, ?4) FROM invites WHERE invite_id = ?1",
        )?
        .query_row(columns(invite), |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()
}

fn insert_invite(transaction: &Transaction<'_>, invite: &InviteCreated) -> rusqlite::Result<()> {
    transaction
        .prepare_cached(
            "INSERT INTO invites (invite_id, tenant_id, email, role) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute(columns(invite))?;
    Ok(())
}

fn columns(invite: &InviteCreated) -> (String, &str, &str, &str) {
    let invite_id = invite.invite_id.to_string();
    (invite_id, &invite.tenant_id, &invite.email, &invite.role)
}
