use outbox_core::OutboxEvent;
use serde::Serialize;

#[derive(Serialize, OutboxEvent)]
#[outbox(legacy_event_type = "", aggregate_type = "a", source = "/s")]
struct Case1 {
    #[aggregate_id]
    id: String,
}

#[derive(Serialize, OutboxEvent)]
#[outbox(legacy_event_type = "a\nb", aggregate_type = "a", source = "/s")]
struct Case2 {
    #[aggregate_id]
    id: String,
}

#[derive(Serialize, OutboxEvent)]
#[outbox(legacy_event_type = 7, aggregate_type = "a", source = "/s")]
struct Case3 {
    #[aggregate_id]
    id: String,
}

#[derive(Serialize, OutboxEvent)]
#[outbox(legacy_event_type = LEGACY, aggregate_type = "a", source = "/s")]
struct Case4 {
    #[aggregate_id]
    id: String,
}

const LEGACY: &str = "\u{FFFF}";

fn main() {}
