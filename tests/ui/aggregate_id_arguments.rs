use outbox_core::OutboxEvent;
use serde::Serialize;

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s")]
struct A {
    #[aggregate_id(id)]
    id: String,
}

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s")]
struct B {
    #[aggregate_id = "id"]
    id: String,
}

fn main() {}
