use outbox_core::OutboxEvent;
use serde::Serialize;

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", sorce = "/s", source = "/s")]
struct Invited {
    #[aggregate_id]
    id: Id,
    #[validate(email)]
    email: u8,
    #[outbox(extension)]
    ratio: f32,
}

#[derive(Serialize)]
struct Id;

fn main() {}
