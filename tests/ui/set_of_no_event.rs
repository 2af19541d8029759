use outbox_core::OutboxEvent;
use serde::Serialize;

#[derive(OutboxEvent)]
enum Event {
    Created(Created),
}

#[derive(Serialize)]
struct Created;

fn main() {}
