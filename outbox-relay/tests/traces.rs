//! The spans of a relay, as OpenTelemetry exports them.

#[path = "support/sqlite.rs"]
mod database;
mod support;

use std::borrow::Cow;
use std::future::pending;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use opentelemetry::trace::{SpanId, SpanKind, Status, TracerProvider};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData};
use outbox_core::OutboxRow;
use outbox_relay::{Event, Relay, SendError, Sink};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;

use database::Database;

/// A sink that fails its first sends in the way of an outage, and rejects the events of one key.
#[derive(Default)]
struct Letters {
    failures: usize,
    rejected: &'static str,
    sends: AtomicUsize,
    named: AtomicUsize,
}

impl Sink for &Letters {
    async fn send(&self, event: &Event) -> Result<(), SendError> {
        if self.sends.fetch_add(1, Ordering::SeqCst) < self.failures {
            return Err(SendError::unavailable("the post office is closed"));
        }
        if event.key() == self.rejected {
            return Err(SendError::rejected("there is no such address"));
        }
        // So that the send has an answer after the first poll too.
        tokio::task::yield_now().await;
        Ok(())
    }

    fn system(&self) -> &'static str {
        "letters"
    }

    fn destination<'a>(&'a self, event: &'a Event) -> Cow<'a, str> {
        self.named.fetch_add(1, Ordering::SeqCst);
        format!("shop.{}", event.row().topic).into()
    }
}

/// Delivers the rows, and returns the spans that somebody who listens at this level gets.
async fn spans(rows: &[OutboxRow], sink: &Letters, level: tracing::Level) -> Vec<SpanData> {
    let exporter = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder()
        .with_simple_exporter(exporter.clone())
        .build();
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
    let spans = Targets::new()
        .with_target("outbox_relay::trace", level)
        .with_target("service", tracing::Level::INFO);
    let subscriber = tracing_subscriber::registry().with(layer).with(spans);
    let _guard = tracing::subscriber::set_default(subscriber);

    let database = Database::new().await;
    database.insert(rows);
    let relay = Relay::new(database.store().await, sink)
        .name("audit")
        .attempts(2)
        .backoff(Duration::from_millis(1), Duration::from_millis(2));
    // The relay runs in a span of its user, which lasts as long as the relay.
    let span = tracing::info_span!(target: "service", "service");
    tracing::Instrument::instrument(relay.until_empty(pending()), span)
        .await
        .expect("the relay runs");
    let mut spans = exporter.get_finished_spans().expect("the spans");
    let finished = spans.len();
    spans.retain(|span| span.name != "service");
    assert_eq!(finished, spans.len() + 1);
    spans
}

fn attribute(span: &SpanData, name: &str) -> Option<String> {
    let found = span
        .attributes
        .iter()
        .find(|pair| pair.key.as_str() == name);
    found.map(|pair| pair.value.to_string())
}

fn error(reason: &str) -> Status {
    Status::error(reason.to_owned())
}

#[tokio::test]
async fn a_span_says_what_was_sent_where_and_links_to_the_trace_of_the_event() {
    let traced = OutboxRow {
        trace_parent: Some("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".to_owned()),
        trace_state: Some("shop=eu,other=7".to_owned()),
        correlation_id: Some(uuid::Uuid::now_v7()),
        ..support::row("a", "{}")
    };
    let plain = support::row("b", "{}");
    let spans = spans(
        &[traced.clone(), plain.clone()],
        &Letters::default(),
        tracing::Level::DEBUG,
    )
    .await;
    assert_eq!(spans.len(), 2, "{spans:#?}");
    for (seq, row) in [("1", &traced), ("2", &plain)] {
        let mut of_row = spans
            .iter()
            .filter(|span| attribute(span, "outbox_relay.seq").as_deref() == Some(seq));
        let span = of_row.next().expect("a span for the row");
        assert_eq!(
            (&*span.name, &span.span_kind),
            ("send shop.orders", &SpanKind::Client)
        );
        assert_eq!(
            (span.parent_span_id, &span.status),
            (SpanId::INVALID, &Status::Unset)
        );
        let id = row.id.to_string();
        for (name, expected) in [
            ("messaging.system", Some("letters")),
            ("messaging.operation.type", Some("send")),
            ("messaging.operation.name", Some("send")),
            ("messaging.destination.name", Some("shop.orders")),
            ("messaging.message.id", Some(&*id)),
            (
                "messaging.message.conversation_id",
                row.correlation_id.map(|id| id.to_string()).as_deref(),
            ),
            ("messaging.batch.message_count", None),
            ("cloudevents.event_id", Some(&*id)),
            ("cloudevents.event_source", Some("/orders")),
            ("cloudevents.event_type", Some("com.example.order.placed")),
            ("outbox_relay.name", Some("audit")),
            ("error.type", None),
        ] {
            assert_eq!(attribute(span, name).as_deref(), expected, "{name}");
        }
        let links: Vec<_> = span.links.iter().map(|link| &link.span_context).collect();
        if row.trace_parent.is_none() {
            assert!(links.is_empty(), "{links:?}");
            continue;
        }
        let [link] = links[..] else {
            panic!("{links:?}")
        };
        assert_eq!(
            link.trace_id().to_string(),
            "4bf92f3577b34da6a3ce929d0e0e4736"
        );
        assert_eq!(link.span_id().to_string(), "00f067aa0ba902b7");
        assert!(link.is_remote() && link.is_sampled());
        assert_eq!(link.trace_state().header(), "shop=eu,other=7");
        assert_ne!(span.span_context.trace_id(), link.trace_id());
    }
}

#[tokio::test]
async fn each_attempt_at_a_rejected_event_is_a_span_with_an_error() {
    let rows = ["a", "b", "a"].map(|key| support::row(key, "{}"));
    let sink = Letters {
        rejected: "a",
        ..Letters::default()
    };
    let spans = spans(&rows, &sink, tracing::Level::DEBUG).await;
    let found = |seq: &str| {
        let of_seq = |span: &&SpanData| attribute(span, "outbox_relay.seq").as_deref() == Some(seq);
        let spans = spans.iter().filter(of_seq);
        spans
            .map(|span| (attribute(span, "error.type"), span.status.clone()))
            .collect::<Vec<_>>()
    };
    let rejected = (
        Some("rejected".to_owned()),
        error("there is no such address"),
    );
    assert_eq!(found("1"), [rejected.clone(), rejected]);
    assert_eq!(found("2"), [(None, Status::Unset)]);
    assert_eq!(found("3"), [], "it is parked behind the first");
}

#[tokio::test]
async fn an_outage_shows_as_failed_sends_until_one_succeeds() {
    let rows = [support::row("a", "{}")];
    let sink = Letters {
        failures: 3,
        ..Letters::default()
    };
    let spans = spans(&rows, &sink, tracing::Level::DEBUG).await;
    let found: Vec<_> = spans
        .iter()
        .map(|span| (attribute(span, "error.type"), span.status.clone()))
        .collect();
    let failed = (
        Some("unavailable".to_owned()),
        error("the post office is closed"),
    );
    assert_eq!(
        found,
        [
            failed.clone(),
            failed.clone(),
            failed,
            (None, Status::Unset)
        ]
    );
}

#[tokio::test]
async fn no_span_is_made_if_nobody_listens() {
    let sink = Letters::default();
    let spans = spans(&[support::row("a", "{}")], &sink, tracing::Level::INFO).await;
    assert!(spans.is_empty(), "{spans:?}");
    let counts = (
        sink.sends.load(Ordering::SeqCst),
        sink.named.load(Ordering::SeqCst),
    );
    assert_eq!(counts, (1, 0), "nothing is put together for a span");
}

#[cfg(all(feature = "amqp", feature = "http", feature = "nats"))]
#[tokio::test]
async fn a_sink_names_its_system_and_a_destination_without_key_and_secret() {
    use outbox_relay::sink::amqp::{AmqpOptions, AmqpSink, RoutingKey};
    use outbox_relay::sink::http::{HttpOptions, HttpSink};
    use outbox_relay::sink::nats::{NatsOptions, NatsSink};

    fn named(sink: &impl Sink) -> (&'static str, String) {
        let event = support::event_to("orders", 1, "customer-7", "{}");
        (sink.system(), sink.destination(&event).into_owned())
    }
    let amqp = |exchange: &str, routing_key| {
        let options = AmqpOptions {
            exchange: exchange.to_owned(),
            routing_key,
            ..AmqpOptions::default()
        };
        let url = "amqp://user:secret@localhost".parse().expect("a URL");
        named(&AmqpSink::new(&url, &options).expect("a sink"))
    };
    let expected = |system, name: &str| (system, name.to_owned());
    assert_eq!(amqp("", RoutingKey::Topic), expected("rabbitmq", "orders"));
    assert_eq!(
        amqp("shop", RoutingKey::Topic),
        expected("rabbitmq", "shop:orders")
    );
    assert_eq!(amqp("shop", RoutingKey::Key), expected("rabbitmq", "shop"));

    let options = NatsOptions {
        subject_prefix: Some("shop".to_owned()),
        key_in_subject: true,
        ..NatsOptions::default()
    };
    let url = "nats://secret@localhost".parse().expect("a URL");
    let nats = NatsSink::new(&url, &options).expect("a sink");
    assert_eq!(named(&nats), expected("nats", "shop.orders"));

    let url = "https://user:secret@example.com/hooks/secret?token=secret";
    let url = url.parse().expect("a URL");
    let http = HttpSink::new(&url, &HttpOptions::default()).expect("a sink");
    assert_eq!(named(&http), expected("http", "example.com:443"));
}
