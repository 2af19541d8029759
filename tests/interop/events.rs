//! The events that are exchanged: the fields that every side must see, and our own event.

use chrono::{DateTime, Utc};
use outbox_core::{
    CloudEvent, Data, Envelope, ExtensionName, OutboxEvent, Source, TraceParent, TraceState,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// The attributes by name, and `data`: a JSON value or a text, or `{"bytes": [...]}`.
pub(crate) type Fields = Map<String, Value>;

pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) fields: Fields,
    pub(crate) event: Event,
}

pub(crate) enum Event {
    Typed(Box<Envelope<ShopEvent>>),
    Untyped(Box<CloudEvent>),
}

#[derive(Debug, PartialEq, OutboxEvent)]
pub(crate) enum ShopEvent {
    OrderPlaced(OrderPlaced),
    SensorPinged(SensorPinged),
}

#[derive(Debug, PartialEq, Serialize, Deserialize, OutboxEvent)]
#[outbox(
    event_type = "com.example.order.placed",
    source = "/orders?a=%20#b",
    data_version = "2.1",
    dataschema = "https://example.com/order.json"
)]
pub(crate) struct OrderPlaced {
    #[aggregate_id]
    order: String,
    #[partition_key]
    tenant: String,
    #[outbox(extension)]
    region: String,
    note: String,
    total: f64,
    lines: Vec<Value>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize, OutboxEvent)]
#[outbox(event_type = "com.example.sensor.pinged", source = "sensors")]
pub(crate) struct SensorPinged {
    #[aggregate_id]
    sensor: String,
}

pub(crate) fn all() -> Vec<Case> {
    vec![
        everything(),
        minimum(),
        text(),
        binary(),
        list(),
        required_only(),
    ]
}

fn everything() -> Case {
    let order = r#"Größe "7" \ 100% 日本 🦀"#;
    let tenant = "Ö:1, é";
    let region = "Île-de-France, 75% 🦀";
    let note = "a \"b\" \\ c\n\t\u{1}\u{7f}\u{2028} Ω 🦀 </script>";
    let lines = json!([{"sku": "Schraube ß", "count": 2, "gift": null}]);
    let trace_parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let fields = json!({
        "specversion": "1.0",
        "id": "019b76da-a800-7000-8000-000000000001",
        "source": "/orders?a=%20#b",
        "type": "com.example.order.placed",
        "subject": order,
        "time": "2026-01-01T12:34:56.123456Z",
        "datacontenttype": "application/json",
        "dataschema": "https://example.com/order.json",
        "dataversion": "2.1",
        "partitionkey": tenant,
        "correlationid": "019b76da-a800-7000-8000-000000000002",
        "causationid": "019b76da-a800-7000-8000-000000000003",
        "traceparent": trace_parent,
        "tracestate": "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE",
        "region": region,
        "attempt": -3,
        "replayed": true,
        "data": {"order": order, "tenant": tenant, "region": region, "note": note, "total": 0.1, "lines": lines},
    });
    let event = OrderPlaced {
        order: order.to_owned(),
        tenant: tenant.to_owned(),
        region: region.to_owned(),
        note: note.to_owned(),
        total: 0.1,
        lines: lines.as_array().expect("an array").clone(),
    };
    let envelope = stamped(ShopEvent::OrderPlaced(event), 1, "12:34:56.123456")
        .with_correlation_id(id(2))
        .with_causation_id(id(3))
        .with_trace_parent(TraceParent::from_static(trace_parent))
        .with_trace_state(
            TraceState::new("rojo=00f067aa0ba902b7,congo=t61rcWkgMzE").expect("a tracestate"),
        )
        .with_extension(ExtensionName::from_static("attempt"), -3)
        .with_extension(ExtensionName::from_static("replayed"), true);
    Case::new("everything", fields, Event::Typed(Box::new(envelope)))
}

fn minimum() -> Case {
    let fields = json!({
        "specversion": "1.0",
        "id": "019b76da-a800-7000-8000-000000000004",
        "source": "sensors",
        "type": "com.example.sensor.pinged",
        "subject": "7",
        "time": "2026-01-01T00:00:00Z",
        "datacontenttype": "application/json",
        "dataversion": "1.0",
        "partitionkey": "7",
        "data": {"sensor": "7"},
    });
    let sensor = "7".to_owned();
    let event = ShopEvent::SensorPinged(SensorPinged { sensor });
    let envelope = stamped(event, 4, "00:00:00");
    Case::new("minimum", fields, Event::Typed(Box::new(envelope)))
}

fn text() -> Case {
    let text = "21,5 °C\n\"quoted\" \\ 🦀";
    let fields = json!({
        "specversion": "1.0", "id": "a/ä", "source": "urn:example:sensors", "type": "read",
        "time": "2026-01-01T01:02:03.123456789+01:00",
        "datacontenttype": "text/plain", "data": text,
    });
    let time = "2026-01-01T01:02:03.123456789+01:00";
    let event = CloudEvent::builder("a/ä", Source::from_static("urn:example:sensors"), "read")
        .time(DateTime::parse_from_rfc3339(time).expect("a time"))
        .datacontenttype("text/plain")
        .data(Data::Text(text.to_owned()));
    Case::untyped("text", fields, event.build())
}

fn binary() -> Case {
    let bytes = [0, 0x89, 0xff, b'\n', 0xc3];
    let fields = json!({
        "specversion": "1.0", "id": "8", "source": "/images", "type": "taken",
        "time": "2026-01-01T00:00:00Z", "partitionkey": "camera 7",
        "datacontenttype": "image/png", "data": {"bytes": bytes},
    });
    let event = CloudEvent::builder("8", Source::from_static("/images"), "taken")
        .time(midnight())
        .datacontenttype("image/png")
        .extension("partitionkey", "camera 7")
        .data(Data::Binary(bytes.to_vec()));
    Case::untyped("binary", fields, event.build())
}

/// JSON data that is not an object, with a number that a double cannot hold.
fn list() -> Case {
    let list = json!(["ä", null, 9_007_199_254_740_993_i64]);
    let fields = json!({
        "specversion": "1.0", "id": "9", "source": "/lists", "type": "listed",
        "time": "2026-01-01T00:00:00Z", "datacontenttype": "application/json", "data": list,
    });
    let event = CloudEvent::builder("9", Source::from_static("/lists"), "listed")
        .time(midnight())
        .json(&list);
    Case::untyped("list", fields, event.build())
}

fn required_only() -> Case {
    let fields = json!({"specversion": "1.0", "id": "10", "source": "/bells", "type": "rung"});
    let event = CloudEvent::builder("10", Source::from_static("/bells"), "rung");
    Case::untyped("required only", fields, event.build())
}

impl Case {
    fn new(name: &'static str, fields: Value, event: Event) -> Self {
        let Value::Object(fields) = fields else {
            panic!("{name}: the fields are an object")
        };
        Self {
            name,
            fields,
            event,
        }
    }

    fn untyped(
        name: &'static str,
        fields: Value,
        event: Result<CloudEvent, outbox_core::EncodeError>,
    ) -> Self {
        let event = event.unwrap_or_else(|error| panic!("{name}: {error}"));
        Self::new(name, fields, Event::Untyped(Box::new(event)))
    }

    pub(crate) fn is_typed(&self) -> bool {
        matches!(self.event, Event::Typed(_))
    }
}

fn stamped(event: ShopEvent, number: u128, time: &str) -> Envelope<ShopEvent> {
    Envelope::new(event)
        .expect("a valid event")
        .with_event_id(id(number))
        .with_occurred_at(format!("2026-01-01T{time}Z").parse().expect("a time"))
}

fn id(number: u128) -> Uuid {
    Uuid::from_u128(0x019b_76da_a800_7000_8000_0000_0000_0000 + number)
}

fn midnight() -> DateTime<Utc> {
    "2026-01-01T00:00:00Z".parse().expect("a time")
}

/// The fields that a typed reader shows. The definition has the others.
pub(crate) fn fields_of_envelope(envelope: &Envelope<ShopEvent>) -> Fields {
    let id = |id: Option<Uuid>| json!(id.map(|id| id.to_string()));
    let mut fields: Fields = [
        ("id", json!(envelope.event_id().to_string())),
        ("source", json!(envelope.source())),
        ("type", json!(envelope.event_type())),
        ("subject", json!(envelope.aggregate_id())),
        ("time", json!(envelope.occurred_at().to_rfc3339())),
        ("dataversion", json!(envelope.data_version())),
        ("partitionkey", json!(envelope.partition_key())),
        ("correlationid", id(envelope.correlation_id())),
        ("causationid", id(envelope.causation_id())),
        (
            "traceparent",
            json!(envelope.trace_parent().map(TraceParent::as_str)),
        ),
        (
            "tracestate",
            json!(envelope.trace_state().map(TraceState::as_str)),
        ),
        ("data", json!(envelope.event())),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect();
    for (name, value) in envelope.extensions().iter() {
        fields.insert(name.to_owned(), json!(value));
    }
    fields
}

/// The fields that an untyped reader shows. It reads this `specversion` only.
pub(crate) fn fields_of_cloudevent(event: &CloudEvent) -> Fields {
    let data = event.data().map(|data| match data {
        Data::Json(text) => serde_json::from_str(text.as_str()).expect("it is JSON"),
        Data::Text(text) => json!(text),
        Data::Binary(bytes) => json!({ "bytes": bytes }),
        other => panic!("{other:?} is compared nowhere"),
    });
    let mut fields: Fields = [
        ("id", json!(event.id())),
        ("source", json!(event.source())),
        ("type", json!(event.event_type())),
        ("subject", json!(event.subject())),
        ("time", json!(event.time().map(|time| time.to_rfc3339()))),
        ("datacontenttype", json!(event.datacontenttype())),
        ("dataschema", json!(event.dataschema())),
        ("data", json!(data)),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect();
    for (name, value) in event.extensions() {
        fields.insert(name.to_owned(), json!(value));
    }
    fields
}
