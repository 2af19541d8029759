use outbox_core::OutboxEvent;
use serde::Serialize;

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s")]
struct Invited {
    #[aggregate_id]
    #[partition_key]
    #[outbox(extension)]
    #[serde(skip)]
    number: String,
    #[outbox(occurred_at, extension = "at")]
    #[serde(skip)]
    tenant: String,
}

fn main() {}
