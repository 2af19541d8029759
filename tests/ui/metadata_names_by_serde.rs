use outbox_core::OutboxEvent;
use serde::Serialize;

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s")]
struct Renamed {
    #[aggregate_id]
    id: String,
    #[serde(rename = "source")]
    origin: String,
    #[serde(rename(serialize = "event_id", deserialize = "x"))]
    event: String,
}

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s")]
#[serde(rename_all = "snake_case", tag = "event_type")]
struct Tagged {
    #[aggregate_id]
    id: String,
    r#source: String,
}

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s")]
#[serde(rename_all = "camelCase")]
struct Camel {
    #[aggregate_id]
    invite_id: String,
    source: String,
}

fn main() {}
