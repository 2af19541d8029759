use outbox_core::OutboxEvent;
use serde::Serialize;

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s")]
struct Invited {
    #[aggregate_id]
    id: String,
    event_id: String,
    event_type: String,
    aggregate_id: String,
    occurred_at: String,
    source: String,
    data_version: String,
    correlation_id: String,
    causation_id: String,
}

fn main() {}
