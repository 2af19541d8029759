use outbox_core::OutboxEvent;
use outbox_core::contract::Catalog;
use serde::Serialize;

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/invites")]
struct InviteCreated {
    #[aggregate_id]
    invite_id: String,
}

fn main() {
    let _ = Catalog::new("Invites", "1").with::<InviteCreated>();
}
