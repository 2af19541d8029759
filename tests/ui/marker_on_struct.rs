use outbox_core::OutboxEvent;
use serde::Serialize;

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s")]
#[aggregate_id]
#[partition_key]
#[validate(email)]
struct Invited {
    #[aggregate_id]
    id: String,
}

fn main() {}
