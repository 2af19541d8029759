use outbox_core::OutboxEvent;
use serde::Serialize;

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s", validate_with = no_result)]
struct Case1 {
    #[aggregate_id]
    id: String,
}

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s", validate_with = no_event)]
struct Case2 {
    #[aggregate_id]
    id: String,
}

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s", validate_with = missing)]
struct Case3 {
    #[aggregate_id]
    id: String,
}

fn no_result(_: &Case1) -> bool {
    true
}

fn no_event(_: &str) -> Result<(), outbox_core::ValidationErrors> {
    Ok(())
}

fn main() {}
