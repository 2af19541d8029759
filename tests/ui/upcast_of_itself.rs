use outbox_core::OutboxEvent;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, OutboxEvent)]
#[outbox(
    event_type = "com.example.invite.created",
    source = "/s",
    data_version = "2.0",
    upcast_from(Invited)
)]
struct Invited {
    #[aggregate_id]
    id: String,
}

#[derive(Serialize, Deserialize, OutboxEvent)]
#[outbox(
    event_type = "com.example.invite.created",
    source = "/s",
    data_version = "2.0",
    upcast_from(Self)
)]
struct Case2 {
    #[aggregate_id]
    id: String,
}

macro_rules! event {
    ($older:ty) => {
        #[derive(Serialize, Deserialize, OutboxEvent)]
        #[outbox(
            event_type = "com.example.invite.created",
            source = "/s",
            data_version = "2.0",
            upcast_from($older)
        )]
        struct Case3 {
            #[aggregate_id]
            id: String,
        }
    };
}

event!(Case3);

mod v1 {
    use super::{Deserialize, OutboxEvent, Serialize};

    #[derive(Serialize, Deserialize, OutboxEvent)]
    #[outbox(event_type = "com.example.invite.created", source = "/s")]
    pub struct Case4 {
        #[aggregate_id]
        pub id: String,
    }
}

#[derive(Serialize, Deserialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s", upcast_from(v1::Case4))]
struct Case4 {
    #[aggregate_id]
    id: String,
}

impl From<v1::Case4> for Case4 {
    fn from(old: v1::Case4) -> Self {
        Self { id: old.id }
    }
}

fn main() {}
