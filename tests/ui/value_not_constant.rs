use outbox_core::OutboxEvent;
use serde::Serialize;

fn source() -> &'static str {
    "/s"
}

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = source())]
struct Invited {
    #[aggregate_id]
    id: String,
}

fn main() {}
