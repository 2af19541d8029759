//! JSON Schemas and the AsyncAPI document.

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use outbox_core::contract::Catalog;
use outbox_core::{
    ContentMode, Envelope, ExtensionName, OutboxEvent, Source, TraceParent, TraceState, Validate,
};
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

/// The place where somebody lives.
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

/// The part that can be changed.
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
    at: DateTime<Utc>,
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

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "the rule `custom` passes a reference"
)]
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
        at: "2026-01-01T00:00:00Z".parse().expect("a time"),
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

/// Returns the event as serde writes it.
fn payload(event: &Placed) -> Value {
    serde_json::to_value(event).expect("it is JSON")
}

#[test]
fn every_schema_obeys_its_meta_schema() {
    let catalog = catalog();
    let versions: Vec<_> = catalog
        .definitions()
        .map(|definition| (definition.event_type(), definition.data_version()))
        .collect();
    let closed = "com.example.order.closed";
    assert_eq!(
        versions,
        [(closed, "1.0"), (PLACED, "1.0"), (PLACED, "2.1")]
    );
    for (event_type, version) in versions {
        validator(&catalog.json_schema_of(event_type, version).unwrap());
        validator(&catalog.cloudevent_schema_of(event_type, version).unwrap());
    }
    assert_eq!(
        catalog.json_schema(PLACED),
        catalog.json_schema_of(PLACED, "2.1")
    );
    assert_eq!(catalog.json_schema("com.example.order.lost"), None);
    assert_eq!(catalog.json_schema_of(PLACED, "3.0"), None);
}

/// A change of a valid event, and whether the event is still valid.
type Rule = (&'static str, fn(&mut Placed), bool);

fn changes() -> Vec<Rule> {
    vec![
        ("nothing", |_| {}, true),
        (
            "length: equal",
            |event| event.country = String::from("n"),
            false,
        ),
        (
            "length: characters, not bytes",
            |event| event.country = String::from("\u{1F41D}ü"),
            true,
        ),
        (
            "length: too many elements",
            |event| event.lines = vec![event.lines[0].clone(); 3],
            false,
        ),
        ("length: no element", |event| event.lines.clear(), false),
        ("length: of a map", |event| event.labels = labels(3), false),
        (
            "length: of a map, the most",
            |event| event.labels = labels(2),
            true,
        ),
        ("email", |event| event.mail = Some("ada".to_owned()), false),
        (
            "email: dots anywhere",
            |event| event.mail = Some("a.b@c".to_owned()),
            true,
        ),
        (
            "email: two",
            |event| event.mail = Some("a@b@c".to_owned()),
            false,
        ),
        ("email: none", |event| event.mail = None, true),
        ("url", |event| event.shop = String::from("example"), false),
        ("range: the least", |event| event.discount = 0.0, true),
        (
            "range: less than the least",
            |event| event.discount = -0.1,
            false,
        ),
        ("range: exclusive", |event| event.discount = 1.0, false),
        ("required", |event| event.paid = None, false),
        (
            "nested: a newtype",
            |event| event.lines[0].sku.0 = String::from("a"),
            false,
        ),
        ("nested: a range", |event| event.lines[0].count = 0, false),
        (
            "nested: in a map",
            |event| address(event).city.clear(),
            false,
        ),
        (
            "nested: exclusive, in a map",
            |event| address(event).floor = Some(0),
            false,
        ),
        (
            "nested: nothing to check",
            |event| address(event).floor = None,
            true,
        ),
        (
            "nested: a type that holds itself",
            |event| {
                let next = Address {
                    city: String::new(),
                    ..address(event).clone()
                };
                address(event).next = Some(Box::new(next));
            },
            false,
        ),
    ]
}

fn labels(count: usize) -> HashMap<String, String> {
    (0..count).map(|i| (i.to_string(), String::new())).collect()
}

fn address(event: &mut Placed) -> &mut Address {
    event.addresses.get_mut("home").expect("it is there")
}

/// Values that obey and break every rule: the schema and `Envelope::new` agree.
#[test]
fn the_schema_has_the_rules() {
    let validator = validator(&catalog().json_schema(PLACED).unwrap());
    for (what, change, is_valid) in changes() {
        let mut event = placed();
        change(&mut event);
        assert_eq!(
            validator.is_valid(&payload(&event)),
            is_valid,
            "{what}: the schema"
        );
        assert_eq!(Envelope::new(event).is_ok(), is_valid, "{what}: the event");
    }
}

/// A rule that no keyword can express is described for people.
#[test]
fn what_is_a_function_is_a_comment() {
    let schema = catalog().json_schema(PLACED).unwrap();
    assert_eq!(
        schema["properties"]["seats"]["$comment"],
        "also checked by `even`"
    );
}

#[test]
fn what_is_no_payload_is_refused() {
    let schema = catalog().json_schema(PLACED).unwrap();
    let validator = validator(&schema);
    let names = schema["properties"].as_object().unwrap().keys();
    for name in names {
        let mut without = payload(&placed());
        without
            .as_object_mut()
            .unwrap()
            .remove(name)
            .expect("it is written");
        // Readers do not require these members.
        let may_be_absent = ["mail", "note"].contains(&name.as_str());
        assert_eq!(validator.is_valid(&without), may_be_absent, "{name}");
        assert_eq!(
            serde_json::from_value::<Placed>(without).is_ok(),
            may_be_absent || name == "paid"
        );
        let mut other = payload(&placed());
        other[name] = json!([[]]);
        assert!(!validator.is_valid(&other), "{name}");
    }
    // A validator that does not know `uint32` knows its bounds.
    for (seats, is_valid) in [
        (u64::from(u32::MAX) - 1, true),
        (u64::from(u32::MAX) + 1, false),
    ] {
        let mut other = payload(&placed());
        other["seats"] = seats.into();
        assert_eq!(validator.is_valid(&other), is_valid);
    }
    let mut other = payload(&placed());
    other["unknown"] = json!(1);
    assert!(
        validator.is_valid(&other),
        "a later minor version may have it"
    );
}

#[test]
fn the_schema_is_that_of_the_version() {
    let catalog = catalog();
    let old = catalog.json_schema_of(PLACED, "1.0").unwrap();
    let properties: Vec<&String> = old["properties"].as_object().unwrap().keys().collect();
    assert_eq!(properties, ["country", "order_id"]);
    let new = catalog.json_schema(PLACED).unwrap();
    assert_eq!(new["title"], "Placed");
    assert_eq!(
        new["description"],
        "An order was placed.\n\nNothing is sent yet."
    );
    assert_eq!(new["$id"], "https://example.com/order.json");
}

#[test]
fn the_cloudevent_has_its_schema() {
    let validator = validator(&catalog().cloudevent_schema(PLACED).unwrap());
    let plain = Envelope::new(placed()).unwrap();
    let full = Envelope::new(placed())
        .unwrap()
        .caused_by(&plain)
        .with_source(Source::from_static("https://example.com/orders"))
        .with_trace_parent(TraceParent::from_static(
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        ))
        .with_trace_state(TraceState::new("rojo=1").unwrap())
        .with_extension(ExtensionName::from_static("attempt"), 3);
    for event in [plain, full] {
        let json: Value = serde_json::from_slice(&event.to_cloudevent_json().unwrap()).unwrap();
        assert!(validator.is_valid(&json), "{json}");
        let changes = [
            ("specversion", json!("1.1")),
            ("id", json!("7")),
            ("source", json!("")),
            ("type", json!("com.example.order.closed")),
            ("subject", Value::Null),
            ("time", json!("2026-01-01")),
            ("datacontenttype", json!("text/plain")),
            ("dataversion", json!("1.0")),
            ("dataschema", json!("https://example.com/other.json")),
            ("partitionkey", json!("")),
            ("correlationid", json!("order 7")),
            ("traceparent", json!("00-1-2-3")),
            ("country", json!(["nl"])),
            ("attempt", json!(1.5)),
            ("Attempt", json!(1)),
            ("data", json!({ "orderId": 7 })),
        ];
        for (name, value) in changes {
            let mut other = json.clone();
            other[name] = value;
            assert!(!validator.is_valid(&other), "{name}");
        }
    }
}

/// A type that contains itself has references to the root. In a CloudEvent the root is another schema.
#[test]
fn an_event_that_holds_itself_has_a_schema() {
    #[derive(Serialize, JsonSchema, OutboxEvent)]
    #[outbox(event_type = "com.example.tree.grown", source = "/trees")]
    struct Grown {
        #[aggregate_id]
        name: String,
        branches: Vec<Grown>,
    }

    let catalog = Catalog::new("Trees", "1").with::<Grown>();
    let tree =
        |branch: Value| json!({ "name": "a", "branches": [{ "name": branch, "branches": [] }] });
    let data = validator(&catalog.json_schema("com.example.tree.grown").unwrap());
    assert!(data.is_valid(&tree(json!("b"))));
    assert!(!data.is_valid(&tree(json!(1))));
    let event = validator(&catalog.cloudevent_schema("com.example.tree.grown").unwrap());
    let branch = Grown {
        name: "b".to_owned(),
        branches: Vec::new(),
    };
    let event_json = Envelope::new(Grown {
        name: "a".to_owned(),
        branches: vec![branch],
    })
    .unwrap();
    let mut json: Value =
        serde_json::from_slice(&event_json.to_cloudevent_json().unwrap()).unwrap();
    assert!(event.is_valid(&json));
    json["data"] = tree(json!(1));
    assert!(!event.is_valid(&json));
}

#[test]
fn the_asyncapi_document_has_all_of_it() {
    let event = Envelope::new(placed()).unwrap();
    let document = catalog().with_example(&event).unwrap().asyncapi();
    assert_eq!(document["asyncapi"], "3.1.0");
    assert_eq!(
        document["info"],
        json!({ "title": "Orders", "version": "1.0.0" })
    );
    let channels: Vec<&String> = document["channels"].as_object().unwrap().keys().collect();
    assert_eq!(channels, ["orders", "outbox.event.order"]);
    // The topic may still hold the old version, which is no longer sent.
    let messages: Vec<&String> = document["channels"]["orders"]["messages"]
        .as_object()
        .unwrap()
        .keys()
        .collect();
    assert_eq!(
        messages,
        ["com.example.order.placed.v1", "com.example.order.placed.v2"]
    );
    let operations: Vec<&String> = document["operations"].as_object().unwrap().keys().collect();
    assert_eq!(
        operations,
        [
            "send.com.example.order.closed.v1",
            "send.com.example.order.placed.v2"
        ]
    );
    let message = &document["components"]["messages"]["com.example.order.placed.v2"];
    assert_eq!(
        message["bindings"]["kafka"]["key"],
        json!({ "type": "string", "description": "country" })
    );
    assert_eq!(
        message["correlationId"]["location"],
        "$message.header#/ce_correlationid"
    );
    let example = &message["examples"][0];
    assert_eq!(example["payload"], payload(&placed()));
    assert_eq!(example["headers"]["content-type"], "application/json");

    // As JSON Schema, the document's schemas accept the example.
    let schema = |name: &str| {
        let reference = format!("#/components/schemas/com.example.order.placed.v2{name}");
        json!({
            "$schema": "http://json-schema.org/draft-07/schema#",
            "allOf": [{ "$ref": reference }],
            "components": document["components"],
        })
    };
    for (name, part) in [("", "payload"), (".headers", "headers")] {
        let validator = jsonschema::draft7::new(&schema(name)).expect("it is a schema");
        assert!(validator.is_valid(&example[part]), "{part}");
        for member in example[part].as_object().unwrap().keys() {
            let mut other = example[part].clone();
            other[member] = json!([[]]);
            assert!(!validator.is_valid(&other), "{member}");
        }
    }
    // The binary record has the headers that the document names.
    let record = event.to_kafka_record(ContentMode::Binary).unwrap();
    let headers: BTreeMap<&str, &str> = record
        .headers()
        .map(|(name, value)| (name, str::from_utf8(value).unwrap()))
        .collect();
    assert_eq!(json!(headers), example["headers"]);
}

#[test]
fn odd_names_lose_nothing() {
    /// It has a type of the name that the document gives to headers.
    #[derive(Serialize, JsonSchema, OutboxEvent)]
    #[outbox(
        legacy_event_type = "thing made",
        source = "/s",
        aggregate_type = "thing"
    )]
    #[schemars(title = "Thing made / 100%")]
    struct One {
        #[aggregate_id]
        id: String,
        one: Headers,
    }

    #[derive(Serialize, JsonSchema, OutboxEvent)]
    #[outbox(
        legacy_event_type = "thing/made",
        source = "/s",
        aggregate_type = "thing"
    )]
    struct Other {
        #[aggregate_id]
        id: String,
    }

    #[derive(Serialize, JsonSchema)]
    #[schemars(rename = "headers")]
    struct Headers {
        name: String,
    }

    let catalog = Catalog::new("Things", "1").with::<One>().with::<Other>();
    let document = catalog.asyncapi();
    let messages = document["components"]["messages"].as_object().unwrap();
    assert_eq!(messages.len(), 2);
    let channel = document["channels"]["outbox.event.thing"]["messages"]
        .as_object()
        .unwrap();
    assert_eq!(
        channel.keys().collect::<Vec<_>>(),
        messages.keys().collect::<Vec<_>>()
    );
    let headers = &document["components"]["schemas"]["thing_made.v1.headers"];
    assert_eq!(headers["properties"]["ce_type"]["const"], "thing made");
    validator(&catalog.cloudevent_schema("thing made").unwrap());
}

/// The schema refuses an empty key, as `Envelope::new` does.
#[test]
fn a_key_is_not_empty() {
    #[derive(Serialize, JsonSchema, OutboxEvent)]
    #[outbox(event_type = "com.example.thing.made", source = "/s")]
    struct Made {
        #[aggregate_id]
        id: String,
        #[partition_key]
        tenant: String,
    }

    let schema = Catalog::new("Things", "1")
        .with::<Made>()
        .json_schema("com.example.thing.made");
    let validator = validator(&schema.unwrap());
    for (id, tenant, is_valid) in [("1", "a", true), ("", "a", false), ("1", "", false)] {
        let made = Made {
            id: id.to_owned(),
            tenant: tenant.to_owned(),
        };
        assert_eq!(
            validator.is_valid(&serde_json::to_value(&made).unwrap()),
            is_valid
        );
        assert_eq!(Envelope::new(made).is_ok(), is_valid);
    }
}

#[test]
fn an_example_is_of_an_event_of_the_catalogue() {
    let event = Envelope::new(placed()).unwrap();
    let error = Catalog::new("Orders", "1")
        .with::<Closed>()
        .with_example(&event)
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("the catalogue does not contain the event"),
        "{error}"
    );
}

#[test]
fn the_catalogue_is_readable() {
    let event = Envelope::new(placed()).unwrap();
    let page = catalog().with_example(&event).unwrap().markdown();
    for line in [
        "# Orders 1.0.0",
        "| `com.example.order.placed` | 2.1 | `orders` | `country` | An order was placed. |",
        "It is read, but no longer sent.",
        "- extension attributes: country",
        "| `country` | a string of 2 characters |  |",
        "| `discount` | a number at least 0.0 and less than 1.0 |  |",
        "| `addresses[*].floor` | an integer greater than 0 and at most 32767 or null; it is optional |  |",
        "| `lines[].sku` | a string of 2 to 4 characters |  |",
        "| `labels[*]` | a string |  |",
        "| `mail` | an e-mail address or null; it is optional |  |",
        "| `seats` | an integer from 0 to 4294967295 | also checked by `even` |",
        "  \"type\": \"com.example.order.placed\"",
    ] {
        // The members of the example may come in another order.
        let is_line = |other: &str| other.strip_suffix(',').unwrap_or(other) == line;
        assert!(page.lines().any(is_line), "{line}\n{page}");
    }
}

prop_compose! {
    /// Events, valid and not.
    fn any_placed()(
        (country, mail, shop) in ("[a-z]{1,3}", option::of("[a-z.@]{1,6}"), "[a-z:/. ]{1,9}"),
        (discount, seats) in (-0.5_f64..1.5, (0_u32..50).prop_map(|half| half * 2)),
        lines in vec(("[a-zü]{1,5}", 0_u8..110), 0..4),
        labels in btree_map("[a-z]", ".{0,3}", 0..4),
        addresses in btree_map("[a-z]{0,2}", ("[A-Z]{0,2}", option::of(-2_i16..3)), 0..3),
        (paid, price) in (option::of(any::<bool>()), option::of(any::<u32>())),
    ) -> Placed {
        let line = |(sku, count)| Line { sku: Sku(sku), count };
        let address = |(city, floor)| Address { city, floor, next: None };
        Placed {
            country,
            mail,
            shop,
            discount,
            seats,
            lines: lines.into_iter().map(line).collect(),
            labels: labels.into_iter().collect(),
            addresses: addresses.into_iter().map(|(name, one)| (name, address(one))).collect(),
            paid,
            change: price.map_or(Change::Nothing, |cents| Change::Price { cents }),
            ..placed()
        }
    }
}

proptest! {
    /// The schema accepts what `Envelope::new` accepts, and refuses what it refuses.
    #[test]
    fn the_schema_says_what_the_event_says(event in any_placed()) {
        static VALIDATOR: LazyLock<jsonschema::Validator> =
            LazyLock::new(|| validator(&catalog().json_schema(PLACED).unwrap()));
        let payload = payload(&event);
        // The format validator has other rules for dots in e-mail addresses.
        let mail = event.mail.as_deref().unwrap_or_default();
        prop_assume!(!mail.starts_with('.') && !mail.contains("..") && !mail.contains(".@"));
        prop_assert_eq!(VALIDATOR.is_valid(&payload), Envelope::new(event).is_ok(), "{}", payload);
    }
}
