use outbox_core::OutboxEvent;
use serde::Serialize;

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type, source = "/s")]
struct A {
    #[aggregate_id]
    id: String,
}

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type("com.example.invite.created"), source = "/s")]
struct B {
    #[aggregate_id]
    id: String,
}

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = )]
struct C {
    #[aggregate_id]
    id: String,
}

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type: "com.example.invite.created", source = "/s")]
struct D {
    #[aggregate_id]
    id: String,
}

fn main() {}
