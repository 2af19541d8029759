use outbox_core::OutboxEvent;
use serde::Serialize;

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "created", source = "my service", data_version = "one")]
struct Invited {
    #[aggregate_id]
    id: Id,
    #[validate(email)]
    email: u32,
}

#[derive(Serialize)]
struct Id(u32);

fn main() {}
