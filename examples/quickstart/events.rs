//! The events that this service publishes, each defined once.

use outbox_core::OutboxEvent;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A person was invited to a tenant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, OutboxEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[outbox(event_type = "com.gridflow.invite.created", source = "/invite-service")]
pub struct InviteCreated {
    #[aggregate_id]
    pub invite_id: Uuid,
    /// All events of a tenant stay in order.
    #[partition_key]
    pub tenant_id: String,
    #[validate(email)]
    pub email: String,
    #[validate(length(min = 1, max = 40))]
    pub role: String,
}
