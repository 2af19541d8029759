use outbox_core::OutboxEvent;
use serde::{Deserialize, Serialize};

#[derive(OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", sources = "/s")]
enum Event {
    Created(Created),
}

#[derive(Serialize, Deserialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s")]
struct Created {
    #[aggregate_id]
    id: String,
}

fn main() {}
