use outbox_core::OutboxEvent;
use serde::Serialize;

#[derive(Serialize, OutboxEvent)]
#[outbox(legacy_event_type = "InviteCreated", source = "/s")]
#[outbox(aggregate_type "invite")]
struct Invited {
    #[aggregate_id]
    id: String,
}

fn main() {}
