use outbox_core::OutboxEvent;
use serde::Serialize;

#[derive(OutboxEvent)]
enum Event {
    Created(Created),
}

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s")]
struct Created {
    #[aggregate_id]
    id: String,
}

fn read(cloudevent: &[u8]) {
    let _ = outbox_core::Envelope::<Event>::from_cloudevent_json(cloudevent);
}

fn main() {}
