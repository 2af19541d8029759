use outbox_core::{ContentMode, Envelope, OutboxEvent};
use serde::{Deserialize, Serialize};

#[derive(Debug, PartialEq, Serialize, Deserialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", sorce = "/s")]
#[outbox(source = "/s")]
struct Invited {
    #[aggregate_id]
    id: String,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("{}", Invited::DEFINITION.event_type());
    let event = Envelope::new(Invited { id: "1".into() })?;
    event.to_kafka_record(ContentMode::Binary)?;
    assert_eq!(Envelope::<Invited>::from_row(&event.to_row()?)?, event);
    Ok(())
}
