use outbox_core::OutboxEvent;
use serde::Serialize;

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s", legacy_event_type = "InviteCreated")]
struct Case1 {
    #[aggregate_id]
    id: String,
}

fn main() {}
