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

/// The outcome of storing an invitation.
pub enum Stored {
    /// The invitation is stored, and its event is in the outbox.
    Now,
    /// An earlier run stored the invitation and its event.
    Earlier,
    /// The invitation appears twice in this run.
    Twice,
    /// Another invitation with the same id is stored.
    Other,
}

impl Database {
    /// Opens the database, and creates the file, its folder and the service's table unless they exist.
    pub fn open(path: &Path) -> Result<Self, String> {
        Self::open_or_create(path).map_err(|error| {
            format!(
                "cannot open the database `{}`: {error}; name another file, `--database FILE`",
                path.display()
            )
        })
    }

    fn open_or_create(path: &Path) -> Result<Self, Box<dyn Error>> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let connection = Connection::open(path)?;
        // WAL only makes commits faster. When two processes start at once, one of them may fail to set it.
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

    /// Stores the change and its event together, or neither: the transactional outbox.
    pub fn store(&mut self, event: &Envelope<InviteCreated>) -> Result<Stored, Box<dyn Error>> {
        // `Immediate` takes the write lock before the read. With two writers that hold a read lock, neither could go on.
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

/// Finds the row with this invite's id, and returns its number and whether its columns are the same.
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
