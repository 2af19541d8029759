use outbox_core::{Envelope, OutboxEvent};
use serde::Serialize;

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s")]
struct Invited {
    #[aggregate_id]
    id: String,
}

fn main() {
    let event = Envelope::new(Invited { id: "1".into() }).unwrap();
    let row = event.to_row().unwrap();
    let _ = Envelope::<Invited>::from_row(&row);
}
