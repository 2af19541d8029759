use outbox_core::OutboxEvent;

#[derive(OutboxEvent)]
enum Event {}

fn main() {}
