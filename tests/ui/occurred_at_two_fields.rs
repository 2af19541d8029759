use outbox_core::OutboxEvent;
use serde::Serialize;

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s")]
struct Case1 {
    #[aggregate_id]
    id: String,
    #[outbox(occurred_at)]
    created_at: chrono::DateTime<chrono::Utc>,
    #[outbox(occurred_at)]
    sent_at: chrono::DateTime<chrono::Utc>,
}

fn main() {}
