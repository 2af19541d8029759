use outbox_core::OutboxEvent;
use outbox_core::contract::Catalog;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/invites")]
struct InviteCreatedV1 {
    #[aggregate_id]
    invite_id: String,
}

#[derive(Serialize, Deserialize, JsonSchema, OutboxEvent)]
#[outbox(
    event_type = "com.example.invite.created",
    source = "/invites",
    data_version = "2.0",
    upcast_from(InviteCreatedV1)
)]
struct InviteCreated {
    #[aggregate_id]
    invite_id: String,
}

impl From<InviteCreatedV1> for InviteCreated {
    fn from(old: InviteCreatedV1) -> Self {
        Self { invite_id: old.invite_id }
    }
}

fn main() {
    let _ = Catalog::new("Invites", "1").with::<InviteCreated>();
}
