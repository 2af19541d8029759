use outbox_core::OutboxEvent;
use serde::Serialize;

#[derive(OutboxEvent)]
enum Event<T: Serialize> {
    Created(Created<T>),
    Invited(Invited<T>),
}

/// With parameters, the check is made where the set is used.
const USED: usize = <Event<u8> as OutboxEvent>::DEFINITIONS.len();

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s")]
struct Created<T> {
    #[aggregate_id]
    id: String,
    value: T,
}

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s")]
struct Invited<T> {
    #[aggregate_id]
    id: String,
    value: T,
}

fn main() {}
