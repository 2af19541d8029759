use outbox_core::OutboxEvent;
use serde::Serialize;

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s")]
struct Case1 {
    #[aggregate_id]
    id: String,
    #[validate(length)]
    field: String,
}

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s")]
struct Case2 {
    #[aggregate_id]
    id: String,
    #[validate(length())]
    field: String,
}

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s")]
struct Case3 {
    #[aggregate_id]
    id: String,
    #[validate(length = 3)]
    field: String,
}

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s")]
struct Case4 {
    #[aggregate_id]
    id: String,
    #[validate(length(3))]
    field: String,
}

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s")]
struct Case5 {
    #[aggregate_id]
    id: String,
    #[validate(length(minimum = 3))]
    field: String,
}

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s")]
struct Case6 {
    #[aggregate_id]
    id: String,
    #[validate(length(min = 1, min = 2))]
    field: String,
}

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s")]
struct Case7 {
    #[aggregate_id]
    id: String,
    #[validate(length(min))]
    field: String,
}

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s")]
struct Case8 {
    #[aggregate_id]
    id: String,
    #[validate(length(min = 1, equal = 3))]
    field: String,
}

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s")]
struct Case9 {
    #[aggregate_id]
    id: String,
    #[validate(length(1, 40))]
    field: String,
    #[validate(length(1..=40))]
    range: String,
    #[validate(length(1, max = 40))]
    half: String,
    #[validate(range(0, 1))]
    number: u8,
    #[validate(custom(crate::main))]
    function: u8,
    #[validate(email("text"))]
    email: String,
}

fn main() {}
