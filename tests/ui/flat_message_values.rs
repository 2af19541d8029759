use outbox_core::OutboxEvent;
use serde::Serialize;

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s", flat_message)]
struct Case1 {
    #[aggregate_id]
    id: String,
}

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s", flat_message = "false")]
struct Case2 {
    #[aggregate_id]
    id: String,
}

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s", flat_message = NEVER)]
struct Case3 {
    #[aggregate_id]
    id: String,
}

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s", flat_message(false))]
struct Case4 {
    #[aggregate_id]
    id: String,
}

#[derive(OutboxEvent)]
#[outbox(flat_message = false)]
enum Case5 {
    One(Case1),
}

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s", flat_message = true)]
struct Case6 {
    #[aggregate_id]
    id: String,
    source: String,
}

const NEVER: bool = false;

fn main() {}
