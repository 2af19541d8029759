use outbox_core::OutboxEvent;
use serde::Serialize;

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s")]
#[validate(schema(function = check))]
struct Invited {
    #[aggregate_id]
    id: String,
    #[validate(email, message = "no mail")]
    email: String,
    #[validate(uri)]
    home: String,
    #[validate(range(exclusive_min = 1, exclusive_max = 2))]
    count: u8,
}

fn main() {}
