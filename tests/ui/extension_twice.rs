use outbox_core::OutboxEvent;
use serde::Serialize;

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s")]
struct Case1 {
    #[aggregate_id]
    id: String,
    #[outbox(extension)]
    tenant_id: String,
    #[outbox(extension = "tenantid")]
    other: String,
}

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s")]
struct Case2 {
    #[aggregate_id]
    id: String,
    #[outbox(extension)]
    tenant_id: String,
    #[outbox(extension = TENANT)]
    other: String,
}

const TENANT: &str = "tenantid";

fn main() {}
