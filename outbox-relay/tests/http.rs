//! The HTTP sink against a small server.

mod support;

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::Utc;
use futures_util::future::join_all;
use outbox_core::{CloudEvent, OutboxRow};
use outbox_relay::conformance::{self, Outage, SinkFixture};
use outbox_relay::sink::http::{HttpMode, HttpOptions, HttpSink, SigningSecret};
use outbox_relay::sink::setting::Settings;
use outbox_relay::{Event, SendError, Sink};
use ring::hmac;
use support::binding::{ENCODED, event_of_subject};
use support::laws::{self, is_rejected, is_unavailable};
use support::proxy::Proxy;
use support::web::{Reply, Request, Web};
use support::{event, event_of, row};
use tokio::time;

const OLD_SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const NEW_SECRET: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

fn sink(address: &str, options: &HttpOptions) -> HttpSink {
    let url = format!("http://{address}/events").parse().unwrap();
    HttpSink::new(&url, options).unwrap()
}

fn of_mode(mode: HttpMode) -> HttpOptions {
    HttpOptions {
        mode,
        ..HttpOptions::default()
    }
}

/// Returns the keys and payloads of requests in binary mode.
fn noted(requests: &[Request]) -> Vec<(String, String)> {
    let noted = requests.iter().map(|request| {
        let key = request.header("ce-partitionkey").to_owned();
        (key, request.text().to_owned())
    });
    noted.collect()
}

/// A server behind a proxy, for the suite of laws.
struct Fixture {
    web: Web,
    proxy: Proxy,
    mode: HttpMode,
}

impl Fixture {
    async fn new(mode: HttpMode) -> Self {
        let web = Web::start(|request| {
            if request.text().contains("poison") {
                422
            } else {
                200
            }
        });
        let web = web.await;
        let proxy = Proxy::start(web.address()).await;
        Self { web, proxy, mode }
    }
}

impl SinkFixture for Fixture {
    type Sink = HttpSink;

    async fn sink(&self) -> HttpSink {
        let options = HttpOptions {
            timeout: Duration::from_secs(1),
            ..of_mode(self.mode)
        };
        sink(&self.proxy.address(), &options)
    }

    async fn received(&self) -> Vec<String> {
        let requests = self.web.requests();
        let accepted = requests
            .iter()
            .filter(|request| !request.text().contains("poison"));
        let ids = accepted.flat_map(|request| match self.mode {
            HttpMode::Batch => {
                let events = CloudEvent::batch_from_json(&request.body).unwrap();
                events.iter().map(|event| event.id().to_owned()).collect()
            }
            _ => vec![request.header("idempotency-key").to_owned()],
        });
        ids.collect()
    }

    fn spoil(&self, row: &mut OutboxRow) -> bool {
        r#""poison""#.clone_into(&mut row.payload);
        true
    }

    async fn set_outage(&self, outage: Option<Outage>) -> bool {
        self.proxy.set_outage(outage);
        true
    }
}

#[tokio::test]
async fn the_sink_keeps_the_laws() {
    for mode in [HttpMode::Binary, HttpMode::Structured, HttpMode::Batch] {
        let report = conformance::sink(async || Fixture::new(mode).await).await;
        assert!(report.violations().is_empty(), "{mode:?}: {report}");
    }
}

#[tokio::test]
async fn binary_mode_has_the_attributes_as_headers() {
    let web = Web::start(|_| 204).await;
    let mut row = row("äcme", r#"{"total":7}"#);
    row.subject = "a \"b\" 100% €".to_owned();
    row.extensions = Some(r#"{"region":"eu","retries":3,"urgent":true}"#.to_owned());
    let id = row.id.to_string();
    sink(&web.address(), &of_mode(HttpMode::Binary))
        .send(&event_of(1, row))
        .await
        .unwrap();

    let request = &web.requests()[0];
    assert_eq!(request.line, "POST /events HTTP/1.1");
    for (name, value) in [
        ("content-type", "application/json"),
        ("idempotency-key", &id),
        ("ce-specversion", "1.0"),
        ("ce-id", &id),
        ("ce-source", "/orders"),
        ("ce-type", "com.example.order.placed"),
        ("ce-subject", "a%20%22b%22%20100%25%20%E2%82%AC"),
        ("ce-time", "2026-01-01T00:00:00.000001Z"),
        ("ce-partitionkey", "%C3%A4cme"),
        ("ce-dataversion", "1.0"),
        ("ce-region", "eu"),
        ("ce-retries", "3"),
        ("ce-urgent", "true"),
        ("webhook-signature", ""),
    ] {
        assert_eq!(request.header(name), value, "{name}");
    }
    assert_eq!(request.text(), r#"{"total":7}"#);
}

#[tokio::test]
async fn structured_mode_has_the_event_as_its_body() {
    let web = Web::start(|_| 200).await;
    let event = event(1, "acme", r#"{"total":7}"#);
    let sink = sink(&web.address(), &of_mode(HttpMode::Structured));
    sink.send(&event).await.unwrap();

    let request = &web.requests()[0];
    let content_type = "application/cloudevents+json; charset=UTF-8";
    assert_eq!(request.header("content-type"), content_type);
    assert_eq!(request.header("ce-id"), "");
    let id = event.cloud_event().id();
    assert_eq!(request.header("idempotency-key"), id);
    assert_eq!(
        &CloudEvent::from_json(&request.body).unwrap(),
        event.cloud_event()
    );
}

#[tokio::test]
async fn batch_mode_has_events_of_many_keys_in_one_request() {
    let web = Web::start(|_| 200).await;
    let options = HttpOptions {
        batch: 25,
        linger: Duration::from_millis(200),
        ..of_mode(HttpMode::Batch)
    };
    let sink = sink(&web.address(), &options);
    let keys = laws::events("orders", 60, 1);
    assert_eq!(laws::deliver(&sink, &keys).await, 0);

    let requests = web.requests();
    let content_type = "application/cloudevents-batch+json; charset=UTF-8";
    let mut sizes = Vec::new();
    let mut ids = Vec::new();
    for request in &requests {
        assert_eq!(request.header("content-type"), content_type);
        let events = CloudEvent::batch_from_json(&request.body).unwrap();
        sizes.push(events.len());
        ids.extend(events.iter().map(|event| event.id().to_owned()));
    }
    sizes.sort_unstable();
    assert_eq!(sizes, [10, 25, 25]);
    ids.sort_unstable();
    let mut expected: Vec<_> = keys
        .iter()
        .map(|of_key| of_key[0].cloud_event().id())
        .collect();
    expected.sort_unstable();
    assert_eq!(ids, expected);
}

#[tokio::test]
async fn a_rejected_batch_is_halved_until_the_bad_event_is_alone() {
    let web = Web::start(|request| {
        if request.text().contains("poison") {
            422
        } else {
            200
        }
    })
    .await;
    let options = HttpOptions {
        linger: Duration::from_millis(200),
        ..of_mode(HttpMode::Batch)
    };
    let sink = sink(&web.address(), &options);
    let events: Vec<_> = (0..16)
        .map(|seq| {
            let payload = if seq == 11 { r#""poison""# } else { "1" };
            event(seq, &format!("key-{seq}"), payload)
        })
        .collect();
    let results = join_all(events.iter().map(|event| sink.send(event))).await;
    for (seq, result) in results.iter().enumerate() {
        assert_eq!(is_rejected(result), seq == 11, "{seq}: {result:?}");
        assert_eq!(result.is_ok(), seq != 11, "{seq}: {result:?}");
    }
    // 16, then two halves of each size that has the event: 8, 4, 2, 1.
    assert_eq!(web.requests().len(), 9);
}

#[tokio::test]
async fn a_batch_of_an_unavailable_server_is_sent_as_one() {
    let web = Web::start(|_| 503).await;
    let options = HttpOptions {
        linger: Duration::from_millis(100),
        ..of_mode(HttpMode::Batch)
    };
    let sink = sink(&web.address(), &options);
    let events: Vec<_> = (0..5)
        .map(|seq| event(seq, &seq.to_string(), "1"))
        .collect();
    let results = join_all(events.iter().map(|event| sink.send(event))).await;
    assert!(results.iter().all(is_unavailable), "{results:?}");
    assert_eq!(web.requests().len(), 1);
}

#[tokio::test]
async fn the_status_decides() {
    let web = Web::start(|request| request.text().parse::<u16>().unwrap()).await;
    let sink = sink(&web.address(), &HttpOptions::default());
    for (status, expected) in [
        (200, "delivered"),
        (201, "delivered"),
        (202, "delivered"),
        (204, "delivered"),
        (304, "unavailable"),
        (400, "rejected"),
        (401, "rejected"),
        (403, "rejected"),
        (404, "rejected"),
        (408, "unavailable"),
        (409, "rejected"),
        (410, "rejected"),
        (413, "rejected"),
        (422, "rejected"),
        (425, "unavailable"),
        (429, "unavailable"),
        (431, "rejected"),
        (500, "unavailable"),
        (501, "unavailable"),
        (503, "unavailable"),
        (507, "unavailable"),
        (599, "unavailable"),
    ] {
        let result = sink.send(&event(1, "acme", &status.to_string())).await;
        let found = match &result {
            Ok(()) => "delivered",
            Err(SendError::Rejected { .. }) => "rejected",
            Err(SendError::Unavailable { .. }) => "unavailable",
            other => panic!("{other:?}"),
        };
        assert_eq!(found, expected, "{status}: {result:?}");
    }
}

#[tokio::test]
async fn the_error_shows_the_beginning_of_the_answer() {
    let web =
        Web::start(|_| Reply::from(400).body(&format!("no\nsuch tenant{}", " x".repeat(500))))
            .await;
    let sink = sink(&web.address(), &HttpOptions::default());
    let error = sink.send(&event(1, "acme", "1")).await.unwrap_err();
    assert!(
        error
            .reason()
            .starts_with("the server answered 400 Bad Request: no\\nsuch tenant x x"),
        "{error}"
    );
    assert!(error.reason().len() < 300, "{error}");
}

#[tokio::test]
async fn retry_after_is_honoured() {
    let in_two_seconds = || {
        let time = Utc::now() + Duration::from_secs(2);
        time.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
    };
    for status in [429, 503] {
        for is_date in [false, true] {
            let is_first = AtomicBool::new(true);
            let web = Web::start(move |_| {
                let wait = if is_date {
                    in_two_seconds()
                } else {
                    "1".to_owned()
                };
                if is_first.swap(false, Ordering::SeqCst) {
                    Reply::from(status).header("retry-after", wait)
                } else {
                    Reply::from(200)
                }
            })
            .await;
            let sink = sink(&web.address(), &HttpOptions::default());
            let began = Instant::now();
            let keys = laws::events("orders", 3, 2);
            let failures = laws::deliver(&sink, &keys).await;
            assert!(failures > 3, "sends fail without a request");
            assert_eq!(web.requests().len(), 7, "{status}");
            let least = if is_date { 900 } else { 1000 };
            assert!(began.elapsed() >= Duration::from_millis(least), "{status}");
        }
    }
}

#[tokio::test]
async fn a_rejection_or_a_strange_wait_pauses_nothing() {
    for (status, wait) in [
        (400, "60"),
        (503, "soon"),
        (503, "-1"),
        (503, ""),
        (503, "Thu, 01 Jan 1970 00:00:00 GMT"),
    ] {
        let web = Web::start(move |_| Reply::from(status).header("retry-after", wait)).await;
        let sink = sink(&web.address(), &HttpOptions::default());
        for _ in 0..2 {
            sink.send(&event(1, "acme", "1")).await.unwrap_err();
        }
        assert_eq!(web.requests().len(), 2, "{status} {wait}");
    }
}

/// Verifies a request as a receiver does that knows one secret.
fn is_signed(request: &Request, secret: &str) -> bool {
    let secret = STANDARD
        .decode(secret.trim_start_matches("whsec_"))
        .unwrap();
    let key = hmac::Key::new(hmac::HMAC_SHA256, &secret);
    let (id, time) = (
        request.header("webhook-id"),
        request.header("webhook-timestamp"),
    );
    let mut signed = format!("{id}.{time}.").into_bytes();
    signed.extend_from_slice(&request.body);
    request
        .header("webhook-signature")
        .split(' ')
        .any(|signature| {
            let tag = signature.strip_prefix("v1,").unwrap_or_default();
            hmac::verify(&key, &signed, &STANDARD.decode(tag).unwrap()).is_ok()
        })
}

#[tokio::test]
async fn each_secret_signs_each_form() {
    for mode in [HttpMode::Binary, HttpMode::Structured, HttpMode::Batch] {
        let web = Web::start(|_| 200).await;
        let mut options = of_mode(mode);
        options
            .set("secrets", &format!("{NEW_SECRET} {OLD_SECRET}"))
            .unwrap();
        let event = event(1, "acme", r#"{"total":7}"#);
        sink(&web.address(), &options).send(&event).await.unwrap();

        let request = &web.requests()[0];
        assert!(is_signed(request, OLD_SECRET), "{request:?}");
        assert!(is_signed(request, NEW_SECRET), "{request:?}");
        assert!(!is_signed(
            request,
            "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
        ));
        let age =
            Utc::now().timestamp() - request.header("webhook-timestamp").parse::<i64>().unwrap();
        assert!((0..5).contains(&age), "{age}");
        let is_own_id = request.header("webhook-id") == event.cloud_event().id();
        assert_eq!(is_own_id, mode != HttpMode::Batch);
    }
}

#[test]
fn a_secret_has_enough_bytes() {
    for (text, is_accepted) in [
        (OLD_SECRET, true),
        (&OLD_SECRET[6..], true),
        (NEW_SECRET, true),
        ("", false),
        ("whsec_", false),
        ("whsec_AAAA", false),
        ("whsec_not base64 at all, and long enough", false),
    ] {
        let secret = SigningSecret::new(text);
        assert_eq!(secret.is_ok(), is_accepted, "{text}");
    }
    let error = SigningSecret::new("hunter2").unwrap_err();
    assert!(!error.to_string().contains("hunter2"), "{error}");
}

#[tokio::test]
async fn headers_come_from_the_environment_and_are_never_printed() {
    let web = Web::start(|_| 401).await;
    let variables = [
        ("OUTBOX_RELAY_HTTP_HEADER_AUTHORIZATION", "Bearer hunter2"),
        ("OUTBOX_RELAY_HTTP_HEADER_X_API_KEY", "hunter3"),
        ("OUTBOX_RELAY_HTTP_SECRETS", OLD_SECRET),
        ("OUTBOX_RELAY_HTTP_MODE", "structured"),
        ("PATH", "/bin"),
    ];
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let options = HttpOptions::from_variables(variables).unwrap();
    let shown = format!("{options:?}");
    let url = format!("http://{}/events?token=hunter5", web.address());
    let sink = HttpSink::new(&url.parse().unwrap(), &options).unwrap();
    let error = sink.send(&event(1, "acme", "1")).await.unwrap_err();

    let request = &web.requests()[0];
    assert_eq!(request.header("authorization"), "Bearer hunter2");
    assert_eq!(request.header("x-api-key"), "hunter3");
    assert_eq!(request.line, "POST /events?token=hunter5 HTTP/1.1");
    drop(web);
    let url = "http://ada:hunter4@127.0.0.1:9/events?token=hunter5"
        .parse()
        .unwrap();
    let unreachable = HttpSink::new(&url, &HttpOptions::default()).unwrap();
    let away = unreachable.send(&event(1, "acme", "1")).await.unwrap_err();
    for text in [
        shown,
        error.to_string(),
        away.to_string(),
        format!("{sink:?}"),
        format!("{unreachable:?}"),
    ] {
        assert!(!text.contains("hunter") && !text.contains("MfKQ"), "{text}");
    }
}

#[tokio::test]
async fn a_password_in_the_address_is_basic_authentication() {
    let web = Web::start(|_| 200).await;
    let sink = sink(
        &format!("ada:hunter2@{}", web.address()),
        &HttpOptions::default(),
    );
    sink.send(&event(1, "acme", "1")).await.unwrap();
    let expected = format!("Basic {}", STANDARD.encode("ada:hunter2"));
    assert_eq!(web.requests()[0].header("authorization"), expected);
}

#[test]
fn options_that_make_no_sense_are_refused() {
    for (name, value) in [
        ("mode", "xml"),
        ("timeout", "0s"),
        ("timeout", "5"),
        ("timeout", "5h"),
        ("concurrency", "0"),
        ("batch", "many"),
        ("secrets", "hunter2"),
        ("colour", "red"),
    ] {
        let error = HttpOptions::default().set(name, value).unwrap_err();
        assert!(
            error.to_string().starts_with(&format!("`{name}` ")),
            "{error}"
        );
    }
    for header in [
        "host",
        "content-type",
        "CE-ID",
        "webhook-id",
        "idempotency-key",
        "a b",
        "é",
        "",
    ] {
        let mut options = HttpOptions::default();
        options.set(&format!("header-{header}"), "x").unwrap();
        let sink = HttpSink::new(&"http://localhost/".parse().unwrap(), &options);
        assert!(sink.is_err(), "{header}");
    }
    let mut options = HttpOptions::default();
    options.set("header-authorization", "x").unwrap();
    assert!(HttpSink::new(&"http://ada:x@localhost/".parse().unwrap(), &options).is_err());
    let mut options = HttpOptions::default();
    options.set("header-x", "two\nlines").unwrap();
    assert!(HttpSink::new(&"http://localhost/".parse().unwrap(), &options).is_err());
    for url in ["ftp://localhost/", "mailto:a@example.com"] {
        assert!(
            HttpSink::new(&url.parse().unwrap(), &HttpOptions::default()).is_err(),
            "{url}"
        );
    }
}

#[tokio::test]
async fn a_redirect_is_followed_only_as_the_same_request_to_a_known_host() {
    let target = Web::start(|_| 200).await;
    let other_host = format!("http://{}/moved", target.address());
    for (status, location, is_told, is_followed) in [
        (307, "/moved", false, true),
        (308, "/moved", false, true),
        (301, "/moved", false, false),
        (302, "/moved", false, false),
        (303, "/moved", false, false),
        (307, other_host.as_str(), false, false),
        (307, &other_host, true, true),
        (302, &other_host, true, false),
    ] {
        let location = location.to_owned();
        let before = target.requests().len();
        let web = Web::start(move |request| {
            if request.line.contains("/moved") {
                Reply::from(200)
            } else {
                Reply::from(status).header("location", &location)
            }
        })
        .await;
        let mut options = HttpOptions::default();
        if is_told {
            options.set("redirect-hosts", &target.address()).unwrap();
        }
        let event = event(1, "acme", r#"{"total":7}"#);
        let result = sink(&web.address(), &options).send(&event).await;
        assert_eq!(result.is_ok(), is_followed, "{status}: {result:?}");
        let mut requests = web.requests();
        requests.extend_from_slice(&target.requests()[before..]);
        assert_eq!(requests.len(), 1 + usize::from(is_followed), "{requests:?}");
        for request in &requests {
            assert!(request.line.starts_with("POST "), "{request:?}");
            assert_eq!(request.text(), r#"{"total":7}"#);
        }
        if !is_followed {
            assert!(is_unavailable(&result), "{result:?}");
            assert!(result.unwrap_err().reason().contains("redirect-hosts"));
        }
    }
}

#[tokio::test]
async fn an_endless_redirect_ends() {
    let web = Web::start(|_| Reply::from(307).header("location", "/events")).await;
    let result = sink(&web.address(), &HttpOptions::default())
        .send(&event(1, "acme", "1"))
        .await;
    assert!(is_unavailable(&result), "{result:?}");
    assert_eq!(web.requests().len(), 6);
}

#[tokio::test]
async fn a_server_without_an_answer_is_unavailable() {
    let web = Web::start(|_| Reply::from(200).after(Duration::from_secs(30))).await;
    let proxy = Proxy::start(web.address()).await;
    let options = HttpOptions {
        timeout: Duration::from_millis(300),
        ..HttpOptions::default()
    };
    let sink = sink(&proxy.address(), &options);
    let slow = sink.send(&event(1, "acme", "1")).await;
    assert!(is_unavailable(&slow), "{slow:?}");
    proxy.set_down(true);
    let down = sink.send(&event(1, "acme", "1")).await;
    assert!(is_unavailable(&down), "{down:?}");
    let check = sink.check().await;
    assert!(is_unavailable(&check), "{check:?}");
}

#[tokio::test]
async fn an_event_whose_acknowledgement_is_lost_comes_again_with_its_key() {
    let web = Web::start(|_| 200).await;
    let proxy = Proxy::start(web.address()).await;
    let options = HttpOptions {
        timeout: Duration::from_millis(500),
        ..HttpOptions::default()
    };
    let sink = sink(&proxy.address(), &options);
    let event = event(1, "acme", "1");
    proxy.lose_answers(true);
    let lost = sink.send(&event).await;
    assert!(is_unavailable(&lost), "{lost:?}");
    proxy.lose_answers(false);
    proxy.cut();
    laws::deliver(&sink, &[vec![event.clone()]]).await;
    let requests = web.requests();
    let keys: Vec<_> = requests
        .iter()
        .map(|request| request.header("idempotency-key"))
        .collect();
    assert_eq!(keys, [event.cloud_event().id(); 2]);
}

#[tokio::test]
async fn the_order_of_each_key_holds_while_connections_and_answers_fail() {
    for mode in [HttpMode::Binary, HttpMode::Batch] {
        let calls = AtomicUsize::new(0);
        let web = Web::start(move |_| {
            let reply = match calls.fetch_add(1, Ordering::SeqCst) % 7 {
                3 => 503,
                5 => 429,
                _ => 200,
            };
            Reply::from(reply).after(Duration::from_millis(1))
        })
        .await;
        let proxy = Proxy::start(web.address()).await;
        let options = HttpOptions {
            timeout: Duration::from_secs(2),
            linger: Duration::from_millis(1),
            ..of_mode(mode)
        };
        let sink = sink(&proxy.address(), &options);
        let keys = laws::events("orders", 20, 30);
        laws::deliver_in_trouble(&sink, &proxy, &keys).await;
        let noted = match mode {
            HttpMode::Batch => events_in(&web.requests()),
            _ => noted(&web.requests()),
        };
        laws::assert_in_order(&keys, &noted);
    }
}

/// Returns the keys and payloads of batches.
fn events_in(requests: &[Request]) -> Vec<(String, String)> {
    let events = requests
        .iter()
        .flat_map(|request| CloudEvent::batch_from_json(&request.body).unwrap());
    let noted = events.map(|event| {
        let outbox_core::Data::Json(json) = event.data().unwrap() else {
            panic!("the payload is JSON");
        };
        let key = event.extension("partitionkey").unwrap().to_string();
        (key, json.as_str().to_owned())
    });
    noted.collect()
}

#[tokio::test]
async fn a_changed_byte_breaks_the_signature() {
    let web = Web::start(|request| {
        if is_signed(request, OLD_SECRET) {
            200
        } else {
            400
        }
    })
    .await;
    let proxy = Proxy::start(web.address()).await;
    let mut options = of_mode(HttpMode::Structured);
    options.set("secrets", OLD_SECRET).unwrap();
    options.set("timeout", "500ms").unwrap();
    let sink = sink(&proxy.address(), &options);
    let event = event(1, "acme", &format!("{:?}", "x".repeat(5_000)));
    proxy.corrupt(true);
    sink.send(&event).await.unwrap_err();
    proxy.corrupt(false);
    proxy.cut();
    laws::deliver(&sink, &[vec![event]]).await;
}

#[tokio::test]
async fn a_send_can_be_dropped() {
    for mode in [HttpMode::Binary, HttpMode::Structured, HttpMode::Batch] {
        let web = Web::start(|request| {
            let is_slow = request.text().contains("slow");
            Reply::from(200).after(Duration::from_secs(if is_slow { 10 } else { 0 }))
        })
        .await;
        let options = HttpOptions {
            concurrency: 2,
            ..of_mode(mode)
        };
        let sink = sink(&web.address(), &options);
        let slow = [event(1, "a", r#""slow""#)];
        for event in &slow {
            let dropped = time::timeout(Duration::from_millis(50), sink.send(event)).await;
            assert!(dropped.is_err(), "the send is not over");
        }
        let quick = event(2, "b", "1");
        let sent = time::timeout(Duration::from_secs(5), sink.send(&quick)).await;
        sent.expect("a later send is not held up").unwrap();
    }
}

#[tokio::test]
async fn requests_in_flight_are_bounded() {
    for mode in [HttpMode::Binary, HttpMode::Batch] {
        let web = Web::start(|_| Reply::from(200).after(Duration::from_millis(5))).await;
        let options = HttpOptions {
            concurrency: 3,
            batch: 4,
            linger: Duration::from_millis(1),
            ..of_mode(mode)
        };
        let sink = sink(&web.address(), &options);
        let keys = laws::events("orders", 100, 2);
        assert_eq!(laws::deliver(&sink, &keys).await, 0);
        assert!((2..=3).contains(&web.most_open()), "{}", web.most_open());
    }
}

#[tokio::test]
async fn large_events_arrive_whole() {
    for mode in [HttpMode::Structured, HttpMode::Binary, HttpMode::Batch] {
        let web = Web::start(|_| 200).await;
        let sink = sink(&web.address(), &of_mode(mode));
        let payload = format!("{:?}", "é".repeat(4 * 1024 * 1024));
        let events: [Event; 2] = [event(1, "a", &payload), event(2, "b", &payload)];
        for result in join_all(events.iter().map(|event| sink.send(event))).await {
            result.unwrap();
        }
        let requests = web.requests();
        assert_eq!(requests.len(), 2, "two large events do not share a batch");
        assert!(
            requests
                .iter()
                .all(|request| request.text().contains(&payload))
        );
    }
}

#[tokio::test]
async fn any_answer_passes_the_check() {
    for status in [200, 404, 405, 500] {
        let web = Web::start(move |_| status).await;
        let sink = sink(&web.address(), &HttpOptions::default());
        sink.check().await.unwrap();
        assert_eq!(web.requests()[0].line, "OPTIONS /events HTTP/1.1");
    }
}

#[tokio::test]
async fn a_header_value_is_encoded_as_the_binding_says() {
    let web = Web::start(|_| 200).await;
    let sink = sink(&web.address(), &of_mode(HttpMode::Binary));
    for (value, _) in ENCODED {
        sink.send(&event_of_subject("orders", value)).await.unwrap();
    }
    let requests = web.requests();
    for (request, (value, encoded)) in requests.iter().zip(ENCODED) {
        assert_eq!(request.header("ce-subject"), encoded, "{value}");
        let media_type = (
            request.header("content-type"),
            request.header("ce-datacontenttype"),
        );
        assert_eq!(media_type, ("application/json", ""));
    }
    assert_eq!(requests.len(), ENCODED.len());
}
