use outbox_core::OutboxEvent;
use serde::{Deserialize, Serialize};

#[derive(OutboxEvent)]
enum Event {
    Created(Created),
    Invited(Invited),
}

#[derive(OutboxEvent)]
enum All {
    Event(Event),
}

#[derive(Serialize, Deserialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s")]
struct Created {
    #[aggregate_id]
    id: String,
}

#[derive(Serialize, Deserialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.sent", source = "/s")]
struct Invited {
    #[aggregate_id]
    id: String,
}

fn main() {}
