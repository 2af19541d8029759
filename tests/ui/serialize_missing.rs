use outbox_core::{Envelope, OutboxEvent};

#[derive(OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s")]
struct Invited {
    #[aggregate_id]
    id: String,
}

fn main() {
    let event = Envelope::new(Invited { id: "1".into() }).unwrap();
    event.to_row().unwrap();
}
