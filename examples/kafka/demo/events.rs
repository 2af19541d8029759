//! The events of the invite service, and the set of them that a reader takes.

use outbox_core::OutboxEvent;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[path = "../../quickstart/events.rs"]
mod created;

pub use created::InviteCreated;

/// A person accepted an invitation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, OutboxEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[outbox(
    event_type = "com.gridflow.invite.accepted",
    source = "/invite-service"
)]
pub struct InviteAccepted {
    #[aggregate_id]
    pub invite_id: Uuid,
    #[partition_key]
    pub tenant_id: String,
}

/// Every event that has to do with an invitation.
#[derive(Debug, Clone, PartialEq, OutboxEvent)]
pub enum InviteEvent {
    Created(InviteCreated),
    Accepted(InviteAccepted),
}
