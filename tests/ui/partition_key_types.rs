use outbox_core::OutboxEvent;
use serde::Serialize;

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s")]
struct Case1 {
    #[aggregate_id]
    id: String,
    #[partition_key]
    key: Option<String>,
}

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s")]
struct Case2 {
    #[aggregate_id]
    id: String,
    #[partition_key]
    key: f32,
}

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s")]
struct Case3 {
    #[aggregate_id]
    id: String,
    #[partition_key]
    key: std::collections::HashMap<String, u8>,
}

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s")]
struct Case4 {
    #[aggregate_id]
    id: String,
    #[partition_key]
    key: Id,
}

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s")]
struct Case5 {
    #[aggregate_id]
    id: String,
    #[partition_key]
    key: (),
}

#[derive(Serialize)]
struct Id(u32);

fn main() {}
