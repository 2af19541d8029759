//! The untyped event: what the specification refuses and allows, without loss.

use chrono::{DateTime, Utc};
use outbox_core::{
    CloudEvent, ContentMode, Data, DecodeError, EncodeError, Envelope, ExtensionValue, JsonText,
    KafkaRecord, OutboxEvent, Source, TraceParent,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

fn minimal() -> Value {
    json!({"specversion": "1.0", "id": "7", "source": "https://example.com", "type": "a"})
}

fn with(name: &str, value: &Value) -> Value {
    let mut event = minimal();
    event[name] = value.clone();
    event
}

fn read(event: &Value) -> Result<CloudEvent, DecodeError> {
    CloudEvent::from_json(event.to_string().as_bytes())
}

#[test]
fn what_every_event_has_is_required_and_not_empty() {
    for name in ["specversion", "id", "source", "type"] {
        let mut event = minimal();
        event.as_object_mut().unwrap().remove(name);
        let missing = DecodeError::MissingAttribute {
            name: name.to_owned(),
        };
        assert_eq!(read(&event), Err(missing.clone()));
        assert_eq!(read(&with(name, &Value::Null)), Err(missing));
        assert!(read(&with(name, &"".into())).is_err(), "{name}");
    }
    assert!(read(&minimal()).is_ok());
}

#[test]
fn what_breaks_a_rule_is_named() {
    let cases: &[(&str, &[Value])] = &[
        ("specversion", &[json!("0.9"), json!("1"), json!(1.0)]),
        (
            "id",
            &[json!(25), json!({"a": 1}), json!("a\u{0}"), json!(true)],
        ),
        ("source", &[json!("my service"), json!("a%"), json!("::")]),
        ("type", &[json!(["a"]), json!("a\nb")]),
        ("subject", &[json!(""), json!("\u{FFFF}")]),
        (
            "time",
            &[
                json!("lunchtime"),
                json!("2018-04-05T18:31Z"),
                json!("2018-04-05T18:31:00X"),
                json!("2018-04-05T18:31:00"),
                json!("2018-04-05T18:31:00+25:00"),
                json!("2018-04-05T18:31:00+xx:00"),
                json!("2018-04-05T18:31:00+05"),
                json!("2018-02-30T18:31:00Z"),
                json!("2018-04-05 18:31:00Z"),
                json!(1_522_953_060),
            ],
        ),
        (
            "datacontenttype",
            &[json!(""), json!("xyz"), json!("a/b;c"), json!("a/ b")],
        ),
        (
            "dataschema",
            &[json!(""), json!("/a"), json!("https://a/#b")],
        ),
        ("MyExtension", &[json!("bad")]),
        ("my.extension", &[json!("bad")]),
        ("my_extension", &[json!("bad")]),
        ("", &[json!("bad")]),
        (
            "number",
            &[
                json!(1.5),
                json!(2_147_483_648_i64),
                json!(-2_147_483_649_i64),
                json!({}),
                json!([]),
            ],
        ),
        (
            "data_base64",
            &[
                json!("a"),
                json!("Zg"),
                json!("Zh=="),
                json!("-_8="),
                json!(1),
            ],
        ),
    ];
    for (name, values) in cases {
        for value in *values {
            let error = read(&with(name, value)).unwrap_err();
            let DecodeError::InvalidAttribute { name: found, .. } = &error else {
                panic!("{name} {value}: {error}");
            };
            assert_eq!(found, name, "{error}");
        }
    }
    for text in [
        r#"{"specversion":"1.0","id":"1","id":"2","source":"a","type":"a"}"#,
        r#"{"specversion":"1.0","id":"1","i\u0064":"2","source":"a","type":"a"}"#,
        r#"{"specversion":"1.0","id":"\uD800","source":"a","type":"a"}"#,
        r#"{"specversion":"1.0","id":"1","source":"a","type":"a","x":1e2}"#,
        r#"{"specversion":"1.0","id":"1","source":"a","type":"a","x":1.0}"#,
        r#"{"specversion":"1.0","id":"1","source":"a","type":"a","data":1,"data_base64":""}"#,
        r#"{"specversion":"1.0","id":"1","source":"a","type":"a","datacontenttype":"text/plain","data":"\uDC00"}"#,
        "[]",
        "\"a\"",
        "",
    ] {
        assert!(CloudEvent::from_json(text.as_bytes()).is_err(), "{text}");
    }
}

#[test]
fn what_is_legal_is_read() {
    let mut event = minimal();
    for name in ["datacontenttype", "dataschema", "subject", "time", "other"] {
        event[name] = Value::Null;
    }
    let event = read(&event).unwrap();
    assert_eq!(event, read(&minimal()).unwrap());
    assert_eq!((event.subject(), event.time()), (None, None));
    assert_eq!((event.data(), event.extensions().count()), (None, 0));

    for (name, value) in [
        ("time", json!("2018-04-05T17:31:00.123456789Z")),
        ("time", json!("2018-04-05t17:31:00z")),
        ("time", json!("2016-12-31T23:59:60Z")),
        ("time", json!("2018-04-05T17:31:00-23:59")),
        ("source", json!("#fragment")),
        ("source", json!("//authority/path")),
        ("datacontenttype", json!("text/plain; charset=\"utf-8\"")),
        ("number", json!(-2_147_483_648)),
        ("number", json!(true)),
        ("partitionkey", json!("a")),
        ("correlationid", json!("no uuid")),
        ("extension0123456789012345678901234567890", json!("")),
    ] {
        let cloudevent = with(name, &value);
        let event = read(&cloudevent).unwrap();
        let written: Value = serde_json::from_slice(&event.to_json().unwrap()).unwrap();
        assert_eq!(written, cloudevent);
    }
}

#[test]
fn attributes_have_their_types() {
    let mut event = minimal();
    event["subject"] = "b".into();
    event["time"] = "2018-04-05T18:31:00+01:00".into();
    event["dataschema"] = "urn:x".into();
    event["extinteger"] = 10.into();
    event["extboolean"] = true.into();
    event["extstring"] = "text".into();
    let event = read(&event).unwrap();
    assert_eq!(event.id(), "7");
    assert_eq!(event.source(), "https://example.com");
    assert_eq!(event.event_type(), "a");
    assert_eq!(event.subject(), Some("b"));
    assert_eq!(event.dataschema(), Some("urn:x"));
    assert_eq!(
        event.time().unwrap().to_rfc3339(),
        "2018-04-05T18:31:00+01:00"
    );
    let extensions: Vec<_> = event.extensions().collect();
    assert_eq!(
        extensions,
        [
            ("extboolean", &ExtensionValue::Boolean(true)),
            ("extinteger", &ExtensionValue::Integer(10)),
            ("extstring", &ExtensionValue::String("text".to_owned())),
        ]
    );
    assert_eq!(event.extension("other"), None);
}

#[test]
fn data_is_nothing_json_text_or_bytes() {
    let text = |json: &str| Some(Data::Json(JsonText::new(json).unwrap()));
    for (members, expected) in [
        ("", None),
        (r#","data":null"#, text("null")),
        (
            r#","data":{"b": 1,  "a":1.0}"#,
            text(r#"{"b": 1,  "a":1.0}"#),
        ),
        (
            r#","data":18446744073709551616.10"#,
            text("18446744073709551616.10"),
        ),
        (r#","data":"\u00e4""#, text(r#""\u00e4""#)),
        (
            r#","data":"\u00e4","datacontenttype":"text/plain""#,
            Some(Data::Text("ä".to_owned())),
        ),
        (
            r#","datacontenttype":"application/xml","data":"<a/>""#,
            Some(Data::Text("<a/>".to_owned())),
        ),
        (
            r#","datacontenttype":"application/vnd.a+json","data":"a""#,
            text("\"a\""),
        ),
        (r#","data_base64":"AP8=""#, Some(Data::Binary(vec![0, 255]))),
        (r#","data_base64":"""#, Some(Data::Binary(Vec::new()))),
        (
            r#","data_base64":"e30=","datacontenttype":"application/json""#,
            Some(Data::Binary(b"{}".to_vec())),
        ),
    ] {
        let json = format!(r#"{{"specversion":"1.0","id":"1","source":"a","type":"a"{members}}}"#);
        let event = CloudEvent::from_json(json.as_bytes()).unwrap();
        assert_eq!(event.data(), expected.as_ref(), "{json}");
        let again = CloudEvent::from_json(&event.to_json().unwrap()).unwrap();
        assert_eq!(again, event);
    }
}

#[test]
fn a_batch_may_be_empty_and_tells_the_position_of_an_error() {
    assert_eq!(CloudEvent::batch_from_json(b"[]"), Ok(Vec::new()));
    assert_eq!(CloudEvent::batch_to_json(&[]).unwrap(), b"[]");
    let batch = json!([minimal(), with("data", &json!([1])), with("x", &json!(1))]);
    let events = CloudEvent::batch_from_json(batch.to_string().as_bytes()).unwrap();
    assert_eq!(events.len(), 3);
    let written = CloudEvent::batch_to_json(&events).unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&written).unwrap(), batch);

    for (batch, position) in [
        (json!([minimal(), with("specversion", &json!("0.9"))]), 1),
        (json!([with("id", &Value::Null), minimal()]), 0),
        (json!(["not an object", minimal()]), 0),
    ] {
        let error = CloudEvent::batch_from_json(batch.to_string().as_bytes()).unwrap_err();
        assert!(matches!(&error, DecodeError::InBatch { index, .. } if *index == position));
        assert!(
            error
                .to_string()
                .starts_with(&format!("event {position} of the batch: "))
        );
    }
    assert!(CloudEvent::batch_from_json(b"{}").is_err());
}

#[test]
fn a_builder_checks_what_it_makes() {
    let source = Source::from_static("/s");
    let builder = || CloudEvent::builder("7", source.clone(), "a.b");
    let time: DateTime<Utc> = "2026-01-01T00:00:00.5Z".parse().unwrap();
    let event = builder()
        .subject("c")
        .time(time)
        .dataschema("urn:x")
        .extension("level", 1)
        .extension("level", 2)
        .json(&json!({"a": 1}))
        .build()
        .unwrap();
    let written: Value = serde_json::from_slice(&event.to_json().unwrap()).unwrap();
    assert_eq!(
        written,
        json!({
            "specversion": "1.0", "id": "7", "source": "/s", "type": "a.b", "subject": "c",
            "time": "2026-01-01T00:00:00.500Z", "datacontenttype": "application/json",
            "dataschema": "urn:x", "level": 2, "data": {"a": 1},
        })
    );
    let Some(Data::Json(data)) = event.data() else {
        panic!("{event:?}");
    };
    assert_eq!(*data, json!({"a": 1}));

    let text = || Data::Text("a".to_owned());
    for (wrong, attribute) in [
        (CloudEvent::builder("", source.clone(), "a"), "id"),
        (CloudEvent::builder("7", source.clone(), "\0"), "type"),
        (builder().subject(""), "subject"),
        (builder().dataschema("x"), "dataschema"),
        (builder().datacontenttype("x"), "datacontenttype"),
        (builder().extension("my_name", 1), "my_name"),
        (builder().extension("data", 1), "data"),
        (builder().extension("a", "\u{7}"), "a"),
        (builder().data(text()), "datacontenttype"),
        (
            builder().data(text()).datacontenttype("a/json"),
            "datacontenttype",
        ),
        (
            builder().json(&1).datacontenttype("text/plain"),
            "datacontenttype",
        ),
    ] {
        let error = wrong.build().unwrap_err();
        assert!(
            matches!(&error, EncodeError::InvalidAttribute { name, .. } if name == attribute),
            "{attribute}: {error}"
        );
    }
    assert!(JsonText::new("{").is_err());
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, OutboxEvent)]
#[outbox(
    event_type = "com.example.stock.moved",
    source = "/stock",
    topic = "stock"
)]
struct Moved {
    #[aggregate_id]
    article: u32,
    #[partition_key]
    shelf: String,
    #[outbox(extension)]
    fragile: bool,
}

fn moved() -> Envelope<Moved> {
    let event = Moved {
        article: 7,
        shelf: "a".to_owned(),
        fragile: true,
    };
    Envelope::new(event).unwrap()
}

/// An event of the type `Moved`, with a correlation id that need not be a UUID.
fn of_another_producer(correlation_id: &str) -> CloudEvent {
    let mut event = with("correlationid", &json!(correlation_id));
    event["type"] = json!("com.example.stock.moved");
    read(&event).unwrap()
}

#[test]
fn an_envelope_and_an_untyped_event_are_one() {
    let envelope = moved();
    let event = envelope.to_cloudevent().unwrap();
    let json = envelope.to_cloudevent_json().unwrap();
    assert_eq!(CloudEvent::from_json(&json).as_ref(), Ok(&event));
    assert_eq!(event.to_json().unwrap().len(), json.len());
    assert_eq!(event.extension("partitionkey"), Some(&"a".into()));
    assert_eq!(Envelope::from_cloudevent(event), Ok(envelope));

    let error = Envelope::<Moved>::from_cloudevent(of_another_producer("order 7")).unwrap_err();
    assert!(matches!(error, DecodeError::InvalidAttribute { name, .. } if name == "correlationid"));
}

#[test]
fn a_record_is_read_in_both_modes() {
    let envelope = moved();
    for mode in [ContentMode::Binary, ContentMode::Structured] {
        let record = envelope.to_kafka_record(mode).unwrap();
        let event = CloudEvent::from_kafka_record(&record).unwrap();
        assert_eq!(event.id(), envelope.event_id().to_string());
        assert_eq!(Envelope::from_kafka_record(&record).as_ref(), Ok(&envelope));
        assert_eq!(
            Envelope::from_cloudevent(event.clone()).as_ref(),
            Ok(&envelope)
        );
        let again = event.to_kafka_record("stock", mode).unwrap();
        assert_eq!((again.topic(), again.key()), (record.topic(), record.key()));
        assert_eq!(sorted(&again), sorted(&record));
        if mode == ContentMode::Binary {
            assert_eq!(again.value(), record.value());
        }
    }
}

fn sorted(record: &KafkaRecord) -> Vec<(&str, &[u8])> {
    let mut headers: Vec<_> = record.headers().collect();
    headers.sort_unstable();
    headers
}

fn record(headers: &[(&str, &[u8])], value: Option<&[u8]>) -> KafkaRecord {
    let headers = headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.to_vec()))
        .collect();
    KafkaRecord::from_parts(
        "t",
        Some(b"key".to_vec()),
        headers,
        value.map(<[u8]>::to_vec),
    )
}

const HEADERS: [(&str, &[u8]); 5] = [
    ("ce_specversion", b"1.0"),
    ("ce_id", b"019b76da-a800-7000-8000-000000000001"),
    ("ce_source", b"/s"),
    ("ce_type", b"com.example.stock.moved"),
    ("ce_time", b"2026-01-01T00:00:00Z"),
];

fn and<'a>(more: &[(&'a str, &'a [u8])]) -> Vec<(&'a str, &'a [u8])> {
    HEADERS.iter().chain(more).copied().collect()
}

#[test]
fn the_value_of_a_record_is_what_its_media_type_says() {
    let json = |text: &str| Some(Data::Json(JsonText::new(text).unwrap()));
    let bytes = |bytes: &[u8]| Some(Data::Binary(bytes.to_vec()));
    for (media_type, value, expected) in [
        (
            Some("application/json"),
            Some(&b" {\"a\": 1} "[..]),
            json(" {\"a\": 1} "),
        ),
        (Some("application/json"), Some(b"{"), bytes(b"{")),
        (
            Some("TEXT/plain; charset=UTF-8"),
            Some(b"a"),
            Some(Data::Text("a".to_owned())),
        ),
        (Some("text/plain"), Some(b"\xFF"), bytes(b"\xFF")),
        (Some("application/avro"), Some(b"a"), bytes(b"a")),
        (Some("text/json"), Some(b"{bad"), bytes(b"{bad")),
        (None, Some(b"{}"), bytes(b"{}")),
        (None, Some(b""), bytes(b"")),
        (Some("application/json"), None, None),
    ] {
        let mut headers = HEADERS.to_vec();
        headers.extend(media_type.map(|text| ("Content-Type", text.as_bytes())));
        let event = CloudEvent::from_kafka_record(&record(&headers, value)).unwrap();
        assert_eq!(event.data(), expected.as_ref(), "{media_type:?}");
        assert_eq!(event.datacontenttype(), media_type);
        let written = event.to_kafka_record("t", ContentMode::Binary).unwrap();
        assert_eq!(written.value(), value);
    }
}

/// A reader would take the data for an event.
#[test]
fn an_event_as_data_is_sent_in_structured_mode_only() {
    for media_type in [
        "Application/CloudEvents+JSON; a=b",
        "application/cloudevents-batch+json",
    ] {
        let event = CloudEvent::builder("1", Source::from_static("/s"), "a")
            .datacontenttype(media_type)
            .json(&minimal())
            .build()
            .unwrap();
        let error = event.to_kafka_record("t", ContentMode::Binary).unwrap_err();
        assert!(
            matches!(&error, EncodeError::InvalidAttribute { name, .. } if name == "datacontenttype"),
            "{error}"
        );
        let record = event.to_kafka_record("t", ContentMode::Structured).unwrap();
        assert_eq!(CloudEvent::from_kafka_record(&record), Ok(event));
    }
}

#[test]
fn a_record_that_breaks_a_rule_is_refused() {
    let data = br#"{"article":7,"shelf":"a","fragile":true}"#;
    let ok = record(&and(&[("content-type", b"application/json")]), Some(data));
    let envelope = Envelope::<Moved>::from_kafka_record(&ok).unwrap();
    // The event has no partition key, so the key of the record is used.
    assert_eq!(envelope.partition_key(), "key");

    for (more, attribute) in [
        (&[("ce_id", &b"2"[..])][..], "ce_id"),
        (&[("ce_subject", b"")], "subject"),
        (&[("ce_subject", b"\xFF")], "subject"),
        (&[("ce_my_name", b"a")], "my_name"),
        (&[("ce_data", b"a")], "data"),
        (&[("ce_correlationid", b"a")], "correlationid"),
        (&[("content-type", b"\xFF")], "content-type"),
        (
            &[("content-type", b"a/json"), ("content-type", b"a/json")],
            "content-type",
        ),
    ] {
        let error = Envelope::<Moved>::from_kafka_record(&record(&and(more), Some(data)));
        let error = error.unwrap_err();
        assert!(
            matches!(&error, DecodeError::InvalidAttribute { name, .. } if name == attribute),
            "{attribute}: {error}"
        );
    }
    for media_type in [
        "application/cloudevents-batch+json",
        "Application/CloudEvents-Batch+json",
        "application/cloudevents+avro",
        "application/cloudevents",
        "text/plain",
    ] {
        let record = record(&and(&[("content-type", media_type.as_bytes())]), Some(data));
        let error = Envelope::<Moved>::from_kafka_record(&record).unwrap_err();
        assert!(
            matches!(error, DecodeError::UnsupportedContentType { .. }),
            "{media_type}: {error}"
        );
    }
}

#[test]
fn a_second_media_type_that_others_write_is_tolerated() {
    let headers = and(&[
        ("ce_datacontenttype", b"no media type"),
        ("content-type", b"application/json"),
        ("other", b"\xFF"),
    ]);
    let event = CloudEvent::from_kafka_record(&record(&headers, Some(b"1"))).unwrap();
    assert_eq!(event.datacontenttype(), Some("application/json"));
}

#[test]
fn a_tombstone_is_no_event() {
    let tombstone = record(&[], None);
    assert_eq!(
        CloudEvent::from_kafka_record(&tombstone),
        Err(DecodeError::Tombstone)
    );
    let structured = record(&[("content-type", b"application/cloudevents+json")], None);
    assert!(CloudEvent::from_kafka_record(&structured).is_err());
    let without_data = record(&HEADERS, None);
    assert_eq!(
        CloudEvent::from_kafka_record(&without_data).unwrap().data(),
        None
    );
    let error = Envelope::<Moved>::from_kafka_record(&without_data).unwrap_err();
    assert!(matches!(error, DecodeError::MissingAttribute { name } if name == "data"));
}

/// JSON needs a media type in a record, and none in the JSON format.
#[test]
fn json_keeps_its_media_type_in_binary_mode() {
    let event = CloudEvent::from_json(
        br#"{"specversion":"1.0","id":"1","source":"/x","type":"t","data":{"a":1}}"#,
    )
    .unwrap();
    let record = event.to_kafka_record("t", ContentMode::Binary).unwrap();
    let read = CloudEvent::from_kafka_record(&record).unwrap();
    assert_eq!(read.datacontenttype(), Some("application/json"));
    assert_eq!(read.data(), event.data());
}

#[test]
fn the_key_of_a_record_is_the_event_s_own_or_the_record_s() {
    let data = br#"{"article":7,"shelf":"a","fragile":true}"#;
    let of_record = |key: &[u8], headers: &[(&str, &[u8])]| {
        let record = record(headers, Some(data)).with_key(key);
        let event = Envelope::<Moved>::from_kafka_record(&record).unwrap();
        event.partition_key().into_owned()
    };
    assert_eq!(of_record(b"key", &and(&[])), "key");
    assert_eq!(
        of_record(b"key", &and(&[("ce_partitionkey", b"own")])),
        "own"
    );
    // A key that cannot be an attribute is ignored.
    let said = of_record(b"", &and(&[]));
    for key in [&b"a\nb"[..], b"\xFF", "\u{FDD0}".as_bytes()] {
        assert_eq!(of_record(key, &and(&[])), said);
    }
    let event = CloudEvent::from_kafka_record(&record(&HEADERS, None)).unwrap();
    let next = event.to_kafka_record("t2", ContentMode::Binary).unwrap();
    assert_eq!(next.key(), None);
    assert_eq!(next.with_key("key").key(), Some(&b"key"[..]));
}

#[test]
fn a_parameter_of_the_media_type_changes_no_mode() {
    let json = br#"{"specversion":"1.0","id":"1","source":"/x","type":"t"}"#;
    for media_type in [
        "application/cloudevents+json ;charset=UTF-8",
        "APPLICATION/CloudEvents+Json; charset=UTF-8",
    ] {
        let record = record(&[("content-type", media_type.as_bytes())], Some(json));
        assert!(
            CloudEvent::from_kafka_record(&record).is_ok(),
            "{media_type}"
        );
    }
    let batch = record(
        &[("content-type", b"application/cloudevents-batch+json")],
        Some(b"[]"),
    );
    assert_eq!(
        CloudEvent::from_kafka_record(&batch)
            .unwrap_err()
            .to_string(),
        "the content type is `application/cloudevents-batch+json`, but a single event was expected, `application/cloudevents+json`",
    );
}

/// Writing it again would give another id.
#[test]
fn a_uuid_has_one_form() {
    let id = "019b76da-a800-7000-8000-000000000001";
    for other in [
        id.replace('-', ""),
        format!("{{{id}}}"),
        format!("urn:uuid:{id}"),
    ] {
        let error = Envelope::<Moved>::from_cloudevent(of_another_producer(&other)).unwrap_err();
        assert!(
            matches!(error, DecodeError::InvalidAttribute { name, .. } if name == "correlationid")
        );
    }
}

/// A null attribute is unset. The reader that goes member by member handles it.
#[test]
fn both_readers_refuse_what_is_in_a_text_of_its_own_kind() {
    for (name, text) in [
        ("datacontenttype", "application/json;a=\"\u{1}\""),
        ("datacontenttype", "application/json;a=\"\u{7F}\""),
        ("tracestate", "a=1,\tb=2"),
        (
            "traceparent",
            "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-\u{1}",
        ),
    ] {
        let mut event = json!({
            "specversion": "1.0", "id": "019b76da-a800-7000-8000-000000000001", "source": "/stock",
            "type": "com.example.stock.moved", "time": "2026-01-01T00:00:00Z", "dataversion": "1.0",
            "data": { "article": 7, "shelf": "a", "fragile": true },
        });
        let read =
            |event: &Value| Envelope::<Moved>::from_cloudevent_json(event.to_string().as_bytes());
        let good = read(&event);
        assert!(good.is_ok(), "{good:?}");
        event[name] = text.into();
        let quick = read(&event);
        assert!(
            matches!(&quick, Err(DecodeError::InvalidAttribute { name: found, .. }) if found == name),
            "{name}: {quick:?}"
        );
        event["other"] = Value::Null;
        assert_eq!(read(&event), quick);
        let headers = event
            .as_object()
            .unwrap()
            .iter()
            .filter_map(|(name, value)| {
                let name = match name.as_str() {
                    "datacontenttype" => "content-type".to_owned(),
                    name => format!("ce_{name}"),
                };
                Some((name, value.as_str()?.as_bytes().to_vec()))
            });
        let value = event["data"].to_string().into_bytes();
        let record = KafkaRecord::from_parts("t", None, headers.collect(), Some(value));
        assert_eq!(Envelope::<Moved>::from_kafka_record(&record), quick);
    }
}

/// A later version may end in any text.
#[test]
fn a_trace_parent_is_escaped_where_it_must_be() {
    let trace_parent = "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-a\",\"x\":\"b\\c";
    let event = moved().with_trace_parent(TraceParent::new(trace_parent).unwrap());
    let json = event.to_cloudevent_json().unwrap();
    assert_eq!(Envelope::<Moved>::from_cloudevent_json(&json), Ok(event));
    let event = CloudEvent::from_json(&json).unwrap();
    assert_eq!(event.extension("traceparent"), Some(&trace_parent.into()));
    assert_eq!(event.to_json().unwrap().len(), json.len());
}
