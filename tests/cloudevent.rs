//! CloudEvents 1.0.2 in the JSON format, structured mode: written as the specification says, and read as strictly as it
//! allows.

use std::borrow::Cow;

use chrono::{TimeZone, Utc};
use outbox_core::{
    DecodeError, DecodeEvent, Envelope, EventDefinition, ExtensionName, ExtensionValue, Extensions,
    OutboxEvent, Source, TraceParent, TraceState,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/invite-service")]
struct Invited {
    #[aggregate_id]
    id: u64,
    #[partition_key]
    tenant: String,
}

fn event() -> Envelope<Invited> {
    let tenant = "acme".to_owned();
    Envelope::new(Invited { id: 7, tenant })
        .expect("a valid event")
        .with_event_id(Uuid::from_u128(1))
        .with_occurred_at(Utc.with_ymd_and_hms(2026, 1, 1, 0, 0, 0).unwrap())
}

fn cloudevent() -> Value {
    serde_json::from_slice(&event().to_cloudevent_json().unwrap()).unwrap()
}

fn read(cloudevent: &Value) -> Result<Envelope<Invited>, DecodeError> {
    Envelope::from_cloudevent_json(cloudevent.to_string().as_bytes())
}

fn with(name: &str, value: Value) -> Value {
    let mut cloudevent = cloudevent();
    cloudevent[name] = value;
    cloudevent
}

fn without(name: &str) -> Value {
    let mut cloudevent = cloudevent();
    cloudevent.as_object_mut().unwrap().remove(name);
    cloudevent
}

#[test]
fn the_attributes_come_first_and_none_is_null() {
    let json = String::from_utf8(event().to_cloudevent_json().unwrap()).unwrap();
    assert_eq!(
        json,
        concat!(
            r#"{"specversion":"1.0","id":"00000000-0000-0000-0000-000000000001","#,
            r#""source":"/invite-service","type":"com.example.invite.created","subject":"7","#,
            r#""time":"2026-01-01T00:00:00.000000Z","datacontenttype":"application/json","#,
            r#""dataversion":"1.0","partitionkey":"acme","data":{"id":7,"tenant":"acme"}}"#
        )
    );
    let mut written = Vec::new();
    event().write_cloudevent_json(&mut written).unwrap();
    assert_eq!(written, json.as_bytes());
}

#[test]
fn everything_that_is_set_is_an_attribute() {
    let event = event()
        .with_source(Source::from_static("https://example.com/a"))
        .with_correlation_id(Uuid::from_u128(2))
        .with_causation_id(Uuid::from_u128(3))
        .with_trace_parent(TraceParent::from_static(
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        ))
        .with_trace_state(TraceState::new("rojo=1").unwrap())
        .with_extension(ExtensionName::from_static("region"), "\"e\u{e4}\\u")
        .with_extension(ExtensionName::from_static("attempt"), i32::MIN)
        .with_extension(ExtensionName::from_static("replayed"), true);
    let json = event.to_cloudevent_json().unwrap();
    let read: Value = serde_json::from_slice(&json).unwrap();
    for (name, value) in [
        ("source", json!("https://example.com/a")),
        (
            "correlationid",
            json!("00000000-0000-0000-0000-000000000002"),
        ),
        ("causationid", json!("00000000-0000-0000-0000-000000000003")),
        (
            "traceparent",
            json!("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
        ),
        ("tracestate", json!("rojo=1")),
        ("region", json!("\"eä\\u")),
        ("attempt", json!(i32::MIN)),
        ("replayed", json!(true)),
    ] {
        assert_eq!(read[name], value, "{name}");
    }
    assert_eq!(Envelope::from_cloudevent_json(&json), Ok(event));
}

#[test]
fn a_buffer_is_appended_to_or_left_as_it_was() {
    let event = event();
    let json = event.to_cloudevent_json().expect("a sendable event");
    let mut buffer = b"before ".to_vec();
    for times in 1..=2 {
        event
            .append_cloudevent_json(&mut buffer)
            .expect("a sendable event");
        let expected = [b"before ", json.repeat(times).as_slice()].concat();
        assert_eq!(buffer, expected);
    }
    let before = buffer.clone();
    let name = ExtensionName::from_static("note");
    let attribute = event.clone().with_extension(name, "a\u{1}b");
    assert!(attribute.append_cloudevent_json(&mut buffer).is_err());
    assert_eq!(buffer, before);
    assert!(unwritable().append_cloudevent_json(&mut buffer).is_err());
    assert_eq!(buffer, before);
}

/// An event whose payload fails in the middle of serialization.
fn unwritable() -> Envelope<impl OutboxEvent> {
    #[derive(Serialize)]
    struct Unwritable {
        note: &'static str,
        #[serde(serialize_with = "fail")]
        fails: (),
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
    fn fail<S: serde::Serializer>((): &(), _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("it has no text"))
    }

    impl OutboxEvent for Unwritable {
        const DEFINITIONS: &'static [EventDefinition] =
            &[EventDefinition::new("com.example.note.taken", "/notes")];

        fn aggregate_id(&self) -> Cow<'_, str> {
            Cow::Borrowed("7")
        }
    }

    let event = Unwritable {
        note: "a",
        fails: (),
    };
    Envelope::new(event).expect("a valid event")
}

#[test]
fn a_writer_that_fails_is_an_error() {
    let mut full: &mut [u8] = &mut [0; 8];
    let error = event().write_cloudevent_json(&mut full).unwrap_err();
    assert!(
        matches!(error, outbox_core::EncodeError::Write(_)),
        "{error:?}"
    );
}

#[test]
fn a_required_attribute_that_is_missing_is_named() {
    for name in ["specversion", "id", "source", "type", "time", "data"] {
        let expected = DecodeError::MissingAttribute {
            name: name.to_owned(),
        };
        assert_eq!(read(&without(name)), Err(expected), "{name}");
    }
}

#[test]
fn an_optional_attribute_may_be_missing_or_null() {
    for name in ["subject", "datacontenttype", "dataversion", "partitionkey"] {
        assert_eq!(read(&without(name)), Ok(event()), "{name}");
        assert_eq!(read(&with(name, Value::Null)), Ok(event()), "{name}");
    }
    for name in [
        "correlationid",
        "tracestate",
        "anything",
        "dataschema",
        "data_base64",
    ] {
        assert_eq!(read(&with(name, Value::Null)), Ok(event()), "{name}");
    }
}

#[test]
fn an_attribute_that_breaks_its_rule_is_named() {
    for (name, wrong) in [
        ("specversion", json!("0.3")),
        ("specversion", json!("1.0.2")),
        ("specversion", json!(1.0)),
        ("id", json!("")),
        ("id", json!(1)),
        ("id", json!("order-7")),
        ("source", json!("")),
        ("source", json!("my service")),
        ("source", json!(["/s"])),
        ("type", json!("")),
        ("type", json!(true)),
        ("type", json!("com.example\u{0}")),
        ("subject", json!("")),
        ("subject", json!(7)),
        ("subject", json!("a\nb")),
        ("subject", json!("\u{FFFE}")),
        ("subject", json!("\u{9F}")),
        ("time", json!("2026-01-01")),
        ("time", json!("2026-01-01T00:00:00")),
        ("time", json!("2026-01-01 00:00:00Z")),
        ("time", json!("2026-13-01T00:00:00Z")),
        ("time", json!("2026-02-29T00:00:00Z")),
        ("time", json!("2026-01-01T24:00:00Z")),
        ("time", json!("2026-01-01T00:00:00+24:00")),
        ("time", json!(1_767_225_600)),
        ("datacontenttype", json!("json")),
        ("datacontenttype", json!("application/json;")),
        ("datacontenttype", json!("")),
        ("datacontenttype", json!("application/json;a=\"\u{1}\"")),
        ("dataschema", json!("")),
        ("dataschema", json!("/schema")),
        ("dataschema", json!("https://example.com/#fragment")),
        ("dataversion", json!("v1")),
        ("dataversion", json!(1)),
        ("partitionkey", json!("")),
        ("correlationid", json!("order-7")),
        ("causationid", json!({})),
        ("traceparent", json!("00-1-2-3")),
        ("tracestate", json!("rojo")),
        ("region", json!(1.5)),
        ("region", json!(2_147_483_648_i64)),
        ("region", json!(-2_147_483_649_i64)),
        ("region", json!([])),
        ("region", json!({})),
        ("region", json!("a\u{7F}")),
        ("Region", json!("a")),
        ("my_region", json!("a")),
        ("", json!("a")),
        ("data_base64", json!("e30=")),
    ] {
        let error = read(&with(name, wrong.clone())).unwrap_err();
        assert!(
            matches!(&error, DecodeError::InvalidAttribute { name: told, .. } if told == name),
            "{name}: {wrong}: {error:?}"
        );
    }
}

/// Payloads that cannot be written through a [`Value`].
#[test]
fn text_that_is_not_the_format_is_refused() {
    let text = cloudevent().to_string();
    let insert = |member: &str| text.replacen('{', &format!("{{{member},"), 1);
    for refused in [
        String::new(),
        "[]".to_owned(),
        format!("[{text}]"),
        format!("{text}{text}"),
        text[1..].to_owned(),
        text[..text.len() - 1].to_owned(),
        insert(r#""id":"a""#),
        insert(r#""\u0069d":"a""#),
        insert(r#""region":"a","region":"a""#),
        insert(r#""region":"\ud800""#),
        insert(r#""region":"\udc00\ud800""#),
        insert(r#""region":1.0"#),
        insert(r#""region":1e2"#),
        insert(r#""region":01"#),
        insert(r#""region":nul"#),
        insert("\"region\":\"a\tb\""),
        insert(r#""data":{}"#),
    ] {
        assert!(
            Envelope::<Invited>::from_cloudevent_json(refused.as_bytes()).is_err(),
            "{refused}"
        );
    }
    let mut not_utf_8 = insert(r#""region":"x""#).into_bytes();
    let position = not_utf_8.iter().position(|byte| *byte == b'x').unwrap();
    not_utf_8[position] = 0xFF;
    assert!(Envelope::<Invited>::from_cloudevent_json(&not_utf_8).is_err());
}

#[test]
fn integers_of_32_bits_are_read() {
    for (json, number) in [
        ("-2147483648", i32::MIN),
        ("2147483647", i32::MAX),
        ("0", 0),
        ("-0", 0),
    ] {
        let text = cloudevent()
            .to_string()
            .replacen('{', &format!("{{\"n\":{json},"), 1);
        let read = Envelope::<Invited>::from_cloudevent_json(text.as_bytes()).unwrap();
        let value = ExtensionValue::Integer(number);
        assert_eq!(
            read.extensions().iter().collect::<Vec<_>>(),
            [("n", &value)],
            "{json}"
        );
    }
}

#[test]
fn times_are_read_as_rfc_3339_says() {
    for (text, utc) in [
        ("2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"),
        ("2026-01-01t00:00:00z", "2026-01-01T00:00:00Z"),
        ("2026-01-01T05:30:00+05:30", "2026-01-01T00:00:00Z"),
        (
            "2026-01-01T00:00:00.123456789Z",
            "2026-01-01T00:00:00.123456Z",
        ),
        ("2016-12-31T23:59:60Z", "2016-12-31T23:59:60Z"),
    ] {
        let read = read(&with("time", text.into())).unwrap();
        assert_eq!(
            read.occurred_at(),
            utc.parse::<chrono::DateTime<Utc>>().unwrap(),
            "{text}"
        );
    }
}

#[test]
fn what_was_sent_is_shown() {
    let mut sent = with("subject", "eight".into());
    sent["partitionkey"] = "globex".into();
    sent["source"] = "/elsewhere".into();
    let envelope = read(&sent).unwrap();
    assert_eq!(envelope.aggregate_id(), "eight");
    assert_eq!(envelope.partition_key(), "globex");
    assert_eq!(envelope.source(), "/elsewhere");
    assert_eq!(envelope.event().tenant, "acme");
    // The attribute is passed on unchanged.
    let again: Value = serde_json::from_slice(&envelope.to_cloudevent_json().unwrap()).unwrap();
    assert_eq!(again, sent);
}

/// A hand-written event that sets an extension itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Routed {
    region: String,
}

impl OutboxEvent for Routed {
    const DEFINITIONS: &'static [EventDefinition] =
        &[EventDefinition::new("com.example.parcel.routed", "/s")];

    fn definition(&self) -> &'static EventDefinition {
        &Self::DEFINITIONS[0]
    }

    fn aggregate_id(&self) -> Cow<'_, str> {
        "parcel".into()
    }

    fn extensions(&self, extensions: &mut Extensions) {
        const REGION: ExtensionName = ExtensionName::from_static("region");
        extensions.insert(REGION, self.region.as_str());
    }
}

impl DecodeEvent for Routed {
    fn decode(_: &str, _: &str, data: &str) -> Result<Self, DecodeError> {
        Ok(serde_json::from_str(data).expect("the test's own data"))
    }
}

#[test]
fn an_extension_that_was_sent_counts_and_one_that_was_not_is_the_events() {
    let region = "eu".to_owned();
    let event = Envelope::new(Routed { region }).unwrap();
    let mut sent: Value = serde_json::from_slice(&event.to_cloudevent_json().unwrap()).unwrap();
    let read = |sent: &Value| {
        Envelope::<Routed>::from_cloudevent_json(sent.to_string().as_bytes()).unwrap()
    };
    assert_eq!(sent["region"], "eu");
    assert_eq!(read(&sent), event);
    sent["region"] = "us".into();
    assert_eq!(read(&sent).extensions().get("region"), Some(&"us".into()));
    sent["region"] = Value::Null;
    assert_eq!(read(&sent), event);
}

#[test]
fn the_data_may_be_base64_of_json() {
    let mut binary = without("data");
    binary["data_base64"] = "eyJpZCI6NywidGVuYW50IjoiYWNtZSJ9".into();
    assert_eq!(read(&binary), Ok(event()));
    for refused in ["", "eyJ", "eyJpZCI6N-==", "/w=="] {
        binary["data_base64"] = refused.into();
        assert!(read(&binary).is_err(), "{refused}");
    }
}

#[test]
fn a_payload_of_another_media_type_is_refused() {
    for json in [
        "text/json",
        "application/vnd.x+json",
        "APPLICATION/JSON; charset=utf-8",
    ] {
        assert!(
            read(&with("datacontenttype", json.into())).is_ok(),
            "{json}"
        );
    }
    for other in [
        "application/xml",
        "text/plain",
        "application/cloudevents-batch",
    ] {
        let found = other.to_owned();
        let expected = DecodeError::UnsupportedContentType { found };
        assert_eq!(read(&with("datacontenttype", other.into())), Err(expected));
    }
}

#[test]
fn the_payload_is_validated() {
    let error = read(&with("data", json!({"id": 7, "tenant": ""}))).unwrap_err();
    let DecodeError::Invalid(errors) = &error else {
        panic!("{error:?}");
    };
    assert_eq!(errors.violations()[0].path(), "tenant");
    assert!(matches!(
        read(&with("data", json!([]))),
        Err(DecodeError::Payload(_))
    ));
    assert!(matches!(
        read(&with("data", Value::Null)),
        Err(DecodeError::Payload(_))
    ));
}

#[test]
fn an_error_shows_little_of_what_it_refuses() {
    let long = "x ".repeat(10_000);
    for name in [
        "specversion",
        "id",
        "source",
        "time",
        "dataversion",
        "type",
        "data",
        "datacontenttype",
        "dataschema",
        &long,
    ] {
        let error = read(&with(name, long.clone().into())).unwrap_err();
        assert!(error.to_string().chars().count() < 400, "{name}");
    }
}
