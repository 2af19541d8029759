use outbox_core::OutboxEvent;
use serde::{Deserialize, Serialize};

#[derive(Deserialize, OutboxEvent)]
enum Event {
    Created(Created),
}

#[derive(Deserialize, OutboxEvent)]
enum Generic<T> {
    Changed(Changed<T>),
}

macro_rules! set {
    ($name:ident, $event:ty) => {
        #[derive(Deserialize, OutboxEvent)]
        enum $name {
            One($event),
        }
    };
}

set!(OfMacro, Created);


#[derive(Serialize, Deserialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s")]
struct Created {
    #[aggregate_id]
    id: String,
}

#[derive(Serialize, Deserialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.changed", source = "/s")]
struct Changed<T> {
    #[aggregate_id]
    id: String,
    value: T,
}

fn main() {}
