use outbox_core::OutboxEvent;
use rusqlite::Connection;
use serde::Serialize;

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/invites")]
struct Invited {
    #[aggregate_id]
    id: String,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let connection = Connection::open_in_memory()?;
    let event = Invited { id: "1".into() };
    outbox_core::rusqlite::insert(&connection, &event)?;
    outbox_core::rusqlite::insert_all(&connection, &[event])?;
    Ok(())
}
