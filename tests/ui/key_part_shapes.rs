use outbox_core::{KeyPart, OutboxEvent};
use serde::Serialize;

#[derive(KeyPart)]
struct Case1;

#[derive(KeyPart)]
struct Case2 {}

#[derive(KeyPart)]
struct Case3(String, u8);

#[derive(KeyPart)]
struct Case4 {
    tenant: String,
    region: String,
    number: u8,
}

#[derive(Serialize, KeyPart)]
enum Case5 {
    Eu,
    Us,
}

#[derive(KeyPart)]
union Case6 {
    number: u8,
}

// It is the newtype's mistake alone.
#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.stock.moved", source = "/s")]
struct Moved {
    #[aggregate_id]
    id: u8,
    #[partition_key]
    region: Case5,
}

fn main() {}
