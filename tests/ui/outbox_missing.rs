use outbox_core::OutboxEvent;
use serde::Serialize;

#[derive(Serialize, OutboxEvent)]
struct Invited {
    #[aggregate_id]
    id: String,
}

fn main() {}
