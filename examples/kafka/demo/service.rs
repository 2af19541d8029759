//! The invite service: it stores each change and its event in one transaction.

use std::error::Error;
use std::path::Path;

use outbox_core::Envelope;
use rusqlite::{Connection, TransactionBehavior};

use super::events::{InviteAccepted, InviteCreated, InviteEvent};

const CREATE_INVITES: &str = "
    CREATE TABLE invites (
        invite_id TEXT NOT NULL PRIMARY KEY,
        email     TEXT NOT NULL,
        accepted  INTEGER NOT NULL DEFAULT 0
    )";

pub struct Service {
    connection: Connection,
}

impl Service {
    /// Opens a database that has the outbox already.
    pub fn open(path: &Path) -> rusqlite::Result<Self> {
        let connection = Connection::open(path)?;
        connection.execute_batch(CREATE_INVITES)?;
        Ok(Self { connection })
    }

    /// Invites a person, unless the invite is there already.
    pub fn invite(
        &mut self,
        event: Envelope<InviteCreated>,
    ) -> Result<Option<Envelope<InviteEvent>>, Box<dyn Error>> {
        let invite = event.event();
        let (id, email) = (invite.invite_id.to_string(), invite.email.clone());
        let insert =
            "INSERT INTO invites (invite_id, email) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
        self.store(event.into_set(), insert, [id, email])
    }

    /// Accepts an invite.
    pub fn accept(
        &mut self,
        invited: &Envelope<InviteEvent>,
    ) -> Result<Option<Envelope<InviteEvent>>, Box<dyn Error>> {
        let InviteEvent::Created(invite) = invited.event() else {
            return Ok(None);
        };
        let accepted = InviteAccepted {
            invite_id: invite.invite_id,
            tenant_id: invite.tenant_id.clone(),
        };
        let id = invite.invite_id.to_string();
        let event = Envelope::new(InviteEvent::from(accepted))?.caused_by(invited);
        let update = "UPDATE invites SET accepted = 1 WHERE invite_id = ?1 AND NOT accepted";
        self.store(event, update, [id])
    }

    /// Makes a change and stores its event with it. A change that changes nothing has no event.
    fn store(
        &mut self,
        event: Envelope<InviteEvent>,
        change: &str,
        values: impl rusqlite::Params,
    ) -> Result<Option<Envelope<InviteEvent>>, Box<dyn Error>> {
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        if transaction.prepare_cached(change)?.execute(values)? == 0 {
            return Ok(None);
        }
        outbox_core::rusqlite::insert(&transaction, &event)?;
        transaction.commit()?;
        Ok(Some(event))
    }
}
