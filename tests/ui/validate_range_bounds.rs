use outbox_core::OutboxEvent;
use serde::Serialize;

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s")]
struct Case1 {
    #[aggregate_id]
    id: String,
    #[validate(range(min = 2, max = 1))]
    number: u8,
}

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s")]
struct Case2 {
    #[aggregate_id]
    id: String,
    #[validate(range(min = -1, max = -2))]
    number: i8,
}

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s")]
struct Case3 {
    #[aggregate_id]
    id: String,
    #[validate(range(min = 0.5, max = 0.25))]
    number: f64,
}

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s")]
struct Case4 {
    #[aggregate_id]
    id: String,
    #[validate(range(exclusive_min = 1, max = 1))]
    number: u8,
}

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s")]
struct Case5 {
    #[aggregate_id]
    id: String,
    #[validate(range(min = MOST, max = 9))]
    number: u8,
}

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s")]
struct Case6 {
    #[aggregate_id]
    id: String,
    #[validate(range(min = MOST, exclusive_max = MOST))]
    number: u8,
}

const MOST: u8 = 10;

fn main() {}
