use outbox_core::OutboxEvent;
use serde::Serialize;

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s")]
#[partition_key(with = Self::key)]
struct Case1 {
    #[aggregate_id]
    id: String,
    #[partition_key]
    tenant: String,
}

impl Case1 {
    fn key(&self) -> String {
        self.tenant.clone()
    }
}

fn main() {}
