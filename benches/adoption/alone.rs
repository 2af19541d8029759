use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A person was invited to a tenant.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct InviteCreated {
    invite_id: Uuid,
    tenant_id: String,
    email: String,
    role: String,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let event = InviteCreated {
        invite_id: Uuid::now_v7(),
        tenant_id: "acme".to_owned(),
        email: "ada@example.com".to_owned(),
        role: "admin".to_owned(),
    };
    let (id, time) = (Uuid::now_v7(), chrono::Utc::now());
    let payload = serde_json::to_vec(&event)?;
    println!("{id} {time:?} {payload:?}");
    Ok(())
}
