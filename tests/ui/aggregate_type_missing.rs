use outbox_core::OutboxEvent;
use serde::Serialize;

#[derive(Serialize, OutboxEvent)]
#[outbox(legacy_event_type = "InviteCreated", source = "/s")]
struct Case1 {
    #[aggregate_id]
    id: String,
}

#[derive(Serialize, OutboxEvent)]
#[outbox(legacy_event_type = "invite created", source = "/s")]
struct Case2 {
    #[aggregate_id]
    id: String,
}

#[derive(Serialize, OutboxEvent)]
#[outbox(legacy_event_type = LEGACY, source = "/s")]
struct Case3 {
    #[aggregate_id]
    id: String,
}

const LEGACY: &str = "InviteCreated";

fn main() {}
