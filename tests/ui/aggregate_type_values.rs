use outbox_core::OutboxEvent;
use serde::Serialize;

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s", aggregate_type = "")]
struct Case1 {
    #[aggregate_id]
    id: String,
}

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s", aggregate_type = "an invite")]
struct Case2 {
    #[aggregate_id]
    id: String,
}

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s", aggregate_type = "a/b")]
struct Case3 {
    #[aggregate_id]
    id: String,
}

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s", aggregate_type = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx")]
struct Case4 {
    #[aggregate_id]
    id: String,
}

fn main() {}
