use outbox_core::OutboxEvent;
use serde::Serialize;

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", sorce = "/s", source = "/s")]
struct Invited {
    #[aggregate_id]
    id: Option<String>,
    #[validate(mail)]
    email: String,
}

fn main() {}
