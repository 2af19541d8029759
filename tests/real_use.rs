//! Failures from real use: each case failed once.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::error::Error as _;

use chrono::{DateTime, FixedOffset, TimeZone, Utc};
use outbox_core::row::OutboxRow;
use outbox_core::{
    CloudEvent, ContentMode, Data, DecodeError, EncodeError, Envelope, EventDefinition,
    ExtensionName, ExtensionValue, Extensions, KafkaRecord, OutboxEvent, Source, Validate,
    ValidationErrors, Violation,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, OutboxEvent)]
#[outbox(event_type = "com.example.thing.done", source = "/things")]
struct Done {
    #[aggregate_id]
    id: String,
    #[outbox(extension)]
    level: i32,
    data: Value,
}

fn done(data: Value) -> Envelope<Done> {
    let event = Done {
        id: "7".to_owned(),
        level: 12,
        data,
    };
    Envelope::new(event).expect("a valid event")
}

/// `[[[..]]]`
fn nested(depth: usize) -> Value {
    (1..depth).fold(json!([]), |value, _| json!([value]))
}

#[test]
fn a_payload_that_no_reader_reads_is_not_written() {
    // The payload itself is one level.
    let deepest = done(nested(126));
    let json = deepest.to_cloudevent_json().expect("it can be read");
    assert_eq!(Envelope::from_cloudevent_json(&json), Ok(deepest.clone()));
    let row = deepest.to_row().expect("it can be read");
    assert_eq!(Envelope::from_row(&row), Ok(deepest.clone()));
    let message = deepest.to_message_json().expect("it can be read");
    assert_eq!(Envelope::from_message_json(&message), Ok(deepest.clone()));
    for mode in [ContentMode::Binary, ContentMode::Structured] {
        let record = deepest.to_kafka_record(mode).expect("it can be read");
        assert_eq!(Envelope::from_kafka_record(&record), Ok(deepest.clone()));
    }

    let too_deep = done(nested(127));
    for error in [
        too_deep.to_cloudevent_json().unwrap_err(),
        too_deep.to_row().unwrap_err(),
        too_deep.to_message_json().unwrap_err(),
        too_deep.to_message().unwrap_err(),
        too_deep.to_cloudevent().unwrap_err(),
        too_deep.to_kafka_record(ContentMode::Binary).unwrap_err(),
        too_deep
            .to_kafka_record(ContentMode::Structured)
            .unwrap_err(),
    ] {
        assert!(matches!(error, EncodeError::Payload(_)), "{error:?}");
        assert!(error.to_string().contains("127"), "{error}");
    }
}

#[test]
fn a_builder_refuses_an_attribute_of_the_event_as_an_extension() {
    let builder = || CloudEvent::builder("7", Source::from_static("/s"), "a.b");
    for name in [
        "specversion",
        "id",
        "source",
        "type",
        "subject",
        "time",
        "datacontenttype",
        "dataschema",
    ] {
        let error = builder().extension(name, "8").build().unwrap_err();
        assert!(
            matches!(&error, EncodeError::InvalidAttribute { name: told, .. } if told == name),
            "{error}"
        );
    }
    let event = builder().extension("partitionkey", "a").build().unwrap();
    assert_eq!(event.extension("partitionkey"), Some(&"a".into()));
}

#[test]
fn an_attribute_that_cannot_be_sent_is_told_in_one_sentence() {
    let builder = |id: &str| CloudEvent::builder(id, Source::from_static("/s"), "a.b");
    assert_eq!(
        builder("").build().unwrap_err().to_string(),
        "the attribute `id` cannot be sent: it must not be empty"
    );
    let error = builder("7").dataschema("x").build().unwrap_err();
    assert_eq!(
        error.to_string(),
        "the attribute `dataschema` cannot be sent: it has no scheme; write an absolute URI, like `https://example.com/schema`"
    );
}

#[test]
fn a_time_keeps_its_instant_whatever_its_offset() {
    for seconds in [0, 60, 3_600, 1_172, -1_172, 1, -1, 86_399] {
        let offset = FixedOffset::east_opt(seconds).unwrap();
        let time = offset.with_ymd_and_hms(1930, 7, 1, 12, 0, 0).unwrap();
        let event = CloudEvent::builder("7", Source::from_static("/s"), "a.b")
            .time(time)
            .build()
            .unwrap();
        assert_eq!(event.time(), Some(time), "{seconds}");
        assert_eq!(CloudEvent::from_json(&event.to_json().unwrap()), Ok(event));
    }
}

#[test]
fn an_extension_of_another_type_is_another_extension() {
    const LEVEL: ExtensionName = ExtensionName::from_static("level");
    let event = done(Value::Null);
    let text = event.clone().with_extension(LEVEL, "12");
    assert_eq!(
        text.extensions().get("level"),
        Some(&ExtensionValue::from("12"))
    );
    assert_eq!(event.clone().with_extension(LEVEL, 12), event);
    assert_eq!(text.with_extension(LEVEL, 12), event);
}

/// A header has no type other than text.
#[test]
fn an_extension_that_arrives_as_text_is_the_events_own() {
    let event = done(Value::Null);
    let record = event.to_kafka_record(ContentMode::Binary).unwrap();
    assert_eq!(Envelope::from_kafka_record(&record), Ok(event));
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, OutboxEvent)]
#[outbox(event_type = "com.example.user.renamed", source = "/users")]
struct Renamed {
    aggregate_id: String,
}

/// The row and the CloudEvent have the received id, so the flat message must not have another.
#[test]
fn a_flat_message_says_no_other_aggregate_id() {
    let event = Renamed {
        aggregate_id: "a".to_owned(),
    };
    let mut row = Envelope::new(event).unwrap().to_row().unwrap();
    row.subject = "b".to_owned();
    let read = Envelope::<Renamed>::from_row(&row).unwrap();
    assert_eq!(read.aggregate_id(), "b");
    assert!(matches!(
        read.to_message_json(),
        Err(EncodeError::AmbiguousMember { name }) if name == "aggregate_id"
    ));
}

#[test]
fn a_structured_record_is_read_as_its_value() {
    let value = json!({
        "specversion": "1.0", "id": "7", "source": "/s", "type": "a",
        "datacontenttype": "application/json", "data_base64": "e30=",
    });
    let value = value.to_string().into_bytes();
    let content_type = b"application/cloudevents+json".to_vec();
    let headers = vec![("content-type".to_owned(), content_type)];
    let record = KafkaRecord::from_parts("t", None, headers, Some(value.clone()));
    let event = CloudEvent::from_kafka_record(&record).unwrap();
    assert_eq!(event.data(), Some(&Data::Binary(b"{}".to_vec())));
    assert_eq!(CloudEvent::from_json(&value), Ok(event));
}

#[test]
fn text_that_steers_a_terminal_or_splits_a_line_is_not_shown() {
    for steering in [
        '\u{1B}', '\u{7F}', '\u{9B}', '\u{61C}', '\u{200E}', '\u{200F}', '\u{2028}', '\u{2029}',
        '\u{202A}', '\u{202B}', '\u{202C}', '\u{202D}', '\u{202E}', '\u{2066}', '\u{2067}',
        '\u{2068}', '\u{2069}',
    ] {
        let text = format!("a{steering}b");
        let event = json!({
            "specversion": "1.0", "id": "7", "source": text, "type": "a",
        });
        let error = CloudEvent::from_json(event.to_string().as_bytes()).unwrap_err();
        let name = ExtensionName::new(text.as_str()).unwrap_err();
        for shown in [error.to_string(), name.to_string()] {
            assert!(!shown.contains(steering), "{steering:?}: {shown:?}");
        }
    }
}

/// A type that nests `Vec` and maps in itself, as deep as a reader goes.
#[derive(Debug, Default, Deserialize, Validate)]
struct Node {
    #[serde(default)]
    #[validate(nested)]
    c: Vec<Node>,
    #[serde(default)]
    #[validate(nested)]
    m: BTreeMap<String, Node>,
    #[serde(default)]
    #[validate(length(max = 0))]
    s: String,
}

#[test]
fn violations_deep_down_cost_no_more_than_their_input() {
    let leaves = vec![r#"{"s":"a"}"#; 50_000].join(",");
    let name = "ü".repeat(80);
    let mut json = format!(r#"{{"c":[{leaves}]}}"#);
    for _ in 0..59 {
        json = format!(r#"{{"m":{{"{name}":{json}}}}}"#);
    }
    let node: Node = serde_json::from_str(&json).unwrap();
    let errors = node.validate().unwrap_err();
    assert_eq!(errors.violations().len() + errors.omitted(), 50_000);
    assert!(errors.violations().len() <= 100);
    let text = errors.to_string();
    assert!(text.len() < 20_000, "{}", text.len());
    assert!(text.ends_with("more"), "{text}");
    let stored: usize = errors.iter().map(|violation| violation.path().len()).sum();
    assert!(stored < 200_000, "{stored}");
}

#[test]
fn errors_of_several_checks_are_counted_together() {
    let violation = |i: usize| Violation::new(format!("f{i}"), "custom", "is wrong");
    let half: ValidationErrors = (0..70).map(violation).collect();
    let mut all = half.clone();
    all.merge(half.clone());
    all.merge_at("other", half);
    assert_eq!(all.violations().len() + all.omitted(), 210);
    assert!(all.omitted() > 0);
    assert!(!all.is_empty());
    let json = serde_json::to_string(&all).unwrap();
    let read: ValidationErrors = serde_json::from_str(&json).unwrap();
    assert_eq!(read.violations(), all.violations());
}

fn record(headers: &[(&str, &str)], value: Option<&[u8]>) -> KafkaRecord {
    let headers = headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec()))
        .collect();
    KafkaRecord::from_parts("t", Some(b"k".to_vec()), headers, value.map(<[u8]>::to_vec))
}

#[test]
fn a_message_that_is_not_a_cloudevent_is_told_as_such() {
    let tombstone = record(&[], None);
    for (found, record) in [
        ("plain JSON", record(&[], Some(br#"{"a":1}"#))),
        (
            "JSON by its header",
            record(&[("content-type", "application/json")], Some(b"{}")),
        ),
        ("Avro", record(&[], Some(b"\0\0\0\0\x07abc"))),
        (
            "no event in structured mode",
            record(
                &[("content-type", "application/cloudevents+json")],
                Some(br#"{"a":1}"#),
            ),
        ),
    ] {
        let typed = Envelope::<Done>::from_kafka_record(&record).unwrap_err();
        let untyped = CloudEvent::from_kafka_record(&record).unwrap_err();
        for error in [typed, untyped] {
            assert!(
                matches!(error, DecodeError::NotACloudEvent { .. }),
                "{found}: {error:?}"
            );
            assert!(error.is_foreign(), "{found}");
        }
    }
    let typed = Envelope::<Done>::from_kafka_record(&tombstone).unwrap_err();
    let untyped = CloudEvent::from_kafka_record(&tombstone).unwrap_err();
    for error in [typed, untyped] {
        assert_eq!(error, DecodeError::Tombstone);
        assert!(error.is_foreign());
    }
    let json = CloudEvent::from_json(br#"{"order":{"id":7}}"#).unwrap_err();
    assert!(
        matches!(json, DecodeError::NotACloudEvent { .. }),
        "{json:?}"
    );
    let other = json!({
        "specversion": "1.0", "id": "7", "source": "/s", "type": "com.example.other.done",
        "data": {},
    });
    let id = json!("019b76da-a800-7000-8000-000000000001");
    let mut other = other;
    other["id"] = id;
    other["time"] = "2026-01-01T00:00:00Z".into();
    let error = Envelope::<Done>::from_cloudevent_json(other.to_string().as_bytes()).unwrap_err();
    assert!(error.is_foreign(), "{error:?}");
    // The rules of our events do not apply to events of another producer.
    for (name, value) in [
        ("id", "7"),
        ("datacontenttype", "text/plain"),
        ("correlationid", "x"),
    ] {
        let mut other = other.clone();
        other[name] = value.into();
        let error =
            Envelope::<Done>::from_cloudevent_json(other.to_string().as_bytes()).unwrap_err();
        assert!(error.is_foreign(), "{name}: {error:?}");
        let record = CloudEvent::from_json(other.to_string().as_bytes())
            .unwrap()
            .to_kafka_record("t", ContentMode::Binary)
            .unwrap();
        let error = Envelope::<Done>::from_kafka_record(&record).unwrap_err();
        assert!(error.is_foreign(), "{name}: {error:?}");
    }
    // A broken CloudEvent is an error, not a foreign message.
    other.as_object_mut().unwrap().remove("id");
    let error = CloudEvent::from_json(other.to_string().as_bytes()).unwrap_err();
    assert!(!error.is_foreign(), "{error:?}");
}

#[test]
fn a_time_as_postgres_shows_it_is_read() {
    let row = done(Value::Null).to_row().unwrap();
    let texts = row.to_texts().unwrap();
    let position = outbox_core::row::COLUMNS
        .iter()
        .position(|name| *name == "time")
        .unwrap();
    for (text, utc) in [
        ("2026-01-31 09:30:00+00", "2026-01-31T09:30:00Z"),
        (
            "2026-01-31 09:30:00.123456+00",
            "2026-01-31T09:30:00.123456Z",
        ),
        ("2026-01-31 15:00:00+05:30", "2026-01-31T09:30:00Z"),
        ("2026-01-31 04:30:00-05", "2026-01-31T09:30:00Z"),
    ] {
        let mut texts = texts.clone();
        texts[position] = Some(text.to_owned());
        let row = OutboxRow::from_texts(texts).expect(text);
        assert_eq!(row.time, utc.parse::<DateTime<Utc>>().unwrap(), "{text}");
    }
    for wrong in [
        "2026-01-31 09:30:00",
        "2026-01-31 09:30:00+0",
        "infinity",
        "2026-01-31 09:30:00 BC",
    ] {
        let mut texts = texts.clone();
        texts[position] = Some(wrong.to_owned());
        assert!(OutboxRow::from_texts(texts).is_err(), "{wrong}");
    }
}

#[test]
fn a_member_that_occurs_twice_is_refused_however_many_there_are() {
    let members =
        |count: usize| -> Vec<String> { (0..count).map(|i| format!("\"x{i}\":{i}")).collect() };
    let event = done(Value::Null);
    let row = event.to_row().unwrap();
    let cloudevent = String::from_utf8(event.to_cloudevent_json().unwrap()).unwrap();
    let message = String::from_utf8(event.to_message_json().unwrap()).unwrap();
    for count in [1, 2, 23, 24, 25, 26, 40] {
        let mut twice = members(count);
        twice.push("\"x0\":0".to_owned());
        let (once, twice) = (members(count).join(","), twice.join(","));
        let with = |text: &str, members: &str| text.replacen('{', &format!("{{{members},"), 1);

        let row = |extensions: &str| OutboxRow {
            extensions: Some(format!("{{{extensions}}}")),
            ..row.clone()
        };
        assert!(Envelope::<Done>::from_row(&row(&once)).is_ok(), "{count}");
        assert!(Envelope::<Done>::from_row(&row(&twice)).is_err(), "{count}");
        let read = |members: &str| CloudEvent::from_json(with(&cloudevent, members).as_bytes());
        assert!(read(&once).is_ok(), "{count}");
        assert!(read(&twice).is_err(), "{count}");
        let read =
            |members: &str| Envelope::<Done>::from_message_json(with(&message, members).as_bytes());
        assert!(read(&once).is_ok(), "{count}");
        assert!(read(&twice).is_err(), "{count}");
    }
}

#[test]
fn a_metadatum_may_stand_anywhere_in_a_flat_message() {
    let id = uuid::Uuid::from_u128(5);
    let event = done(Value::Null).with_correlation_id(id);
    let message: serde_json::Map<String, Value> =
        serde_json::from_slice(&event.to_message_json().unwrap()).unwrap();
    let members: Vec<String> = message
        .iter()
        .map(|(name, value)| format!("\"{name}\":{value}"))
        .collect();
    for last in 0..members.len() {
        let mut moved = members.clone();
        let member = moved.remove(last);
        moved.push(member);
        let text = format!("{{{}}}", moved.join(","));
        let read = Envelope::<Done>::from_message_json(text.as_bytes()).unwrap();
        assert_eq!(read.correlation_id(), Some(id), "{text}");
        assert_eq!(read, event);
    }
}

/// An event that reads version 2 as it is, and version 1 from another member.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, OutboxEvent)]
#[outbox(
    event_type = "com.example.thing.counted",
    source = "/things",
    data_version = "2.0",
    upcast_from(CountedV1)
)]
struct Counted {
    #[aggregate_id]
    id: String,
    count: u8,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, OutboxEvent)]
#[outbox(event_type = "com.example.thing.counted", source = "/things")]
struct CountedV1 {
    #[aggregate_id]
    id: String,
}

impl From<CountedV1> for Counted {
    fn from(old: CountedV1) -> Self {
        Self {
            id: old.id,
            count: 0,
        }
    }
}

#[test]
fn the_version_counts_wherever_it_stands() {
    let read = |members: [&str; 3]| {
        let text = format!(
            r#"{{"specversion":"1.0","id":"019b76da-a800-7000-8000-000000000001","source":"/things",
            "time":"2026-01-01T00:00:00Z",{}}}"#,
            members.join(",")
        );
        Envelope::<Counted>::from_cloudevent_json(text.as_bytes())
    };
    let kind = r#""type":"com.example.thing.counted""#;
    let version = r#""dataversion":"2.0""#;
    let data = r#""data":{"id":"7","count":3}"#;
    for members in [
        [kind, version, data],
        [kind, data, version],
        [data, kind, version],
        [data, version, kind],
        [version, data, kind],
        [version, kind, data],
    ] {
        let event = read(members).expect("it can be read");
        assert_eq!(event.event().count, 3, "{members:?}");
    }
    // Without a version it is version 1, whether the attribute comes before its data or not.
    for members in [
        [kind, r#""x":1"#, r#""data":{"id":"7"}"#],
        [r#""data":{"id":"7"}"#, kind, r#""x":1"#],
    ] {
        assert_eq!(read(members).expect("it can be read").event().count, 0);
    }
    let long = r#""dataversion":"1234567890""#;
    let error = read([kind, long, data]).unwrap_err();
    assert!(matches!(error, DecodeError::InvalidAttribute { name, .. } if name == "dataversion"));
}

#[test]
fn a_structured_record_gives_its_key_to_an_event_without_one() {
    let mut event: Value =
        serde_json::from_slice(&done(Value::Null).to_cloudevent_json().unwrap()).unwrap();
    event.as_object_mut().unwrap().remove("partitionkey");
    let headers = [("content-type", "application/cloudevents+json")];
    let record = record(&headers, Some(event.to_string().as_bytes()));
    let read = Envelope::<Done>::from_kafka_record(&record).unwrap();
    assert_eq!(read.partition_key(), "k");
    let nothing = self::record(&headers, None);
    let error = Envelope::<Done>::from_kafka_record(&nothing).unwrap_err();
    assert!(matches!(error, DecodeError::MissingAttribute { name } if name == "data"));
}

#[test]
fn uris_are_judged_to_the_last_character() {
    for (source, is_legal) in [
        ("#a", true),
        ("a#/?", true),
        ("a#\"", false),
        ("a#b\"", false),
        ("a#^", false),
        ("//[::7:8]/", true),
        ("//[1:2:3:4:5:6:7::]/", true),
        ("//[1:2:3:4:5:6:7::8]/", false),
        ("//[1:2:3:4:5:6:7:8]/", true),
        ("//[1:2:3:4:5:6:7]/", false),
        ("//[::1:2:3:4:5:6:7:8]/", false),
    ] {
        assert_eq!(Source::new(source).is_ok(), is_legal, "{source}");
    }
}

#[test]
fn an_error_of_a_writer_is_a_source() {
    let full: &mut [u8] = &mut [];
    let error = done(Value::Null).write_cloudevent_json(full).unwrap_err();
    let source = error.source().expect("the writer's error");
    assert!(source.downcast_ref::<std::io::Error>().is_some());
}

/// A hand-written event with its own rules, sent by reference.
#[derive(Debug, PartialEq, Serialize)]
struct ByHand {
    id: u8,
}

impl OutboxEvent for ByHand {
    const DEFINITIONS: &'static [EventDefinition] =
        &[EventDefinition::new("com.example.hand.waved", "/hands")];

    fn aggregate_id(&self) -> Cow<'_, str> {
        self.id.to_string().into()
    }

    fn extensions(&self, extensions: &mut Extensions) {
        extensions.insert(ExtensionName::from_static("hand"), i32::from(self.id));
    }

    fn validate(&self) -> Result<(), ValidationErrors> {
        if self.id == 0 {
            return Err(Violation::new("id", "custom", "must not be 0").into());
        }
        Ok(())
    }
}

#[test]
fn an_event_is_sent_by_reference() {
    let event = ByHand { id: 7 };
    let by_reference = Envelope::new(&event).unwrap();
    assert_eq!(by_reference.extensions().len(), 1);
    assert_eq!(by_reference.aggregate_id(), "7");
    assert_eq!(by_reference.to_row().unwrap().payload, r#"{"id":7}"#);
    assert!(Envelope::new(ByHand { id: 0 }).is_err());
}

#[test]
fn an_untyped_event_is_a_value_of_serde() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Letter {
        attempts: u8,
        event: CloudEvent,
    }

    let event = done(json!({"b": 1.0, "a": [null]}))
        .to_cloudevent()
        .unwrap();
    let letter = Letter { attempts: 3, event };
    let text = serde_json::to_string(&letter).unwrap();
    assert_eq!(serde_json::from_str::<Letter>(&text).unwrap(), letter);
    let value = serde_json::to_value(&letter).unwrap();
    let read: Letter = serde_json::from_value(value).unwrap();
    assert_eq!(read.event.id(), letter.event.id());
    let broken = text.replace("specversion", "version");
    assert!(serde_json::from_str::<Letter>(&broken).is_err());
}

#[test]
fn a_record_comes_apart_and_together_again() {
    for mode in [ContentMode::Binary, ContentMode::Structured] {
        let record = done(Value::Null).to_kafka_record(mode).unwrap();
        let (topic, key, headers, value) = record.clone().into_parts();
        assert_eq!(KafkaRecord::from_parts(topic, key, headers, value), record);
    }
}

#[test]
fn many_extensions_are_set_one_after_the_other() {
    let name = |i: usize| ExtensionName::new(format!("x{i}")).unwrap();
    let event = (0..2_000).fold(done(Value::Null), |event, i| {
        event.with_extension(name(i), "a")
    });
    assert_eq!(event.extensions().len(), 2_001);
}

/// Errors that depend only on the text of a value: the same for an attribute that this crate knows, and for another.
#[test]
fn an_attribute_is_refused_by_its_name_and_its_text() {
    let event = String::from_utf8(done(Value::Null).to_cloudevent_json().unwrap()).unwrap();
    for name in ["subject", "partitionkey", "correlationid", "x"] {
        let mut members: serde_json::Map<String, Value> = serde_json::from_str(&event).unwrap();
        members.remove(name);
        let without = serde_json::to_string(&members).unwrap();
        for value in [
            r#""\ud800""#,
            r#""\udc00\ud800""#,
            "1.0",
            "1e0",
            "1e999",
            "-1e999",
            "18446744073709551616",
            "[1,2]",
            r#"{"a":1}"#,
        ] {
            let text = without.replacen('{', &format!("{{\"{name}\":{value},"), 1);
            let typed = Envelope::<Done>::from_cloudevent_json(text.as_bytes()).unwrap_err();
            let untyped = CloudEvent::from_json(text.as_bytes()).unwrap_err();
            assert_eq!(typed, untyped, "{name}: {value}");
            let DecodeError::InvalidAttribute { name: told, reason } = typed else {
                panic!("{name}: {value}: {typed}");
            };
            assert_eq!(told, name, "{value}");
            assert!(
                reason.starts_with(&format!("`{value}` is refused")),
                "{name}: {reason}"
            );
        }
        // This is an Integer. The attributes of the specification cannot be Integers, but others can.
        let text = without.replacen('{', &format!("{{\"{name}\":-0,"), 1);
        let untyped = CloudEvent::from_json(text.as_bytes());
        assert_eq!(untyped.is_ok(), name != "subject", "{name}: {untyped:?}");
    }
}

#[test]
fn a_text_that_breaks_off_is_not_json_whatever_else_is_wrong_with_it() {
    let text = br#"{"specversion":"1.0","subject":"","id":"#;
    for error in [
        CloudEvent::from_json(text).unwrap_err(),
        Envelope::<Done>::from_cloudevent_json(text).unwrap_err(),
    ] {
        assert!(matches!(error, DecodeError::Json(_)), "{error:?}");
    }
}

#[test]
fn a_json_text_is_json_whoever_gives_it() {
    use serde::de::value::{Error, MapDeserializer};

    let private = "$serde_json::private::RawValue";
    for wrong in ["not json", "1\",\"x", ""] {
        let map = MapDeserializer::<_, Error>::new([(private, wrong)].into_iter());
        assert!(outbox_core::JsonText::deserialize(map).is_err(), "{wrong}");
    }
    let read: Vec<outbox_core::JsonText> =
        serde_json::from_str("[1.00, {\"b\":1,\"a\":2}]").unwrap();
    let texts: Vec<&str> = read.iter().map(outbox_core::JsonText::as_str).collect();
    assert_eq!(texts, ["1.00", "{\"b\":1,\"a\":2}"]);
    assert_eq!(
        serde_json::to_string(&read).unwrap(),
        "[1.00,{\"b\":1,\"a\":2}]"
    );
}

#[test]
fn an_untyped_event_within_a_text_has_its_place_there() {
    let good = String::from_utf8(
        done(Value::Null)
            .to_cloudevent()
            .unwrap()
            .to_json()
            .unwrap(),
    )
    .unwrap();
    let text = format!("[\n\n{good},\n{{\"specversion\":\"1.0\",\"id\":\"1\",\n\"id\":\"2\"}}\n]");
    let error = serde_json::from_str::<Vec<CloudEvent>>(&text).unwrap_err();
    // serde reports the place where it stopped, which is after the event.
    assert!((5..=6).contains(&error.line()), "{error}");
    assert!(
        error.to_string().contains("duplicate member `id`"),
        "{error}"
    );
}

#[test]
fn an_untyped_event_is_written_as_its_members() {
    #[derive(Serialize)]
    struct Wrapped {
        attempts: u8,
        #[serde(flatten)]
        event: CloudEvent,
    }

    let event = done(json!({"a": 1})).to_cloudevent().unwrap();
    let wrapped = Wrapped {
        attempts: 3,
        event: event.clone(),
    };
    let text = serde_json::to_string(&wrapped).unwrap();
    let alone = String::from_utf8(event.to_json().unwrap()).unwrap();
    assert_eq!(text, alone.replacen('{', "{\"attempts\":3,", 1));
    for (data, member) in [
        (Data::Text("a".to_owned()), r#""data":"a""#),
        (Data::Binary(vec![0, 255]), r#""data_base64":"AP8=""#),
    ] {
        let event = CloudEvent::builder("7", Source::from_static("/s"), "a.b")
            .datacontenttype("text/plain")
            .data(data)
            .build()
            .unwrap();
        let text = serde_json::to_string(&event).unwrap();
        assert!(text.contains(member), "{text}");
        assert_eq!(text.as_bytes(), event.to_json().unwrap());
        assert_eq!(serde_json::from_str::<CloudEvent>(&text).unwrap(), event);
    }
}

/// An event whose id has a default. A reader that has not read the id yet must not use the default.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, OutboxEvent)]
#[outbox(event_type = "com.example.user.seen", source = "/users")]
struct Seen {
    #[serde(default)]
    aggregate_id: String,
    name: String,
}

#[test]
fn a_shared_member_with_a_default_counts_wherever_it_stands() {
    let event = Envelope::new(Seen {
        aggregate_id: "u1".to_owned(),
        name: "Ada".to_owned(),
    })
    .unwrap();
    let message: serde_json::Map<String, Value> =
        serde_json::from_slice(&event.to_message_json().unwrap()).unwrap();
    for last in message.keys() {
        let mut members: Vec<String> = message
            .iter()
            .filter(|(name, _)| *name != last)
            .map(|(name, value)| format!("\"{name}\":{value}"))
            .collect();
        members.push(format!("\"{last}\":{}", message[last]));
        let text = format!("{{{}}}", members.join(","));
        let read = Envelope::<Seen>::from_message_json(text.as_bytes());
        assert_eq!(read.as_ref(), Ok(&event), "{text}");
    }
}

/// Values that are derived from a definition do not belong to it, so definitions can be copied and compared.
#[test]
fn a_definition_is_its_parts() {
    const BY_HAND: EventDefinition = EventDefinition::new("com.example.thing.done", "/things");
    assert_eq!(Done::DEFINITION, BY_HAND);
    assert_eq!(done(Value::Null).topic(), "outbox.event.thing");
    let by_hand = Envelope::new(ByHand { id: 7 }).unwrap();
    assert_eq!(by_hand.topic(), "outbox.event.hand");
    assert_ne!(Done::DEFINITION, BY_HAND.with_topic("things"));
    assert!(size_of::<EventDefinition>() <= 192);
}

/// The media type counts in every format.
#[test]
fn a_payload_that_is_not_json_is_refused_from_every_format() {
    let event = done(Value::Null);
    let row = OutboxRow {
        data_content_type: "text/plain".to_owned(),
        ..event.to_row().unwrap()
    };
    let mut json: Value = serde_json::from_slice(&event.to_cloudevent_json().unwrap()).unwrap();
    json["datacontenttype"] = "text/plain".into();
    json["data"] = "a".into();
    let json = json.to_string();
    let untyped = CloudEvent::from_json(json.as_bytes()).unwrap();
    let record = untyped.to_kafka_record("t", ContentMode::Binary).unwrap();
    for error in [
        Envelope::<Done>::from_row(&row).unwrap_err(),
        Envelope::<Done>::from_cloudevent_json(json.as_bytes()).unwrap_err(),
        Envelope::<Done>::from_kafka_record(&record).unwrap_err(),
        Envelope::<Done>::from_cloudevent(untyped).unwrap_err(),
    ] {
        assert!(
            matches!(&error, DecodeError::UnsupportedContentType { found } if found == "text/plain"),
            "{error:?}"
        );
    }
}
