use outbox_core::OutboxEvent;
use serde::Serialize;

#[derive(Serialize, OutboxEvent)]
#[outbox(
    event_type "com.example.invite.created",
    source = "/a service",
    validate_with = |_| Ok(()),
    topics = "a",
)]
struct Invited {
    #[aggregate_id]
    id: String,
    #[validate(email url, length{min = 1}, mail)]
    email: String,
    #[validate(range(min==1, max = "a"))]
    count: u8,
}

fn main() {}
