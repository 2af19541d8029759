use outbox_core::OutboxEvent;
use serde::Serialize;

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s")]
struct Case1 {
    #[aggregate_id]
    id: String,
    #[validate(mail)]
    field: String,
}

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s")]
struct Case2 {
    #[aggregate_id]
    id: String,
    #[validate(range(min = 1))]
    field: u8,
}

fn main() {}
