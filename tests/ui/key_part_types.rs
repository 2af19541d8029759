use outbox_core::{KeyPart, OutboxEvent};
use serde::Serialize;

#[derive(Serialize, KeyPart)]
struct Case1(Option<String>);

#[derive(KeyPart)]
struct Case2(f64);

#[derive(KeyPart)]
struct Case3 {
    bytes: Vec<u8>,
}

#[derive(KeyPart)]
struct Case4((u8, u8));

#[derive(KeyPart)]
struct Case5(Case6);

struct Case6(u8);

#[derive(KeyPart)]
struct Case7<T>(T, std::marker::PhantomData<T>);

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.stock.moved", source = "/s")]
#[partition_key(with = Self::key)]
struct Weighed {
    #[aggregate_id]
    id: u8,
}

impl Weighed {
    fn key(&self) -> Case7<f32> {
        Case7(0.5, std::marker::PhantomData)
    }
}

// It is the newtype's mistake alone.
#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.stock.moved", source = "/s")]
struct Moved {
    #[aggregate_id]
    id: Case1,
}

fn main() {}
