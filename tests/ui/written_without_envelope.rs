use outbox_core::{ContentMode, OutboxEvent};
use serde::Serialize;

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/invites")]
struct Invited {
    #[aggregate_id]
    id: String,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let event = Invited { id: "1".into() };
    println!("{:?}", event.to_row()?);
    let _ = event.to_cloudevent_json().unwrap().len();
    event.to_message_json().unwrap();
    event.to_kafka_record(ContentMode::Binary)?;
    Ok(())
}
