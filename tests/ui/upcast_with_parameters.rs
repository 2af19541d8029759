use outbox_core::OutboxEvent;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.sent", source = "/s", data_version = "9.0")]
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
struct New<T> {
    #[aggregate_id]
    id: String,
    value: Option<T>,
}

/// With parameters, the check is made where the event is used.
const USED: &str = New::<u8>::DEFINITION.data_version();

impl<T> From<Old> for New<T> {
    fn from(old: Old) -> Self {
        Self {
            id: old.id,
            value: None,
        }
    }
}

fn main() {}
