//! Keys that serde writes as the name of a member and does not read from it.

use std::collections::{BTreeMap, HashMap};

use outbox_core::{OutboxEvent, Validate};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, OutboxEvent)]
#[outbox(event_type = "com.example.stock.counted", source = "/stock")]
struct Counted {
    #[aggregate_id]
    id: u64,
    #[serde(flatten)]
    counts: BTreeMap<u32, u8>,
    #[serde(flatten)]
    flags: Option<HashMap<bool, u8>>,
}

#[derive(Serialize, Deserialize, Validate)]
struct Shelf {
    name: String,
    #[serde(flatten)]
    counts: BTreeMap<i64, u8>,
}

fn main() {}
