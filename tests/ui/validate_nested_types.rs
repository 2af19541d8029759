use outbox_core::OutboxEvent;
use serde::Serialize;

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s")]
struct Case1 {
    #[aggregate_id]
    id: String,
    #[validate(nested)]
    value: u8,
}

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s")]
struct Case2 {
    #[aggregate_id]
    id: String,
    #[validate(nested)]
    value: Option<Vec<Item>>,
}

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s")]
struct Case3 {
    #[aggregate_id]
    id: String,
    #[validate(nested)]
    value: std::collections::BTreeMap<(u8, u8), Rule>,
}

#[derive(Serialize)]
struct Item;

#[derive(Serialize, outbox_core::Validate)]
struct Rule;

fn main() {}
