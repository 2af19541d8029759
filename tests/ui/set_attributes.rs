use outbox_core::OutboxEvent;
use serde::{Deserialize, Serialize};

#[derive(OutboxEvent)]
#[partition_key(with = Self::key)]
#[serde(tag = "type")]
enum Event {
    #[outbox(event_type = "com.example.invite.created")]
    Created(#[aggregate_id] Created),
}

#[derive(Serialize, Deserialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s")]
struct Created {
    #[aggregate_id]
    id: String,
}

fn main() {}
