use outbox_core::OutboxEvent;
use serde::{Deserialize, Serialize};

#[derive(OutboxEvent)]
enum Event {
    Created(Created),
    Again(Created),
}

#[derive(Serialize, Deserialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s")]
struct Created {
    #[aggregate_id]
    id: String,
}

fn main() {}

macro_rules! set {
    ($event:ty) => {
        #[derive(OutboxEvent)]
        enum OfMacro {
            One($event),
            Other(Created),
        }
    };
}

set!(Created);
