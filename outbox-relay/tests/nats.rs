//! The NATS sink against a server with JetStream: `OUTBOX_TEST_NATS_URL`, of `.ci/nats`.

mod support;

use std::time::Duration;

use async_nats::jetstream::stream::{Config, DiscardPolicy, StorageType};
use futures_util::future::join_all;
use outbox_core::{CloudEvent, ContentMode, OutboxRow};
use outbox_relay::conformance::{self, Outage, SinkFixture};
use outbox_relay::sink::nats::{NatsOptions, NatsSink};
use outbox_relay::sink::setting::Settings;
use outbox_relay::{SendError, Sink};
use support::binding::{ENCODED, event_of_subject};
use support::laws::{self, is_rejected, is_unavailable};
use support::nats::{Server, header, quick};
use support::proxy::Proxy;
use support::{event_of, event_to, row};
use tokio::time;

/// A stream behind a proxy, for the suite of laws.
struct Fixture {
    server: Server,
    proxy: Proxy,
    mode: ContentMode,
}

impl Fixture {
    async fn new(mode: ContentMode) -> Self {
        let server = Server::with_stream(Config::default())
            .await
            .expect("there is a server");
        let proxy = server.proxy().await;
        Self {
            server,
            proxy,
            mode,
        }
    }
}

impl SinkFixture for Fixture {
    type Sink = NatsSink;

    async fn sink(&self) -> NatsSink {
        let options = NatsOptions {
            mode: self.mode,
            subject_prefix: Some(self.server.topic.clone()),
            ..quick()
        };
        Server::behind(&self.proxy, &options)
    }

    async fn received(&self) -> Vec<String> {
        // The server may still be reading a message that was sent.
        time::sleep(Duration::from_millis(50)).await;
        let messages = self.server.messages().await;
        messages
            .iter()
            .map(|message| header(message, "Nats-Msg-Id"))
            .collect()
    }

    fn spoil(&self, row: &mut OutboxRow) -> bool {
        row.topic = "x".repeat(2_048);
        true
    }

    async fn set_outage(&self, outage: Option<Outage>) -> bool {
        self.proxy.set_outage(outage);
        // The client notices a cut by itself.
        time::sleep(Duration::from_millis(50)).await;
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
    let Some(server) = Server::with_stream(Config::default()).await else {
        return;
    };
    let mut row = row("äcme", r#"{"total":7}"#);
    row.topic.clone_from(&server.topic);
    row.subject = "a \"b\" 100%\r\nx: €".to_owned().replace("\r\n", " ");
    row.extensions = Some(r#"{"region":"eu","retries":3}"#.to_owned());
    let id = row.id.to_string();
    server.sink(&quick()).send(&event_of(1, row)).await.unwrap();

    let message = &server.messages().await[0];
    assert_eq!(message.subject.as_str(), server.topic);
    for (name, value) in [
        ("Nats-Msg-Id", id.as_str()),
        ("content-type", "application/json"),
        ("ce-datacontenttype", "application/json"),
        ("ce-specversion", "1.0"),
        ("ce-id", &id),
        ("ce-source", "/orders"),
        ("ce-type", "com.example.order.placed"),
        ("ce-subject", "a%20%22b%22%20100%25%20x:%20%E2%82%AC"),
        ("ce-time", "2026-01-01T00:00:00.000001Z"),
        ("ce-partitionkey", "%C3%A4cme"),
        ("ce-region", "eu"),
        ("ce-retries", "3"),
    ] {
        assert_eq!(header(message, name), value, "{name}");
    }
    assert_eq!(&message.payload[..], br#"{"total":7}"#);
}

#[tokio::test]
async fn structured_mode_has_the_event_as_its_payload() {
    let Some(server) = Server::with_stream(Config::default()).await else {
        return;
    };
    let options = NatsOptions {
        mode: ContentMode::Structured,
        key_in_subject: true,
        ..quick()
    };
    let event = event_to(&server.topic, 1, "acme.eu", r#"{"total":7}"#);
    server.sink(&options).send(&event).await.unwrap();

    let message = &server.messages().await[0];
    assert_eq!(
        message.subject.to_string(),
        format!("{}.acme%2Eeu", server.topic)
    );
    let content_type = "application/cloudevents+json; charset=UTF-8";
    assert_eq!(header(message, "content-type"), content_type);
    assert_eq!(header(message, "ce-id"), "");
    assert_eq!(
        &CloudEvent::from_json(&message.payload).unwrap(),
        event.cloud_event()
    );
}

#[tokio::test]
async fn an_event_that_cannot_be_stored_is_rejected() {
    let small = Config {
        max_message_size: 1024,
        ..Config::default()
    };
    let Some(server) = Server::with_stream(small).await else {
        return;
    };
    let topic = &server.topic;
    let other = NatsOptions {
        stream: Some("another".to_owned()),
        ..quick()
    };
    let text = |size| format!("{:?}", "x".repeat(size));
    for (why, options, topic, key, payload) in [
        (
            "larger than the stream allows",
            quick(),
            topic.clone(),
            "a",
            text(2_000),
        ),
        (
            "larger than the server allows",
            quick(),
            topic.clone(),
            "a",
            text(2_000_000),
        ),
        (
            "without a stream",
            quick(),
            format!("no-{topic}"),
            "a",
            text(1),
        ),
        ("of another stream", other, topic.clone(), "a", text(1)),
        (
            "with a subject that is too long",
            quick(),
            "x".repeat(3_000),
            "a",
            text(1),
        ),
    ] {
        let sink = server.sink(&options);
        let result = sink.send(&event_to(&topic, 1, key, &payload)).await;
        assert!(is_rejected(&result), "{why}: {result:?}");
        // The connection still works.
        let good = server
            .sink(&quick())
            .send(&event_to(&server.topic, 2, "b", "1"))
            .await;
        good.unwrap();
    }
    let noted = server.noted().await;
    assert!(noted.iter().all(|(key, _)| key == "b"), "{noted:?}");
}

#[tokio::test]
async fn an_event_that_the_relay_may_not_publish_is_rejected() {
    let Some(server) = Server::with_stream(Config::default()).await else {
        return;
    };
    let mut url = server.url.clone();
    url.set_username("limited").unwrap();
    url.set_password(Some("limited")).unwrap();
    let sink = NatsSink::new(&url, &quick()).unwrap();
    let refused = sink.send(&event_to(&server.topic, 1, "a", "1")).await;
    assert!(is_rejected(&refused), "{refused:?}");
    assert!(refused.unwrap_err().reason().contains("may not publish"));
    assert!(server.noted().await.is_empty());
}

#[tokio::test]
async fn a_wrong_password_is_unavailable_and_not_printed() {
    let Some(server) = Server::connect().await else {
        return;
    };
    let mut url = server.url.clone();
    url.set_username("limited").unwrap();
    url.set_password(Some("hunter2")).unwrap();
    let sink = NatsSink::new(&url, &quick()).unwrap();
    let result = sink.send(&event_to(&server.topic, 1, "a", "1")).await;
    assert!(is_unavailable(&result), "{result:?}");
    let shown = format!("{sink:?} {}", result.unwrap_err());
    assert!(!shown.contains("hunter2"), "{shown}");
}

#[tokio::test]
async fn a_full_stream_is_unavailable() {
    let full = Config {
        max_messages: 2,
        discard: DiscardPolicy::New,
        ..Config::default()
    };
    let Some(server) = Server::with_stream(full).await else {
        return;
    };
    let sink = server.sink(&quick());
    for seq in 0..2 {
        sink.send(&event_to(&server.topic, seq, "a", "1"))
            .await
            .unwrap();
    }
    let third = event_to(&server.topic, 3, "a", "1");
    let result = sink.send(&third).await;
    assert!(is_unavailable(&result), "{result:?}");
    server.stream().await.purge().await.unwrap();
    sink.send(&third).await.unwrap();
}

#[tokio::test]
async fn the_check_refuses_a_stream_that_loses_events() {
    for (why, config, is_accepted) in [
        ("a stream in files", Config::default(), true),
        (
            "no acknowledgements",
            Config {
                no_ack: true,
                ..Config::default()
            },
            false,
        ),
        (
            "one server's memory",
            Config {
                storage: StorageType::Memory,
                ..Config::default()
            },
            false,
        ),
    ] {
        let Some(server) = Server::with_stream(config).await else {
            return;
        };
        let stream = Some(server.topic.clone());
        let result = server
            .sink(&NatsOptions { stream, ..quick() })
            .check()
            .await;
        assert_eq!(result.is_ok(), is_accepted, "{why}: {result:?}");
        assert_eq!(is_rejected(&result), !is_accepted, "{why}: {result:?}");
        server.sink(&quick()).check().await.unwrap();
    }
    let server = Server::connect().await.expect("the server answered");
    for name in ["missing", "", "a b"] {
        let stream = Some(name.to_owned());
        let result = server
            .sink(&NatsOptions { stream, ..quick() })
            .check()
            .await;
        assert!(is_rejected(&result), "{name}: {result:?}");
    }
    let away = NatsSink::new(&"nats://127.0.0.1:9".parse().unwrap(), &quick()).unwrap();
    let result = away.check().await;
    assert!(is_unavailable(&result), "{result:?}");
}

#[tokio::test]
async fn an_event_whose_acknowledgement_is_lost_is_stored_once() {
    let Some(server) = Server::with_stream(Config::default()).await else {
        return;
    };
    let proxy = server.proxy().await;
    let sink = Server::behind(&proxy, &quick());
    let events = laws::events(&server.topic, 1, 3);
    sink.send(&events[0][0]).await.unwrap();
    proxy.lose_answers(true);
    let lost = sink.send(&events[0][1]).await;
    assert!(is_unavailable(&lost), "{lost:?}");
    assert_eq!(server.noted().await.len(), 2, "the server has the event");
    proxy.lose_answers(false);
    laws::deliver(&sink, &[events[0][1..].to_vec()]).await;
    let noted: Vec<_> = server
        .noted()
        .await
        .into_iter()
        .map(|(_, payload)| payload)
        .collect();
    assert_eq!(noted, ["0", "1", "2"]);
}

#[tokio::test]
async fn success_means_that_the_stream_has_the_event() {
    let Some(server) = Server::with_stream(Config::default()).await else {
        return;
    };
    let proxy = server.proxy().await;
    let sink = Server::behind(&proxy, &quick());
    sink.check().await.unwrap();
    for seq in 0..20 {
        sink.send(&event_to(&server.topic, seq, "a", "1"))
            .await
            .unwrap();
        let stored = server.stream().await.cached_info().state.messages;
        assert_eq!(stored, u64::try_from(seq).unwrap() + 1);
    }
    // The sink ends and its connection with it. Nothing that succeeded is lost.
    drop(sink);
    proxy.set_down(true);
    assert_eq!(server.noted().await.len(), 20);
}

#[tokio::test]
async fn a_server_without_an_answer_is_unavailable() {
    let Some(server) = Server::with_stream(Config::default()).await else {
        return;
    };
    let proxy = server.proxy().await;
    let sink = Server::behind(&proxy, &quick());
    sink.check().await.unwrap();
    proxy.delay(Duration::from_secs(3));
    let slow = sink.send(&event_to(&server.topic, 1, "a", "1")).await;
    assert!(is_unavailable(&slow), "{slow:?}");
    proxy.set_down(true);
    time::sleep(Duration::from_millis(200)).await;
    let down = sink.send(&event_to(&server.topic, 2, "b", "1")).await;
    assert!(is_unavailable(&down), "{down:?}");
    proxy.delay(Duration::ZERO);
    proxy.set_down(false);
    let again = [vec![event_to(&server.topic, 3, "c", "1")]];
    laws::deliver(&sink, &again).await;
}

#[tokio::test]
async fn the_order_of_each_key_holds_while_connections_fail() {
    let Some(server) = Server::with_stream(Config::default()).await else {
        return;
    };
    let proxy = server.proxy().await;
    let options = NatsOptions {
        timeout: Duration::from_millis(500),
        ..NatsOptions::default()
    };
    let sink = Server::behind(&proxy, &options);
    let keys = laws::events(&server.topic, 20, 40);
    laws::deliver_in_trouble(&sink, &proxy, &keys).await;
    assert!(proxy.accepted() > 3, "{}", proxy.accepted());
    laws::assert_in_order(&keys, &server.noted().await);
}

#[tokio::test]
async fn a_connection_of_garbage_is_made_anew() {
    let Some(server) = Server::with_stream(Config::default()).await else {
        return;
    };
    let proxy = server.proxy().await;
    let sink = Server::behind(&proxy, &quick());
    sink.check().await.unwrap();
    proxy.corrupt(true);
    for seq in 0..3 {
        // Without TLS, a byte that changes within the payload is noticed by nobody.
        let _ = sink
            .send(&event_to(&server.topic, seq, "garbage", "1"))
            .await;
    }
    proxy.corrupt(false);
    let topic = format!("{}.later", server.topic);
    let later = event_to(&topic, 9, "later", "1");
    laws::deliver(&sink, &[vec![later]]).await;
    let stream = server.stream().await;
    let last = stream.get_last_raw_message_by_subject(&topic).await;
    assert_eq!(header(&last.unwrap(), "ce-partitionkey"), "later");
}

#[tokio::test]
async fn a_send_can_be_dropped() {
    let Some(server) = Server::with_stream(Config::default()).await else {
        return;
    };
    let proxy = server.proxy().await;
    let options = NatsOptions {
        in_flight: 2,
        ..quick()
    };
    let sink = Server::behind(&proxy, &options);
    sink.check().await.unwrap();
    proxy.delay(Duration::from_millis(300));
    for seq in 0..6 {
        let event = event_to(&server.topic, seq, &format!("dropped-{seq}"), "1");
        let dropped = time::timeout(Duration::from_millis(20), sink.send(&event)).await;
        assert!(dropped.is_err(), "the send is not over");
    }
    proxy.delay(Duration::ZERO);
    let later = event_to(&server.topic, 9, "later", "1");
    let sent = time::timeout(Duration::from_secs(5), laws::deliver(&sink, &[vec![later]])).await;
    sent.expect("a later send is not held up");
    assert!(
        server
            .noted()
            .await
            .contains(&("later".to_owned(), "1".to_owned()))
    );
}

#[tokio::test]
async fn more_sends_than_are_allowed_in_flight_wait() {
    let Some(server) = Server::with_stream(Config::default()).await else {
        return;
    };
    let options = NatsOptions {
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
    let Some(server) = Server::with_stream(Config::default()).await else {
        return;
    };
    let sink = server.sink(&NatsOptions::default());
    let payload = format!("{:?}", "é".repeat(450_000));
    let events: Vec<_> = (0..8)
        .map(|seq| event_to(&server.topic, seq, &seq.to_string(), &payload))
        .collect();
    for result in join_all(events.iter().map(|event| sink.send(event))).await {
        result.unwrap();
    }
    let noted = server.noted().await;
    assert_eq!(noted.len(), 8);
    assert!(noted.iter().all(|(_, found)| *found == payload));
}

#[test]
fn options_that_make_no_sense_are_refused() {
    for (name, value) in [
        ("mode", "batch"),
        ("key-in-subject", "maybe"),
        ("timeout", "never"),
        ("in-flight", "0"),
        ("colour", "red"),
    ] {
        let error = NatsOptions::default().set(name, value).unwrap_err();
        assert!(
            error.to_string().starts_with(&format!("`{name}` ")),
            "{error}"
        );
    }
    for url in ["http://localhost/", "nats:orders"] {
        let sink = NatsSink::new(&url.parse().unwrap(), &NatsOptions::default());
        assert!(sink.is_err(), "{url}");
    }
}

#[tokio::test]
async fn a_file_of_the_options_that_is_missing_is_named() {
    let mut options = quick();
    options.set("credentials", "/nowhere/relay.creds").unwrap();
    let sink = NatsSink::new(&"nats://127.0.0.1:9".parse().unwrap(), &options).unwrap();
    let error = sink.check().await.unwrap_err();
    assert!(matches!(error, SendError::Unavailable { .. }), "{error}");
    assert!(
        error.reason().starts_with("a file of the options"),
        "{error}"
    );
}

/// A server that does not answer is not called once for each event, one after the other.
#[tokio::test]
async fn sends_share_an_attempt_to_connect() {
    let Some(server) = Server::with_stream(Config::default()).await else {
        return;
    };
    let proxy = server.proxy().await;
    let sink = Server::behind(&proxy, &quick());
    let keys = laws::events(&server.topic, 200, 1);
    proxy.lose_answers(true);
    let sends = join_all(keys.iter().map(|events| sink.send(&events[0])));
    let lost = time::timeout(Duration::from_secs(20), sends).await;
    let lost = lost.expect("the sends end with the attempt");
    assert!(lost.iter().all(is_unavailable), "{lost:?}");
    assert!(proxy.accepted() < 10, "{} attempts", proxy.accepted());
    proxy.heal();
    laws::deliver(&sink, &keys).await;
}

#[tokio::test]
async fn a_header_value_is_encoded_as_the_binding_says() {
    let Some(server) = Server::with_stream(Config::default()).await else {
        return;
    };
    let sink = server.sink(&quick());
    for (value, _) in ENCODED {
        sink.send(&event_of_subject(&server.topic, value))
            .await
            .unwrap();
    }
    let messages = server.messages().await;
    for (message, (value, encoded)) in messages.iter().zip(ENCODED) {
        assert_eq!(header(message, "ce-subject"), encoded, "{value}");
    }
    assert_eq!(messages.len(), ENCODED.len());
}
