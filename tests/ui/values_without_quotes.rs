use outbox_core::OutboxEvent;
use serde::Serialize;

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = com.example.invite.created, source = b"/s")]
struct Case1 {
    #[aggregate_id]
    id: String,
}

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = '/', data_version = 2.0)]
struct Case2 {
    #[aggregate_id]
    id: String,
}

fn main() {}
