use outbox_core::OutboxEvent;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s")]
struct Old {
    #[aggregate_id]
    id: String,
}

#[derive(Serialize, Deserialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s", data_version = "1.1")]
struct Older {
    #[aggregate_id]
    id: String,
}

#[derive(Serialize, Deserialize, OutboxEvent)]
#[outbox(
    event_type = "com.example.invite.created",
    source = "/s",
    data_version = "2.0",
    upcast_from(Old, Older)
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

impl From<Older> for New {
    fn from(old: Older) -> Self {
        Self { id: old.id }
    }
}

fn main() {}
