use outbox_core::OutboxEvent;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s")]
struct Case1 {
    #[aggregate_id]
    id: String,
    #[serde(skip_serializing)]
    left_out: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    left_out_if_empty: Vec<u8>,
    #[serde(skip_serializing, deserialize_with = "read")]
    read_by_a_function: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none", with = "module")]
    read_by_a_module: Option<u8>,
}

#[derive(Serialize, Deserialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s")]
#[serde(deny_unknown_fields, tag = "kind")]
struct Case2 {
    #[aggregate_id]
    id: String,
    #[serde(skip_deserializing)]
    unread: String,
}

#[derive(Serialize, Deserialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s")]
struct Case3 {
    #[aggregate_id]
    id: String,
    #[outbox(extension)]
    #[serde(skip_serializing_if = "String::is_empty")]
    tenant: String,
    #[outbox(extension)]
    #[serde(skip_deserializing)]
    region: String,
}

fn read<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<u8>, D::Error> {
    Option::deserialize(deserializer)
}

mod module {
    pub(crate) use super::read as deserialize;

    pub fn serialize<S: serde::Serializer>(
        value: &Option<u8>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serde::Serialize::serialize(value, serializer)
    }
}

fn main() {}
