use outbox_core::OutboxEvent;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, OutboxEvent)]
#[outbox(
    event_type = "com.example.invite.created",
    source = "/s",
    data_version = "2.0",
    upcast_from(Invited)
)]
struct Invited {
    #[aggregate_id]
    id: String,
}

fn main() {}
