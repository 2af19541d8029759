use outbox_core::OutboxEvent;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s", data_version = "2.1")]
struct Old {
    #[aggregate_id]
    id: String,
}

#[derive(Serialize, Deserialize, OutboxEvent)]
#[outbox(
    event_type = "com.example.invite.created",
    source = "/s",
    data_version = "2.0",
    upcast_from(Old)
)]
struct New {
    #[aggregate_id]
    id: String,
}

impl From<Old> for New {
    fn from(old: Old) -> Self {
        Self { id: old.id }
    }
}

fn main() {}
