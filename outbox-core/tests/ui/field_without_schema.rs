use outbox_core::OutboxEvent;
use schemars::JsonSchema;
use serde::Serialize;

#[derive(Serialize)]
struct Role(String);

#[derive(Serialize, JsonSchema, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/invites")]
struct InviteCreated {
    #[aggregate_id]
    invite_id: String,
    role: Role,
}

fn main() {}
