use outbox_core::OutboxEvent;
use serde::Serialize;

#[derive(Serialize, OutboxEvent)]
#[outbox("com.example.invite.created", source = "/s")]
struct Invited {
    #[validate("email")]
    email: String,
}

fn main() {}
