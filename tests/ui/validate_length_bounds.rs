use outbox_core::OutboxEvent;
use serde::Serialize;

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s")]
struct Case1 {
    #[aggregate_id]
    id: String,
    #[validate(length(min = 3, max = 2))]
    field: String,
}

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s")]
struct Case2 {
    #[aggregate_id]
    id: String,
    #[validate(length(min = -1))]
    field: String,
}

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s")]
struct Case3 {
    #[aggregate_id]
    id: String,
    #[validate(length(max = "40"))]
    field: String,
}

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s")]
struct Case4 {
    #[aggregate_id]
    id: String,
    #[validate(length(max = 4.5))]
    field: String,
}

fn main() {}
