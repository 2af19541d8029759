use std::borrow::Cow;
use std::collections::BTreeMap;

use chrono::{DateTime, FixedOffset, Utc};
use outbox_core::{OutboxEvent, Validate};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The set that the typed readers decode.
#[derive(Debug, Clone, PartialEq, OutboxEvent)]
pub enum Event {
    /// An event of two versions, which accepts unknown members.
    OrderPlaced(Box<OrderPlaced>),
    /// An event that refuses unknown members.
    StockMoved(StockMoved),
    /// An event with a legacy name.
    NoteTaken(NoteTaken),
}

/// An event whose flattened map takes all remaining members.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, OutboxEvent)]
#[outbox(
    event_type = "com.example.order.placed",
    source = "/orders",
    data_version = "2.1",
    topic = "orders",
    dataschema = "https://example.com/order/2",
    upcast_from(OrderPlacedV1)
)]
pub struct OrderPlaced {
    aggregate_id: String,
    #[partition_key]
    tenant: String,
    #[partition_key]
    #[outbox(extension)]
    region: String,
    #[outbox(occurred_at)]
    placed_at: DateTime<Utc>,
    #[validate(length(max = 4), nested)]
    items: Vec<Item>,
    #[serde(default)]
    #[validate(nested)]
    gifts: BTreeMap<String, Item>,
    #[validate(range(min = 0.0))]
    total: f64,
    discount: Option<f64>,
    #[validate(email)]
    contact: Option<String>,
    #[validate(url)]
    shop: Option<String>,
    #[serde(flatten)]
    more: BTreeMap<String, Value>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Validate)]
struct Item {
    #[validate(length(min = 1, max = 12))]
    sku: String,
    #[validate(range(min = 1))]
    count: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    delivery: Option<Delivery>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
enum Delivery {
    Post,
    Courier { hours: u8, fee: f64 },
}

/// An event whose `aggregate_id` has another name, and whose `occurred_at` is the flat message's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, OutboxEvent)]
#[outbox(event_type = "com.example.order.placed", source = "/orders")]
pub struct OrderPlacedV1 {
    #[aggregate_id]
    order_id: u64,
    tenant: String,
    #[outbox(occurred_at)]
    occurred_at: DateTime<Utc>,
}

impl From<OrderPlacedV1> for OrderPlaced {
    fn from(old: OrderPlacedV1) -> Self {
        Self {
            aggregate_id: old.order_id.to_string(),
            tenant: old.tenant,
            region: "eu".to_owned(),
            placed_at: old.occurred_at,
            items: Vec::new(),
            gifts: BTreeMap::new(),
            total: 0.0,
            discount: None,
            contact: None,
            shop: None,
            more: BTreeMap::new(),
        }
    }
}

/// An event whose time is the envelope's, like some of its attributes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, OutboxEvent)]
#[outbox(event_type = "com.example.stock.moved", source = "/stock")]
#[serde(deny_unknown_fields)]
pub struct StockMoved {
    #[aggregate_id]
    #[serde(rename = "nr", alias = "number")]
    article: i64,
    #[outbox(occurred_at)]
    occurred_at: DateTime<FixedOffset>,
    #[outbox(extension)]
    route: Option<String>,
    #[outbox(extension = "level")]
    #[partition_key]
    shelf_level: i32,
    #[outbox(extension)]
    fragile: bool,
    amount: i128,
    prices: BTreeMap<i32, f64>,
    mark: Option<char>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, OutboxEvent)]
#[outbox(
    legacy_event_type = "Note Taken",
    source = "urn:notes",
    aggregate_type = "note"
)]
#[partition_key(with = NoteTaken::key)]
pub struct NoteTaken {
    #[aggregate_id(display)]
    nr: u64,
    weight: Option<f64>,
    text: Option<String>,
    about: Option<Value>,
}

impl NoteTaken {
    fn key(&self) -> Cow<'_, str> {
        match &self.text {
            Some(text) => Cow::Borrowed(text),
            None => Cow::Owned(self.nr.to_string()),
        }
    }
}
