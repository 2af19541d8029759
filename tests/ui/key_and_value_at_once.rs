use outbox_core::OutboxEvent;
use serde::Serialize;

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "invite.created", source = "/s", topics = "a b")]
struct Invited {
    id: String,
    #[validate(length(min = 1, max = 0))]
    role: String,
}

fn main() {}
