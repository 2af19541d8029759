use outbox_core::OutboxEvent;
use serde::Serialize;

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s")]
#[partition_key(with = float)]
struct Case1 {
    #[aggregate_id]
    id: String,
}

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s")]
#[partition_key(with = no_event)]
struct Case2 {
    #[aggregate_id]
    id: String,
}

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s")]
#[partition_key(with = NOT_A_FUNCTION)]
struct Case3 {
    #[aggregate_id]
    id: String,
}

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s")]
#[partition_key(with = missing)]
struct Case4 {
    #[aggregate_id]
    id: String,
}

fn float(_: &Case1) -> f32 {
    0.5
}

fn no_event(id: &str) -> String {
    id.to_owned()
}

const NOT_A_FUNCTION: &str = "key";

fn main() {}
