use outbox_core::OutboxEvent;
use serde::Serialize;

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s")]
struct Invited<K> {
    #[aggregate_id]
    id: K,
}

fn send(event: Invited<f32>) {
    let _ = outbox_core::Envelope::new(event);
}

fn main() {}
