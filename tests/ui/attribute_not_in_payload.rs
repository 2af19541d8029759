use outbox_core::OutboxEvent;
use serde::Serialize;

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s")]
struct Case1 {
    #[aggregate_id]
    id: String,
    #[outbox(occurred_at)]
    #[serde(skip)]
    at: chrono::DateTime<chrono::Utc>,
    #[outbox(extension)]
    #[serde(skip_serializing)]
    tenant: String,
}

fn main() {}
