use outbox_core::OutboxEvent;
use serde::Serialize;

#[derive(Serialize, OutboxEvent)]
#[outbox(source = "/s")]
struct Invited {
    #[aggregate_id]
    id: String,
}

fn main() {}
