use outbox_core::OutboxEvent;
use serde::Serialize;

const SOURCE: &str = "my service";

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = concat!("com.example.", "Created"), source = SOURCE)]
struct Invited {
    #[aggregate_id]
    id: String,
}

fn main() {}
