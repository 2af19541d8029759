use outbox_core::{Envelope, OutboxEvent};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A person was invited to a tenant.
#[derive(Debug, PartialEq, Serialize, Deserialize, OutboxEvent)]
#[outbox(event_type = "com.gridflow.invite.created", source = "/invite-service")]
struct InviteCreated {
    #[aggregate_id]
    invite_id: Uuid,
    #[partition_key]
    tenant_id: String,
    #[validate(email)]
    email: String,
    #[validate(length(min = 1, max = 40))]
    role: String,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let event = Envelope::new(InviteCreated {
        invite_id: Uuid::now_v7(),
        tenant_id: "acme".to_owned(),
        email: "ada@example.com".to_owned(),
        role: "admin".to_owned(),
    })?;
    let row = event.to_row()?;
    println!("{row:?}");
    Ok(())
}
