use outbox_core::OutboxEvent;
use serde::Serialize;

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s")]
struct Case1 {
    #[aggregate_id(display)]
    id: Id,
    #[partition_key(display)]
    key: (u8, u8),
    #[partition_key(display)]
    other: Option<u8>,
}

#[derive(Serialize)]
struct Id(u8);

fn main() {}
