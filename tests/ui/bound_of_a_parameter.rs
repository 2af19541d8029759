use outbox_core::OutboxEvent;
use serde::Serialize;

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s")]
struct Invited<const N: usize> {
    #[aggregate_id]
    id: String,
    #[validate(length(min = 1, max = N))]
    role: String,
}

fn main() {}
