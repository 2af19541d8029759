use outbox_core::OutboxEvent;
use serde::Serialize;

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s", data_version = "")]
struct Case1 {
    #[aggregate_id]
    id: String,
}

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s", data_version = "v1")]
struct Case2 {
    #[aggregate_id]
    id: String,
}

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s", data_version = "1.0.0.0")]
struct Case3 {
    #[aggregate_id]
    id: String,
}

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s", data_version = "01")]
struct Case4 {
    #[aggregate_id]
    id: String,
}

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s", data_version = "1.")]
struct Case5 {
    #[aggregate_id]
    id: String,
}

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s", data_version = "1.0-beta")]
struct Case6 {
    #[aggregate_id]
    id: String,
}

fn main() {}
