//! The event.

use serde::{Deserialize, Serialize};

/// The payload, the same as that of the benchmark's other events.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct InviteCreated {
    invite_id: String,
    tenant_id: String,
    email: String,
    role: String,
    invited_by: String,
    seats: u32,
    expires_at: String,
    permissions: Vec<String>,
}

pub(crate) fn invite() -> InviteCreated {
    InviteCreated {
        invite_id: "019b76da-a800-7000-8000-00000000000a".to_owned(),
        tenant_id: "acme-industries".to_owned(),
        email: "ada.lovelace@example.com".to_owned(),
        role: "administrator".to_owned(),
        invited_by: "019b76da-a800-7000-8000-00000000000b".to_owned(),
        seats: 25,
        expires_at: "2026-02-16T00:00:00Z".to_owned(),
        permissions: Vec::new(),
    }
}
