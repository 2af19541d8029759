use outbox_core::OutboxEvent;
use serde::Serialize;

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s", data_version = 1)]
struct A {
    #[aggregate_id]
    id: String,
}

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = String::from("/s"))]
struct B {
    #[aggregate_id]
    id: String,
}

fn main() {}
