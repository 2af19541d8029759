//! JSON Schemas and the AsyncAPI document.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use outbox_core::contract::Catalog;
use outbox_core::{Envelope, ExtensionName, OutboxEvent, Validate};
use proptest::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

/// Where somebody lives.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
struct Address {
    #[validate(length(min = 1))]
    city: String,
    #[validate(range(exclusive_min = 0))]
    floor: Option<i16>,
    /// Another one, such as that of the neighbours.
    #[validate(nested)]
    next: Option<Box<Address>>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
struct Sku(#[validate(length(min = 2, max = 4))] String);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
struct Line {
    #[validate(nested)]
    sku: Sku,
    #[validate(range(min = 1, max = 99))]
    count: u8,
}

/// What can be changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Change {
    Nothing,
    Price { cents: u32 },
}

/// An order was placed.
///
/// Nothing is sent yet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, OutboxEvent)]
#[outbox(
    event_type = "com.example.order.placed",
    source = "/orders",
    data_version = "2.1",
    upcast_from(PlacedV1),
    topic = "orders",
    dataschema = "https://example.com/order.json"
)]
#[serde(rename_all = "camelCase")]
struct Placed {
    #[aggregate_id]
    order_id: Uuid,
    #[partition_key]
    #[validate(length(equal = 2))]
    #[outbox(extension)]
    country: String,
    #[outbox(occurred_at)]
    placed_at: DateTime<Utc>,
    #[validate(email)]
    mail: Option<String>,
    #[validate(url(message = "must be the shop"))]
    shop: String,
    #[validate(range(min = 0.0, exclusive_max = 1.0))]
    discount: f64,
    #[validate(length(min = 1, max = 2), nested)]
    lines: Vec<Line>,
    #[validate(length(max = 2))]
    labels: HashMap<String, String>,
    #[validate(nested)]
    addresses: BTreeMap<String, Address>,
    #[validate(required)]
    paid: Option<bool>,
    change: Change,
    #[serde(default)]
    note: String,
    #[validate(custom(function = even))]
    seats: u32,
}

fn even(seats: &u32) -> Result<(), &'static str> {
    seats.is_multiple_of(2).then_some(()).ok_or("must be even")
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, OutboxEvent)]
#[outbox(
    event_type = "com.example.order.placed",
    source = "/orders",
    topic = "orders"
)]
struct PlacedV1 {
    #[aggregate_id]
    order_id: Uuid,
    country: String,
}

impl From<PlacedV1> for Placed {
    fn from(old: PlacedV1) -> Self {
        Self {
            order_id: old.order_id,
            country: old.country,
            ..placed()
        }
    }
}

/// An order was closed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, OutboxEvent)]
#[outbox(event_type = "com.example.order.closed", source = "/orders")]
struct Closed {
    #[aggregate_id]
    order_id: Uuid,
}

#[derive(Debug, Clone, PartialEq, OutboxEvent)]
enum OrderEvent {
    Placed(Box<Placed>),
    Closed(Closed),
}

const PLACED: &str = "com.example.order.placed";

fn placed() -> Placed {
    Placed {
        order_id: Uuid::from_u128(7),
        country: "nl".to_owned(),
        placed_at: "2026-01-01T00:00:00Z".parse().expect("a time"),
        mail: Some("ada@example.com".to_owned()),
        shop: "https://example.com/".to_owned(),
        discount: 0.5,
        lines: vec![Line {
            sku: Sku("ab".to_owned()),
            count: 1,
        }],
        labels: HashMap::new(),
        addresses: BTreeMap::from([(
            "home".to_owned(),
            Address {
                city: "Delft".to_owned(),
                floor: Some(1),
                next: None,
            },
        )]),
        paid: Some(true),
        change: Change::Price { cents: 5 },
        note: String::new(),
        seats: 2,
    }
}

fn catalog() -> Catalog {
    Catalog::new("Orders", "1.0.0").with::<OrderEvent>()
}

fn validator(schema: &Value) -> jsonschema::Validator {
    jsonschema::draft202012::meta::validate(schema).expect("it obeys its meta-schema");
    let mut options = jsonschema::draft202012::options();
    options = options.should_validate_formats(true);
    options.build(schema).expect("it is a schema")
}

#[test]
fn smoke() {
    let schema = catalog().json_schema(PLACED).unwrap();
    println!("{}", serde_json::to_string_pretty(&schema).unwrap());
    println!(
        "{}",
        serde_json::to_string_pretty(&catalog().cloudevent_schema(PLACED).unwrap()).unwrap()
    );
    println!(
        "{}",
        serde_json::to_string_pretty(&catalog().asyncapi()).unwrap()
    );
    let event = Envelope::new(placed()).unwrap();
    println!("{}", catalog().with_example(&event).unwrap().markdown());
}
