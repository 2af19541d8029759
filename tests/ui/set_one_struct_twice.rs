use outbox_core::OutboxEvent;
use serde::{Deserialize, Serialize};

#[derive(OutboxEvent)]
enum Event {
    Created(Created),
    Again(Created),
}

#[derive(Serialize, Deserialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s")]
struct Created {
    #[aggregate_id]
    id: String,
}

fn main() {}
