use outbox_core::OutboxEvent;
use serde::Serialize;

#[derive(Serialize, OutboxEvent)]
#[outbox(event_typ = "com.example.invite.created", source = "/s", dataschema = "urn:x")]
struct Invited {
    #[aggregate_id]
    id: String,
}

fn main() {}
