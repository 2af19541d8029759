use outbox_core::OutboxEvent;
use serde::Serialize;

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s")]
struct Invited {
    #[aggregate_id]
    #[serde(skip)]
    id: String,
    #[partition_key]
    #[serde(skip_serializing, default)]
    tenant: String,
}

fn main() {}
