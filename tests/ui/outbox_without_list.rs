use outbox_core::OutboxEvent;
use serde::Serialize;

#[derive(Serialize, OutboxEvent)]
#[outbox]
struct A {
    #[aggregate_id]
    id: String,
}

#[derive(Serialize, OutboxEvent)]
#[outbox = "com.example.invite.created"]
struct B {
    #[aggregate_id]
    id: String,
}

#[derive(Serialize, OutboxEvent)]
#[outbox()]
struct C {
    #[aggregate_id]
    id: String,
}

fn main() {}
