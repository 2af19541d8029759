use outbox_core::OutboxEvent;
use serde::Serialize;

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s")]
struct Case1 {
    #[aggregate_id]
    id: String,
    #[validate(custom)]
    value: u8,
}

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s")]
struct Case2 {
    #[aggregate_id]
    id: String,
    #[validate(custom())]
    value: u8,
}

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s")]
struct Case3 {
    #[aggregate_id]
    id: String,
    #[validate(custom = check)]
    value: u8,
}

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s")]
struct Case4 {
    #[aggregate_id]
    id: String,
    #[validate(custom(check))]
    value: u8,
}

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s")]
struct Case5 {
    #[aggregate_id]
    id: String,
    #[validate(custom(function))]
    value: u8,
}

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s")]
struct Case6 {
    #[aggregate_id]
    id: String,
    #[validate(custom(function = 7))]
    value: u8,
}

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s")]
struct Case7 {
    #[aggregate_id]
    id: String,
    #[validate(custom(function = "not a path"))]
    value: u8,
}

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s")]
struct Case8 {
    #[aggregate_id]
    id: String,
    #[validate(custom(function = |value| Ok(())))]
    value: u8,
}

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s")]
struct Case9 {
    #[aggregate_id]
    id: String,
    #[validate(custom(message = "no"))]
    value: u8,
}

fn main() {}
