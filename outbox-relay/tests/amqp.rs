//! The AMQP sink against RabbitMQ: `OUTBOX_TEST_AMQP_URL`, of `.ci/rabbitmq`.

mod support;

use std::sync::Mutex;
use std::time::Duration;

use futures_util::future::join_all;
use lapin::ExchangeKind;
use lapin::options::{
    ExchangeDeclareOptions, QueueDeclareOptions, QueueDeleteOptions, QueuePurgeOptions,
};
use lapin::types::{AMQPValue, FieldTable};
use outbox_core::{CloudEvent, ContentMode, OutboxRow};
use outbox_relay::Sink;
use outbox_relay::conformance::{self, Outage, SinkFixture};
use outbox_relay::sink::amqp::{AmqpOptions, AmqpSink, RoutingKey};
use outbox_relay::sink::setting::Settings;
use support::amqp::{Server, header, noted, quick};
use support::binding::ENCODED;
use support::laws::{self, is_rejected, is_unavailable};
use support::proxy::Proxy;
use support::{event_of, event_to, row};
use tokio::time;

/// An exchange with one queue behind a proxy, for the suite of laws.
struct Fixture {
    server: Server,
    proxy: Proxy,
    mode: ContentMode,
    received: Mutex<Vec<String>>,
}

impl Fixture {
    async fn new(mode: ContentMode) -> Self {
        let server = Server::with_exchange("orders").await;
        let server = server.expect("there is a server");
        let proxy = server.proxy().await;
        Self {
            server,
            proxy,
            mode,
            received: Mutex::default(),
        }
    }
}

impl SinkFixture for Fixture {
    type Sink = AmqpSink;

    async fn sink(&self) -> AmqpSink {
        let options = AmqpOptions {
            mode: self.mode,
            exchange: self.server.topic.clone(),
            timeout: Duration::from_secs(2),
            ..AmqpOptions::default()
        };
        self.server.behind(&self.proxy, &options)
    }

    async fn received(&self) -> Vec<String> {
        // The server may still be reading a message that was sent.
        time::sleep(Duration::from_millis(100)).await;
        let messages = self.server.drain(&self.server.topic).await;
        let ids = messages.iter().map(|message| {
            let id = message.properties.message_id().as_ref().unwrap();
            id.to_string()
        });
        let mut received = self.received.lock().unwrap();
        received.extend(ids);
        received.clone()
    }

    fn spoil(&self, row: &mut OutboxRow) -> bool {
        "nowhere".clone_into(&mut row.topic);
        true
    }

    async fn set_outage(&self, outage: Option<Outage>) -> bool {
        self.proxy.set_outage(outage);
        true
    }
}

#[tokio::test]
async fn the_sink_keeps_the_laws() {
    if Server::connect().await.is_none() {
        return;
    }
    for mode in [ContentMode::Binary, ContentMode::Structured] {
        let report = conformance::sink(async || Fixture::new(mode).await).await;
        assert!(report.violations().is_empty(), "{mode:?}: {report}");
    }
}

#[tokio::test]
async fn binary_mode_has_the_attributes_as_headers() {
    let Some(server) = Server::with_queue().await else {
        return;
    };
    let mut row = row("äcme", r#"{"total":7}"#);
    row.topic.clone_from(&server.topic);
    row.subject = "a \"b\" 100% €".to_owned();
    row.extensions = Some(r#"{"region":"eu","retries":3}"#.to_owned());
    let id = row.id.to_string();
    server.sink(&quick()).send(&event_of(1, row)).await.unwrap();

    let message = &server.drain(&server.topic).await[0];
    let text = |text: &Option<lapin::types::ShortString>| text.as_ref().unwrap().to_string();
    assert_eq!(message.exchange.as_str(), "amq.topic");
    assert_eq!(message.routing_key.as_str(), server.topic);
    assert_eq!(text(message.properties.content_type()), "application/json");
    assert_eq!(text(message.properties.message_id()), id);
    assert_eq!(message.properties.delivery_mode(), &Some(2));
    for (name, value) in [
        ("cloudEvents:specversion", "1.0"),
        ("cloudEvents:id", &id),
        ("cloudEvents:source", "/orders"),
        ("cloudEvents:type", "com.example.order.placed"),
        ("cloudEvents:subject", "a \"b\" 100% €"),
        ("cloudEvents:time", "2026-01-01T00:00:00.000001Z"),
        ("cloudEvents:partitionkey", "äcme"),
        ("cloudEvents:region", "eu"),
        ("cloudEvents:retries", "3"),
        ("cloudEvents:datacontenttype", ""),
    ] {
        assert_eq!(header(message, name), value, "{name}");
    }
    assert_eq!(message.data, br#"{"total":7}"#);
}

#[tokio::test]
async fn structured_mode_has_the_event_as_its_body() {
    let Some(server) = Server::with_queue().await else {
        return;
    };
    let options = AmqpOptions {
        mode: ContentMode::Structured,
        ..quick()
    };
    let event = event_to(&server.topic, 1, "acme", r#"{"total":7}"#);
    server.sink(&options).send(&event).await.unwrap();

    let message = &server.drain(&server.topic).await[0];
    let content_type = message.properties.content_type().as_ref().unwrap().as_str();
    assert_eq!(content_type, "application/cloudevents+json; charset=UTF-8");
    assert_eq!(header(message, "cloudEvents:partitionkey"), "acme");
    assert_eq!(
        &CloudEvent::from_json(&message.data).unwrap(),
        event.cloud_event()
    );
}

#[tokio::test]
async fn an_event_without_a_queue_is_rejected_among_events_that_have_one() {
    // Each kind of queue confirms at another time: at once, from its disk, by its majority.
    for kind in ["transient", "classic", "quorum"] {
        let Some(server) = Server::connect().await else {
            return;
        };
        let options = QueueDeclareOptions {
            durable: kind != "transient",
            ..QueueDeclareOptions::default()
        };
        let mut arguments = FieldTable::default();
        let queue_type = if kind == "quorum" { kind } else { "classic" };
        arguments.insert(
            "x-queue-type".into(),
            AMQPValue::LongString(queue_type.into()),
        );
        let queue = server.topic.as_str();
        let declared = server
            .channel
            .queue_declare(queue.into(), options, arguments);
        declared.await.expect("the queue is declared");
        server.bind(queue, "amq.topic", queue).await;
        let sink = server.sink(&quick());
        let nowhere = format!("no-{queue}");
        // Each answer must reach the event that it is for, with many in flight.
        let events: Vec<_> = (0..600)
            .map(|seq| {
                let topic = if seq % 3 == 0 { &nowhere } else { queue };
                event_to(topic, seq, &format!("key-{seq}"), &seq.to_string())
            })
            .collect();
        let results = join_all(events.iter().map(|event| sink.send(event))).await;
        for (seq, result) in results.iter().enumerate() {
            assert_eq!(
                is_rejected(result),
                seq % 3 == 0,
                "{kind} {seq}: {result:?}"
            );
            assert_eq!(result.is_ok(), seq % 3 != 0, "{kind} {seq}: {result:?}");
        }
        let reason = results[0].as_ref().unwrap_err().reason();
        assert!(
            reason.contains(&nowhere) && reason.contains("bind a queue"),
            "{reason}"
        );
        assert_eq!(server.noted().await.len(), 400);
    }
}

#[tokio::test]
async fn an_event_that_cannot_be_published_is_rejected_alone() {
    let Some(server) = Server::with_queue().await else {
        return;
    };
    let sink = server.sink(&quick());
    let by_key = AmqpOptions {
        routing_key: RoutingKey::Key,
        ..quick()
    };
    let by_key = server.sink(&by_key);
    let mut wide = row("wide", "1");
    wide.topic.clone_from(&server.topic);
    wide.trace_parent = Some("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".to_owned());
    wide.extensions = Some(format!("{{\"region\":{:?}}}", "x".repeat(200_000)));
    let large = format!("{:?}", "x".repeat(5_000_000));
    let others = laws::events(&server.topic, 30, 5);
    let rejected = async {
        for (why, sink, event) in [
            (
                "a large body",
                &sink,
                event_to(&server.topic, 1, "large", &large),
            ),
            ("large attributes", &sink, event_of(2, wide)),
            (
                "a long routing key",
                &by_key,
                event_to(&server.topic, 3, &"k".repeat(256), "1"),
            ),
        ] {
            let result = sink.send(&event).await;
            assert!(is_rejected(&result), "{why}: {result:?}");
        }
    };
    // Other keys do not notice.
    let (failures, ()) = tokio::join!(laws::deliver(&sink, &others), rejected);
    assert_eq!(failures, 0);
    laws::assert_in_order(&others, &server.noted().await);
}

#[tokio::test]
async fn an_event_that_the_relay_may_not_write_is_rejected() {
    let Some(server) = Server::with_queue().await else {
        return;
    };
    let sink = server.sink_of("limited", "limited", &quick());
    let result = sink.send(&event_to(&server.topic, 1, "a", "1")).await;
    assert!(is_rejected(&result), "{result:?}");
    assert!(server.noted().await.is_empty());
}

#[tokio::test]
async fn a_wrong_password_is_unavailable_and_not_printed() {
    let Some(server) = Server::connect().await else {
        return;
    };
    let sink = server.sink_of("guest", "hunter2", &quick());
    let result = sink.send(&event_to(&server.topic, 1, "a", "1")).await;
    assert!(is_unavailable(&result), "{result:?}");
    let shown = format!("{sink:?} {}", result.unwrap_err());
    assert!(!shown.contains("hunter2"), "{shown}");
}

#[tokio::test]
async fn a_full_queue_is_unavailable() {
    let Some(server) = Server::connect().await else {
        return;
    };
    let full = [
        ("x-max-length", AMQPValue::LongInt(2)),
        ("x-overflow", AMQPValue::LongString("reject-publish".into())),
    ];
    server.declare(&server.topic, &full).await;
    server.bind(&server.topic, "amq.topic", &server.topic).await;
    let sink = server.sink(&quick());
    for seq in 0..2 {
        sink.send(&event_to(&server.topic, seq, "a", "1"))
            .await
            .unwrap();
    }
    let third = event_to(&server.topic, 3, "a", "1");
    let result = sink.send(&third).await;
    assert!(is_unavailable(&result), "{result:?}");
    let options = QueuePurgeOptions::default();
    server
        .channel
        .queue_purge(server.topic.as_str().into(), options)
        .await
        .unwrap();
    sink.send(&third).await.unwrap();
}

#[tokio::test]
async fn the_check_finds_what_is_missing() {
    let Some(server) = Server::connect().await else {
        return;
    };
    let of = |exchange: &str| AmqpOptions {
        exchange: exchange.to_owned(),
        ..quick()
    };
    for exchange in ["amq.topic", "amq.direct", ""] {
        server.sink(&of(exchange)).check().await.unwrap();
    }
    let missing = server.sink(&of(&server.topic));
    let result = missing.check().await;
    assert!(is_rejected(&result), "{result:?}");
    // The exchange is the same for all events, so none of them is at fault.
    let result = missing.send(&event_to(&server.topic, 1, "a", "1")).await;
    assert!(is_unavailable(&result), "{result:?}");
    let away = "amqp://guest:guest@127.0.0.1:9/%2f".parse().unwrap();
    let result = AmqpSink::new(&away, &quick()).unwrap().check().await;
    assert!(is_unavailable(&result), "{result:?}");
}

#[tokio::test]
async fn the_keys_are_spread_over_queues_and_stay_in_order() {
    let Some(server) = Server::connect().await else {
        return;
    };
    let spread = format!("{}-spread", server.topic);
    let mut arguments = FieldTable::default();
    arguments.insert(
        "hash-header".into(),
        AMQPValue::LongString("cloudEvents:partitionkey".into()),
    );
    let declared = server.channel.exchange_declare(
        spread.as_str().into(),
        ExchangeKind::Custom("x-consistent-hash".to_owned()),
        ExchangeDeclareOptions::default(),
        arguments,
    );
    declared.await.expect("the server has the plugin");
    let bound = server.channel.exchange_bind(
        spread.as_str().into(),
        "amq.topic".into(),
        server.topic.as_str().into(),
        lapin::options::ExchangeBindOptions::default(),
        FieldTable::default(),
    );
    bound.await.unwrap();
    let queues: Vec<_> = (0..3)
        .map(|number| format!("{}-{number}", server.topic))
        .collect();
    for queue in &queues {
        server.declare(queue, &[]).await;
        // The routing key of this binding is the weight of the queue.
        server.bind(queue, &spread, "10").await;
    }
    for mode in [ContentMode::Binary, ContentMode::Structured] {
        let sink = server.sink(&AmqpOptions { mode, ..quick() });
        let keys = laws::events(&server.topic, 30, 4);
        assert_eq!(laws::deliver(&sink, &keys).await, 0);
        let mut all = Vec::new();
        let mut most = 0;
        let mut queue_of = std::collections::HashMap::new();
        for queue in &queues {
            let messages = server.drain(queue).await;
            most = most.max(messages.len());
            for message in &messages {
                let key = header(message, "cloudEvents:partitionkey");
                assert_eq!(
                    queue_of.entry(key).or_insert(queue),
                    &queue,
                    "one queue for a key"
                );
            }
            all.extend(messages);
        }
        assert!(all.len() == 120 && most < 120, "{} of {}", most, all.len());
        if mode == ContentMode::Binary {
            laws::assert_in_order(&keys, &noted(&all));
        }
    }
    for queue in &queues {
        server
            .channel
            .queue_delete(queue.as_str().into(), QueueDeleteOptions::default())
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn an_event_whose_confirmation_is_lost_comes_again_with_its_id() {
    let Some(server) = Server::with_queue().await else {
        return;
    };
    let proxy = server.proxy().await;
    let options = AmqpOptions {
        timeout: Duration::from_secs(1),
        ..quick()
    };
    let sink = server.behind(&proxy, &options);
    sink.check().await.unwrap();
    let event = event_to(&server.topic, 1, "a", "1");
    proxy.lose_answers(true);
    let lost = sink.send(&event).await;
    assert!(is_unavailable(&lost), "{lost:?}");
    proxy.lose_answers(false);
    proxy.cut();
    laws::deliver(&sink, &[vec![event.clone()]]).await;
    let messages = server.drain(&server.topic).await;
    let ids: Vec<_> = messages
        .iter()
        .map(|message| header(message, "cloudEvents:id"))
        .collect();
    assert_eq!(ids, [event.cloud_event().id(); 2]);
}

#[tokio::test]
async fn success_means_that_the_queue_has_the_event() {
    let Some(server) = Server::with_queue().await else {
        return;
    };
    let sink = server.sink(&quick());
    for seq in 0..20 {
        sink.send(&event_to(&server.topic, seq, "a", &seq.to_string()))
            .await
            .unwrap();
        let noted = server.noted().await;
        assert_eq!(noted, [("a".to_owned(), seq.to_string())]);
    }
}

#[tokio::test]
async fn nothing_that_succeeded_is_lost_when_the_sink_ends() {
    let Some(server) = Server::with_queue().await else {
        return;
    };
    let sink = server.sink(&quick());
    let keys = laws::events(&server.topic, 40, 2);
    laws::deliver(&sink, &keys).await;
    drop(sink);
    laws::assert_in_order(&keys, &server.noted().await);
}

#[tokio::test]
async fn a_server_without_an_answer_is_unavailable() {
    let Some(server) = Server::with_queue().await else {
        return;
    };
    let proxy = server.proxy().await;
    let options = AmqpOptions {
        timeout: Duration::from_secs(1),
        ..quick()
    };
    let sink = server.behind(&proxy, &options);
    sink.check().await.unwrap();
    proxy.delay(Duration::from_secs(3));
    let slow = sink.send(&event_to(&server.topic, 1, "a", "1")).await;
    assert!(is_unavailable(&slow), "{slow:?}");
    proxy.delay(Duration::ZERO);
    proxy.set_down(true);
    for _ in 0..2 {
        let down = sink.send(&event_to(&server.topic, 2, "b", "1")).await;
        assert!(is_unavailable(&down), "{down:?}");
    }
    proxy.set_down(false);
    let again = [vec![event_to(&server.topic, 3, "c", "1")]];
    laws::deliver(&sink, &again).await;
}

#[tokio::test]
async fn the_order_of_each_key_holds_while_connections_fail() {
    let Some(server) = Server::with_queue().await else {
        return;
    };
    let proxy = server.proxy().await;
    let options = AmqpOptions {
        timeout: Duration::from_secs(1),
        ..quick()
    };
    let sink = server.behind(&proxy, &options);
    let keys = laws::events(&server.topic, 20, 40);
    laws::deliver_in_trouble(&sink, &proxy, &keys).await;
    assert!(proxy.accepted() > 3, "{}", proxy.accepted());
    laws::assert_in_order(&keys, &server.noted().await);
}

#[tokio::test]
async fn a_connection_of_garbage_is_made_anew() {
    let Some(server) = Server::with_queue().await else {
        return;
    };
    let proxy = server.proxy().await;
    let options = AmqpOptions {
        timeout: Duration::from_secs(1),
        ..quick()
    };
    let sink = server.behind(&proxy, &options);
    sink.check().await.unwrap();
    proxy.corrupt(true);
    for seq in 0..3 {
        // Without TLS, a byte that changes within the payload is noticed by nobody.
        let _ = sink
            .send(&event_to(&server.topic, seq, "garbage", "1"))
            .await;
    }
    proxy.corrupt(false);
    proxy.cut();
    let later = event_to(&server.topic, 9, "later", "1");
    laws::deliver(&sink, &[vec![later]]).await;
    let messages = server.drain(&server.topic).await;
    assert!(
        messages
            .iter()
            .any(|message| header(message, "cloudEvents:partitionkey") == "later")
    );
}

#[tokio::test]
async fn a_send_can_be_dropped() {
    let Some(server) = Server::with_queue().await else {
        return;
    };
    let proxy = server.proxy().await;
    let options = AmqpOptions {
        in_flight: 2,
        ..quick()
    };
    let sink = server.behind(&proxy, &options);
    sink.check().await.unwrap();
    proxy.delay(Duration::from_millis(100));
    for seq in 0..6 {
        let event = event_to(&server.topic, seq, &format!("dropped-{seq}"), "1");
        let dropped = time::timeout(Duration::from_millis(20), sink.send(&event)).await;
        assert!(dropped.is_err(), "the send is not over");
    }
    proxy.delay(Duration::ZERO);
    let later = laws::events(&server.topic, 10, 3);
    let sent = time::timeout(Duration::from_secs(10), laws::deliver(&sink, &later)).await;
    sent.expect("later sends are not held up");
    let mut noted = server.noted().await;
    noted.retain(|(key, _)| key.starts_with("key-"));
    laws::assert_in_order(&later, &noted);
}

#[tokio::test]
async fn more_sends_than_are_allowed_in_flight_wait() {
    let Some(server) = Server::with_queue().await else {
        return;
    };
    let options = AmqpOptions {
        in_flight: 3,
        ..quick()
    };
    let sink = server.sink(&options);
    let keys = laws::events(&server.topic, 200, 2);
    assert_eq!(laws::deliver(&sink, &keys).await, 0);
    laws::assert_in_order(&keys, &server.noted().await);
}

#[tokio::test]
async fn large_events_arrive_whole() {
    let Some(server) = Server::with_queue().await else {
        return;
    };
    let sink = server.sink(&quick());
    let payload = format!("{:?}", "é".repeat(1_900_000));
    let events: Vec<_> = (0..4)
        .map(|seq| event_to(&server.topic, seq, &seq.to_string(), &payload))
        .collect();
    for result in join_all(events.iter().map(|event| sink.send(event))).await {
        result.unwrap();
    }
    let noted = server.noted().await;
    assert_eq!(noted.len(), 4);
    assert!(noted.iter().all(|(_, found)| *found == payload));
}

#[test]
fn options_that_make_no_sense_are_refused() {
    for (name, value) in [
        ("mode", "batch"),
        ("routing-key", "id"),
        ("timeout", "never"),
        ("in-flight", "0"),
        ("colour", "red"),
    ] {
        let error = AmqpOptions::default().set(name, value).unwrap_err();
        assert!(
            error.to_string().starts_with(&format!("`{name}` ")),
            "{error}"
        );
    }
    for url in ["http://localhost/", "amqp:orders"] {
        let sink = AmqpSink::new(&url.parse().unwrap(), &AmqpOptions::default());
        assert!(sink.is_err(), "{url}");
    }
}

/// A server that does not answer is not called once for each event. When it is back, they make progress at once.
#[tokio::test]
async fn sends_share_an_attempt_to_connect() {
    let Some(server) = Server::with_queue().await else {
        return;
    };
    let proxy = server.proxy().await;
    let options = AmqpOptions {
        timeout: Duration::from_secs(2),
        ..quick()
    };
    let sink = server.behind(&proxy, &options);
    let keys = laws::events(&server.topic, 200, 1);
    proxy.lose_answers(true);
    let lost = join_all(keys.iter().map(|events| sink.send(&events[0]))).await;
    assert!(lost.iter().all(is_unavailable), "{lost:?}");
    assert!(proxy.accepted() < 10, "{} attempts", proxy.accepted());
    proxy.heal();
    let first = join_all(keys.iter().map(|events| sink.send(&events[0]))).await;
    assert!(first.iter().any(Result::is_ok), "{:?}", first[0]);
    laws::deliver(&sink, &keys).await;
}

/// Of the two forms of a value, the sink writes the canonical text, in which nothing is encoded.
#[tokio::test]
async fn a_value_is_a_text_as_it_is() {
    let Some(server) = Server::with_queue().await else {
        return;
    };
    let sink = server.sink(&quick());
    for (value, _) in ENCODED {
        let mut row = row("acme", "1");
        row.topic.clone_from(&server.topic);
        value.clone_into(&mut row.subject);
        row.extensions = Some(r#"{"retries":3,"urgent":true}"#.to_owned());
        sink.send(&event_of(1, row)).await.unwrap();
    }
    let messages = server.drain(&server.topic).await;
    for (message, (value, _)) in messages.iter().zip(ENCODED) {
        for (name, expected) in [
            ("subject", value),
            ("retries", "3"),
            ("urgent", "true"),
            ("time", "2026-01-01T00:00:00.000001Z"),
        ] {
            let found = header(message, &format!("cloudEvents:{name}"));
            assert_eq!(found, expected, "{value} {name}");
        }
        let headers = message.properties.headers().as_ref().unwrap().inner();
        // The broker adds headers of its own.
        let mut ours = headers
            .keys()
            .filter(|name| !name.as_str().starts_with("x-"));
        assert!(
            ours.all(|name| name.as_str().starts_with("cloudEvents:")),
            "one separator for all: {headers:?}"
        );
    }
    assert_eq!(messages.len(), ENCODED.len());
}
