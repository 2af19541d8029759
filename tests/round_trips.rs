//! Any event passes through any format and comes back equal, and no reader panics on any input.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use outbox_core::row::OutboxRow;
use outbox_core::{
    CloudEvent, ContentMode, Data, DecodeEvent, Envelope, ExtensionName, ExtensionValue,
    KafkaRecord, OutboxEvent, Source, TraceParent, TraceState,
};
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

/// A payload of many kinds of values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, OutboxEvent)]
#[outbox(
    event_type = "com.example.order.placed",
    source = "/orders",
    topic = "orders"
)]
#[serde(rename_all = "camelCase")]
struct Placed {
    #[aggregate_id]
    order_id: String,
    #[partition_key]
    tenant: String,
    #[partition_key]
    shelf: i64,
    at: DateTime<Utc>,
    total: f64,
    note: Option<String>,
    lines: Vec<Line>,
    labels: BTreeMap<String, Value>,
    kind: Kind,
    signature: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Line {
    sku: String,
    quantity: u32,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Kind {
    Standard,
    Express { hours: u8 },
}

/// An event whose fields become attributes in every possible way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, OutboxEvent)]
#[outbox(event_type = "com.example.stock.moved", source = "/stock")]
struct Moved {
    #[aggregate_id(display)]
    #[serde(rename = "nr")]
    article: i32,
    #[outbox(extension)]
    route: Option<String>,
    #[outbox(extension = "level")]
    #[partition_key]
    shelf_level: i32,
    #[outbox(extension)]
    fragile: bool,
    #[outbox(occurred_at)]
    occurred_at: DateTime<Utc>,
}

#[derive(Debug, Clone, PartialEq, OutboxEvent)]
enum ShopEvent {
    Placed(Box<Placed>),
    Moved(Moved),
}

/// Text that an attribute may have: no control characters, no noncharacters.
fn sendable() -> impl Strategy<Value = String> {
    let character = any::<char>().prop_filter("an attribute's character", |character| {
        let code = u32::from(*character);
        !character.is_control() && !(0xFDD0..=0xFDEF).contains(&code) && code & 0xFFFE != 0xFFFE
    });
    let character = prop_oneof![3 => character, 1 => proptest::char::ranges((&[':'..=':', '%'..='%', '"'..='"', '\\'..='\\']).into())];
    vec(character, 1..12).prop_map(String::from_iter)
}

/// Any time in the years of RFC 3339.
fn time() -> impl Strategy<Value = DateTime<Utc>> {
    (-62_167_219_200_i64..253_402_300_800, 0_u32..1_000_000_000).prop_map(|(seconds, nanos)| {
        DateTime::from_timestamp(seconds, nanos).expect("a year from 0000 to 9999")
    })
}

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        proptest::num::f64::NORMAL.prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            btree_map(any::<String>(), inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

prop_compose! {
    fn placed()(
        (order_id, tenant, shelf) in (sendable(), sendable(), any::<i64>()),
        (at, total, signature) in (time(), proptest::num::f64::NORMAL, any::<u64>()),
        note in option::of(any::<String>()),
        lines in vec((any::<String>(), any::<u32>()), 0..3),
        labels in btree_map(any::<String>(), json(), 0..3),
        hours in option::of(any::<u8>()),
    ) -> Placed {
        Placed {
            order_id,
            tenant,
            shelf,
            at,
            total,
            note,
            lines: lines.into_iter().map(|(sku, quantity)| Line { sku, quantity }).collect(),
            labels,
            kind: hours.map_or(Kind::Standard, |hours| Kind::Express { hours }),
            signature,
        }
    }
}

fn shop_event() -> impl Strategy<Value = ShopEvent> {
    let moved = (
        any::<i32>(),
        option::of(sendable()),
        any::<i32>(),
        any::<bool>(),
        time(),
    );
    let moved = moved.prop_map(
        |(article, route, shelf_level, fragile, occurred_at)| Moved {
            article,
            route,
            shelf_level,
            fragile,
            occurred_at,
        },
    );
    prop_oneof![
        placed().prop_map(|event| ShopEvent::Placed(Box::new(event))),
        moved.prop_map(ShopEvent::Moved),
    ]
}

fn id() -> impl Strategy<Value = Uuid> {
    any::<u128>().prop_map(Uuid::from_u128)
}

prop_compose! {
    /// An event with everything that the flat message carries.
    fn envelope()(
        placed in placed(),
        (event_id, occurred_at) in (id(), time()),
        (correlation, causation) in (option::of(id()), option::of(id())),
        source in prop_oneof![Just("/orders"), Just("https://example.com/a?b#c"), Just("urn:x")],
    ) -> Envelope<Placed> {
        let mut envelope = Envelope::new(placed)
            .expect("it is valid")
            .with_event_id(event_id)
            .with_occurred_at(occurred_at)
            .with_source(Source::from_static(source));
        if let Some(id) = correlation {
            envelope = envelope.with_correlation_id(id);
        }
        if let Some(id) = causation {
            envelope = envelope.with_causation_id(id);
        }
        envelope
    }
}

fn extension() -> impl Strategy<Value = ExtensionValue> {
    prop_oneof![
        sendable().prop_map(ExtensionValue::from),
        any::<i32>().prop_map(ExtensionValue::from),
        any::<bool>().prop_map(ExtensionValue::from),
    ]
}

prop_compose! {
    /// An event with everything that a CloudEvent carries.
    fn full_envelope()(
        envelope in envelope(),
        trace in option::of((1_u128.., 1_u64.., any::<u8>())),
        state in option::of("[a-z][a-z0-9_*/-]{0,9}=[!-+.-<>-~]{1,9}"),
        extensions in btree_map("x[a-z0-9]{0,9}", extension(), 0..4),
    ) -> Envelope<Placed> {
        let mut envelope = envelope;
        if let Some((trace, parent, flags)) = trace {
            let text = format!("00-{trace:032x}-{parent:016x}-{flags:02x}");
            envelope = envelope.with_trace_parent(TraceParent::new(text).expect("a traceparent"));
        }
        if let Some(state) = state {
            envelope = envelope.with_trace_state(TraceState::new(state).expect("a tracestate"));
        }
        for (name, value) in extensions {
            envelope = envelope.with_extension(ExtensionName::new(name).expect("a name"), value);
        }
        envelope
    }
}

/// Returns the JSON text of an object with its members in another order.
fn shuffled(json: &[u8]) -> impl Strategy<Value = Vec<u8>> + use<> {
    let value: Value = serde_json::from_slice(json).expect("it is JSON");
    let members: Vec<_> = value
        .as_object()
        .expect("an object")
        .clone()
        .into_iter()
        .collect();
    Just(members).prop_shuffle().prop_map(|members| {
        let members: Vec<String> = members
            .iter()
            .map(|(name, value)| format!("{}:{value}", Value::from(name.as_str())))
            .collect();
        format!("{{{}}}", members.join(",")).into_bytes()
    })
}

/// A valid text that a broken sender or an attacker has changed: some bytes are different, or missing.
fn mutilated(json: Vec<u8>) -> impl Strategy<Value = Vec<u8>> {
    let length = json.len();
    vec((0..length, any::<u8>()), 0..4).prop_flat_map(move |changes| {
        let mut json = json.clone();
        for (position, byte) in changes {
            json[position] = byte;
        }
        (0..=length).prop_map(move |end| json[..end].to_vec())
    })
}

proptest! {
    #[test]
    fn the_flat_message(event in envelope()) {
        let json = event.to_message_json().unwrap();
        prop_assert_eq!(Envelope::from_message_json(&json), Ok(event));
    }

    #[test]
    fn the_flat_message_as_a_map(event in envelope()) {
        let json = serde_json::to_vec(&event.to_message().unwrap()).unwrap();
        prop_assert_eq!(Envelope::from_message_json(&json), Ok(event));
    }

    #[test]
    fn the_flat_message_in_any_order(
        (event, json) in envelope().prop_flat_map(|event| {
            let json = event.to_message_json().unwrap();
            (Just(event), shuffled(&json))
        })
    ) {
        prop_assert_eq!(Envelope::from_message_json(&json), Ok(event));
    }

    #[test]
    fn the_cloudevent(event in full_envelope()) {
        let json = event.to_cloudevent_json().unwrap();
        prop_assert_eq!(Envelope::from_cloudevent_json(&json), Ok(event));
    }

    #[test]
    fn the_cloudevent_in_any_order(
        (event, json) in full_envelope().prop_flat_map(|event| {
            let json = event.to_cloudevent_json().unwrap();
            (Just(event), shuffled(&json))
        })
    ) {
        prop_assert_eq!(Envelope::from_cloudevent_json(&json), Ok(event));
    }

    #[test]
    fn the_row(event in full_envelope()) {
        let row = event.to_row().unwrap();
        let texts = row.to_texts().unwrap();
        prop_assert_eq!(&OutboxRow::from_texts(texts), &Ok(row.clone()));
        prop_assert_eq!(Envelope::from_row(&row), Ok(event));
    }

    #[test]
    fn the_stored_row_without_its_type(event in full_envelope()) {
        let row = event.to_row().unwrap();
        let untyped = CloudEvent::from_row(&row).unwrap();
        prop_assert_eq!(untyped.to_json().unwrap(), event.to_cloudevent_json().unwrap());
        prop_assert_eq!(&untyped, &event.to_cloudevent().unwrap());
        for mode in [ContentMode::Binary, ContentMode::Structured] {
            let record = event.to_kafka_record(mode).unwrap();
            prop_assert_eq!(&KafkaRecord::from_row(&row, mode).unwrap(), &record);
            prop_assert_eq!(&untyped.to_kafka_record(row.topic.clone(), mode).unwrap(), &record);
        }
    }

    #[test]
    fn the_kafka_record(event in full_envelope()) {
        let record = event.to_kafka_record(ContentMode::Structured).unwrap();
        prop_assert_eq!(&Envelope::from_kafka_record(&record), &Ok(event.clone()));
        // A header has no type, so an extension that is set beside the event comes back as text.
        let record = event.to_kafka_record(ContentMode::Binary).unwrap();
        let read = Envelope::<Placed>::from_kafka_record(&record).unwrap();
        let again = read.to_kafka_record(ContentMode::Binary).unwrap();
        prop_assert_eq!(again, record);
        prop_assert_eq!(read.event(), event.event());
    }

    #[test]
    fn the_untyped_event(event in full_envelope()) {
        let json = event.to_cloudevent_json().unwrap();
        let untyped = CloudEvent::from_json(&json).unwrap();
        let again = untyped.to_json().unwrap();
        prop_assert_eq!(&Envelope::from_cloudevent_json(&again), &Ok(event.clone()));
        let record = untyped.to_kafka_record("orders", ContentMode::Structured).unwrap();
        prop_assert_eq!(&CloudEvent::from_kafka_record(&record), &Ok(untyped.clone()));
        prop_assert_eq!(&Envelope::from_cloudevent(untyped), &Ok(event));
    }

    #[test]
    fn bytes_of_any_kind_are_kept(bytes in vec(any::<u8>(), 0..40), text in any::<String>()) {
        for data in [Data::Binary(bytes.clone()), Data::Text(text.clone())] {
            let event = CloudEvent::builder("1", Source::from_static("/s"), "a")
                .datacontenttype("text/plain")
                .data(data)
                .build()
                .unwrap();
            prop_assert_eq!(&CloudEvent::from_json(&event.to_json().unwrap()), &Ok(event.clone()));
            let record = event.to_kafka_record("t", ContentMode::Binary).unwrap();
            let read = CloudEvent::from_kafka_record(&record).unwrap();
            prop_assert_eq!(read.to_kafka_record("t", ContentMode::Binary).unwrap(), record);
        }
    }

    #[test]
    fn any_record_is_an_error_and_no_panic(
        headers in vec(("(ce_)?[a-z_]{0,12}|content-type|ce_(id|type|source|time)", vec(any::<u8>(), 0..20)), 0..8),
        value in option::of(vec(any::<u8>(), 0..20)),
    ) {
        let record = KafkaRecord::from_parts("t", None, headers, value);
        prop_assert!(CloudEvent::from_kafka_record(&record).is_err());
        prop_assert!(Envelope::<Placed>::from_kafka_record(&record).is_err());
    }

    #[test]
    fn a_set_in_every_format(event in shop_event()) {
        let event = Envelope::new(event).unwrap();
        let message = event.to_message_json().unwrap();
        prop_assert_eq!(&Envelope::from_message_json(&message), &Ok(event.clone()));
        let cloudevent = event.to_cloudevent_json().unwrap();
        prop_assert_eq!(&Envelope::from_cloudevent_json(&cloudevent), &Ok(event.clone()));
        let row = event.to_row().unwrap();
        prop_assert_eq!(Envelope::from_row(&row), Ok(event));
    }

    #[test]
    fn a_payload_of_any_version_is_read_or_refused(version in ".*", data in ".*") {
        let refused = Placed::decode("com.example.order.placed", &version, &data).is_err();
        prop_assert!(refused);
    }

    #[test]
    fn any_bytes_are_an_error_and_no_panic(bytes in vec(any::<u8>(), 0..200)) {
        prop_assert!(Envelope::<Placed>::from_message_json(&bytes).is_err());
        prop_assert!(Envelope::<Placed>::from_cloudevent_json(&bytes).is_err());
        prop_assert!(CloudEvent::from_json(&bytes).is_err());
    }

    #[test]
    fn a_mutilated_text_does_not_panic(
        (message, cloudevent) in full_envelope().prop_flat_map(|event| (
            mutilated(event.to_message_json().unwrap()),
            mutilated(event.to_cloudevent_json().unwrap()),
        ))
    ) {
        // An event that is still accepted is legal, so it can be written again.
        if let Ok(event) = Envelope::<Placed>::from_message_json(&message) {
            prop_assert!(event.to_message_json().is_ok());
        }
        if let Ok(event) = Envelope::<Placed>::from_cloudevent_json(&cloudevent) {
            prop_assert!(event.to_cloudevent_json().is_ok());
        }
    }
}

#[test]
fn a_deep_text_is_an_error_and_no_overflow() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let deep = open.repeat(200_000) + "1" + &close.repeat(200_000);
        for member in ["data", "labels", "anything"] {
            let json = format!("{{\"specversion\":\"1.0\",\"{member}\":{deep}}}");
            assert!(Envelope::<Placed>::from_message_json(json.as_bytes()).is_err());
            assert!(Envelope::<Placed>::from_cloudevent_json(json.as_bytes()).is_err());
        }
    }
}
