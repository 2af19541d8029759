use outbox_core::OutboxEvent;
use serde::Serialize;

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s", crate = crate::nowhere)]
struct Case1 {
    #[aggregate_id]
    id: String,
}

fn main() {}
