//! The envelope: stamped once, never changed, related to its cause.

use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use outbox_core::{
    Envelope, ExtensionName, ExtensionValue, Extensions, OutboxEvent, Source, TraceParent,
    TraceState,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, OutboxEvent)]
#[outbox(event_type = "com.example.step.taken", source = "/walker")]
struct Step {
    #[aggregate_id]
    walk: String,
}

fn step() -> Envelope<Step> {
    let walk = "home".to_owned();
    Envelope::new(Step { walk }).expect("a valid step")
}

const TRACE: TraceParent =
    TraceParent::from_static("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
const REGION: ExtensionName = ExtensionName::from_static("region");

#[test]
fn it_is_stamped_when_it_is_made() {
    let before = Utc::now() - TimeDelta::microseconds(1);
    let event = step();
    assert!((before..=Utc::now()).contains(&event.occurred_at()));
    assert_eq!(event.occurred_at().timestamp_subsec_nanos() % 1_000, 0);
    assert_eq!(event.event_id().get_version_num(), 7);
    assert_eq!(event.event_type(), "com.example.step.taken");
    assert_eq!(event.aggregate_type(), "step");
    assert_eq!(event.aggregate_id(), "home");
    assert_eq!(event.partition_key(), "home");
    assert_eq!(event.source(), "/walker");
    assert_eq!(event.data_version(), "1.0");
    assert_eq!(event.correlation_id(), None);
    assert_eq!(event.causation_id(), None);
    assert_eq!(event.trace_parent(), None);
    assert_eq!(event.trace_state(), None);
    assert!(event.extensions().is_empty());
    assert_eq!(event.event().walk, "home");
    assert_eq!(event.into_event().walk, "home");
}

#[test]
fn ids_ascend() {
    let ids: Vec<Uuid> = (0..1_000).map(|_| step().event_id()).collect();
    assert!(ids.is_sorted_by(|one, next| one < next));
}

#[test]
fn the_setters_set() {
    let time = Utc.timestamp_opt(1_767_225_600, 123_456_789).unwrap();
    let [id, correlation, causation] = [1, 2, 3].map(Uuid::from_u128);
    let state = TraceState::new("rojo=1").expect("a tracestate");
    let event = step()
        .with_event_id(id)
        .with_occurred_at(time)
        .with_source(Source::from_static("https://example.com/walker"))
        .with_correlation_id(correlation)
        .with_causation_id(causation)
        .with_trace_parent(TRACE)
        .with_trace_state(state.clone())
        .with_extension(REGION, "eu")
        .with_extension(ExtensionName::from_static("attempt"), 3)
        .with_extension(ExtensionName::from_static("replayed"), false)
        .with_extension(REGION, String::from("us"));
    assert_eq!(event.event_id(), id);
    assert_eq!(event.occurred_at(), time - TimeDelta::nanoseconds(789));
    assert_eq!(event.source(), "https://example.com/walker");
    assert_eq!(event.correlation_id(), Some(correlation));
    assert_eq!(event.causation_id(), Some(causation));
    assert_eq!(event.trace_parent(), Some(&TRACE));
    assert_eq!(event.trace_state(), Some(&state));
    let extensions = event.extensions();
    let extensions: Vec<_> = extensions.iter().collect();
    assert_eq!(
        extensions,
        [
            ("attempt", &ExtensionValue::Integer(3)),
            ("region", &ExtensionValue::String("us".to_owned())),
            ("replayed", &ExtensionValue::Boolean(false)),
        ]
    );
}

#[test]
fn a_chain_of_causes_is_one_correlation() {
    let first = step().with_trace_parent(TRACE);
    let second = step().caused_by(&first);
    let third = step().caused_by(&second);
    assert_eq!(first.correlation_id(), None);
    assert_eq!(second.correlation_id(), Some(first.event_id()));
    assert_eq!(second.causation_id(), Some(first.event_id()));
    assert_eq!(third.correlation_id(), Some(first.event_id()));
    assert_eq!(third.causation_id(), Some(second.event_id()));
    assert_eq!(third.trace_parent(), Some(&TRACE));

    let state = TraceState::new("rojo=1").expect("a tracestate");
    let traced = step()
        .with_trace_parent(TRACE)
        .with_trace_state(state.clone());
    assert_eq!(step().caused_by(&traced).trace_state(), Some(&state));
    // A cause without a trace does not remove the event's trace.
    let effect = traced.caused_by(&step());
    assert_eq!(
        (effect.trace_parent(), effect.trace_state()),
        (Some(&TRACE), Some(&state))
    );

    let correlated = step().with_correlation_id(Uuid::from_u128(9));
    let effect = step().caused_by(&correlated);
    assert_eq!(effect.correlation_id(), Some(Uuid::from_u128(9)));
}

/// An event that declares its time and an extension.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct Told {
    at: DateTime<Utc>,
    region: String,
}

impl OutboxEvent for Told {
    const DEFINITIONS: &'static [outbox_core::EventDefinition] =
        &[outbox_core::EventDefinition::new(
            "com.example.tale.told",
            "/s",
        )];

    fn definition(&self) -> &'static outbox_core::EventDefinition {
        &Self::DEFINITIONS[0]
    }

    fn aggregate_id(&self) -> std::borrow::Cow<'_, str> {
        "tale".into()
    }

    fn occurred_at(&self) -> Option<DateTime<Utc>> {
        Some(self.at)
    }

    fn extensions(&self, extensions: &mut Extensions) {
        extensions.insert(REGION, self.region.as_str());
    }
}

fn told(region: &str) -> Told {
    Told {
        at: Utc.timestamp_opt(1_767_225_600, 999_999_999).unwrap(),
        region: region.to_owned(),
    }
}

#[test]
fn what_the_event_says_itself_counts() {
    let event = Envelope::new(told("eu")).unwrap();
    assert_eq!(
        event.occurred_at(),
        Utc.timestamp_opt(1_767_225_600, 999_999_000).unwrap()
    );
    let value = ExtensionValue::from("eu");
    assert_eq!(event.extensions().get("region"), Some(&value));
    assert_eq!(event.extensions().get("zone"), None);
    assert_eq!(
        event.extensions().iter().collect::<Vec<_>>(),
        [("region", &value)]
    );
}

#[test]
fn to_set_what_the_event_says_itself_changes_nothing() {
    let event = Envelope::new(told("eu")).unwrap();
    assert_eq!(event.clone().with_source(Source::from_static("/s")), event);
    assert_eq!(event.clone().with_extension(REGION, "eu"), event);
    let there = event
        .clone()
        .with_source(Source::from_static("/t"))
        .with_extension(REGION, "us");
    assert_ne!(there, event);
    let back = there
        .with_source(Source::from_static("/s"))
        .with_extension(REGION, "eu");
    assert_eq!(back, event);
}

#[test]
fn what_cannot_be_sent_is_a_violation() {
    let far = Told {
        at: DateTime::<Utc>::MAX_UTC,
        ..told("e\u{7}u")
    };
    let errors = Envelope::new(far).unwrap_err();
    let paths: Vec<_> = errors.iter().map(outbox_core::Violation::path).collect();
    assert_eq!(paths, ["occurred_at", "region"]);
}

#[test]
fn what_is_set_and_cannot_be_sent_is_refused_by_every_format() {
    use outbox_core::{ContentMode, EncodeError};
    let event = step().with_extension(REGION, "e\u{7}u");
    for refused in [
        event.to_cloudevent_json().map(drop),
        event.to_row().map(drop),
        event.to_kafka_record(ContentMode::Binary).map(drop),
        event.to_kafka_record(ContentMode::Structured).map(drop),
    ] {
        assert!(
            matches!(&refused, Err(EncodeError::InvalidAttribute { name, .. }) if name == "region"),
            "{refused:?}"
        );
    }
    let far = step().with_occurred_at(DateTime::<Utc>::MAX_UTC);
    assert!(
        matches!(far.to_cloudevent_json(), Err(EncodeError::InvalidAttribute { name, .. }) if name == "time")
    );
    assert!(
        matches!(far.to_message_json(), Err(EncodeError::InvalidAttribute { name, .. }) if name == "occurred_at")
    );
}

#[test]
fn names_are_checked_when_they_are_made() {
    for (text, reason) in [
        ("", "it is empty"),
        ("my service", "a space"),
        ("/über", "percent-encode"),
    ] {
        let error = Source::new(text).unwrap_err();
        assert!(error.to_string().contains(reason), "{error}");
    }
    assert!("data_center".parse::<ExtensionName>().is_err());
    assert!(TraceParent::try_from("00".to_owned()).is_err());
    assert!(serde_json::from_str::<Source>("\"my service\"").is_err());
    let long = Source::new("x y".repeat(1_000)).unwrap_err().to_string();
    assert!(long.chars().count() < 200, "{long}");
}
