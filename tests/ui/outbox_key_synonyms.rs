use outbox_core::OutboxEvent;
use serde::Serialize;

#[derive(Serialize, OutboxEvent)]
#[outbox(type = "com.example.invite.created", source = "/s", version = "2.0", schema = "urn:x")]
struct Case1 {
    #[aggregate_id]
    id: String,
}

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s", key = "id", aggregate = "invite")]
struct Case2 {
    #[aggregate_id]
    id: String,
    #[outbox(time)]
    at: chrono::DateTime<chrono::Utc>,
}

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s", id = "id", type = "x")]
struct Case3 {
    #[aggregate_id]
    id: String,
}

fn main() {}
