use outbox_core::{Envelope, OutboxEvent};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A person was invited to a tenant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, OutboxEvent)]
#[outbox(event_type = "com.gridflow.invite.created", source = "/invite-service")]
pub struct InviteCreated {
    #[aggregate_id]
    pub invite_id: Uuid,
    #[partition_key]
    pub tenant_id: String,
    #[validate(email)]
    pub email: String,
    #[validate(length(min = 1, max = 40))]
    pub role: String,
}

fn main() {
    let e = Envelope::new(InviteCreated {
        invite_id: Uuid::nil(),
        tenant_id: "acme".into(),
        email: "ada@example.com".into(),
        role: "admin".into(),
    })
    .unwrap();
    println!(
        "{}",
        String::from_utf8(e.to_cloudevent_json().unwrap()).unwrap()
    );
    println!(
        "{}",
        String::from_utf8(e.to_message_json().unwrap()).unwrap()
    );
    println!("{:?}", e.to_kafka_record(outbox_core::ContentMode::Binary));
    println!("{:?}", e.to_row());
    assert_eq!(Envelope::from_row(&e.to_row().unwrap()).as_ref(), Ok(&e));
    assert_eq!(
        Envelope::from_message_json(&e.to_message_json().unwrap()).as_ref(),
        Ok(&e)
    );
    assert_eq!(
        Envelope::from_cloudevent_json(&e.to_cloudevent_json().unwrap()).as_ref(),
        Ok(&e)
    );
    let mut bad = e.into_event();
    bad.tenant_id.clear();
    bad.email.clear();
    bad.role.clear();
    println!("{}", Envelope::new(bad).unwrap_err());
}
