use outbox_core::OutboxEvent;
use serde::Serialize;

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s")]
struct Case1 {
    #[aggregate_id]
    id: String,
    #[outbox(source = "/s")]
    value: String,
}

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s")]
struct Case2 {
    #[aggregate_id]
    id: String,
    #[outbox(partition_key)]
    value: String,
}

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s")]
struct Case3 {
    #[aggregate_id]
    id: String,
    #[outbox(occured_at)]
    value: chrono::DateTime<chrono::Utc>,
}

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s")]
struct Case4 {
    #[aggregate_id]
    id: String,
    #[outbox(name)]
    value: String,
}

fn main() {}
