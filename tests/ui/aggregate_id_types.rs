use outbox_core::OutboxEvent;
use serde::Serialize;

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s")]
struct Case1 {
    #[aggregate_id]
    id: Option<String>,
}

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s")]
struct Case2 {
    #[aggregate_id]
    id: f64,
}

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s")]
struct Case3 {
    #[aggregate_id]
    id: Vec<u8>,
}

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s")]
struct Case4 {
    #[aggregate_id]
    id: Id,
}

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s")]
struct Case5 {
    #[aggregate_id]
    id: [u8; 16],
}

#[derive(Serialize)]
struct Id(u32);

fn main() {}
