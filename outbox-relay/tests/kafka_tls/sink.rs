//! Certificates that the sink and the broker accept or refuse.

use outbox_relay::sink::kafka::KafkaSink;
use outbox_relay::{SendError, Sink};

use crate::Secured;
use crate::cluster::options;
use crate::events::{TOPIC, changed, check_order, deliver, stored};
use crate::listener::Client;

const TLS: (&str, &str) = ("security.protocol", "SSL");

fn sink(url: &str, settings: &[(&str, &str)]) -> KafkaSink {
    KafkaSink::new(url, &options(settings)).unwrap()
}

/// Checks that a sink delivers nothing, and that the check and the event say each of these.
async fn assert_refused(secured: &Secured, url: &str, settings: &[(&str, &str)], parts: &[&str]) {
    let event = stored(&changed("account-0", 0, ""), TOPIC);
    let sink = sink(url, settings);
    for result in [sink.check().await, sink.send(&event).await] {
        match result {
            Err(SendError::Unavailable { reason }) => {
                for part in parts {
                    assert!(reason.contains(part), "{settings:?}: {reason}");
                }
            }
            result => panic!("{settings:?} is {result:?}"),
        }
    }
    assert_eq!(secured.records(), 0, "{settings:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_right_authority_gets_events_in_order() {
    let Some(secured) = Secured::new() else {
        return;
    };
    let port = secured.listen(Client::Any).await;
    let ca = secured.file("ca.pem");
    let text = std::fs::read_to_string(&ca).unwrap();
    let url = format!("kafka://localhost:{port}");
    for (topic, trust) in [
        ("by-file", ("ssl.ca.location", &*ca)),
        ("by-text", ("ssl.ca.pem", &*text)),
    ] {
        secured.cluster.create(topic, 4);
        let sink = sink(&url, &[TLS, trust]);
        sink.check().await.unwrap();
        assert_eq!(deliver(&sink, topic, 10, 20).await, []);
        let records = secured.cluster.read(&[topic]);
        assert_eq!(check_order(&records, &[topic], 10, 20), 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_listener_that_is_not_trusted_gets_nothing() {
    let Some(secured) = Secured::new() else {
        return;
    };
    let port = secured.listen(Client::Any).await;
    let url = format!("kafka://localhost:{port}");
    let (ca, other) = (secured.file("ca.pem"), secured.file("self.pem"));
    let unknown = ["certificate verify failed"];
    let wrong = [TLS, ("ssl.ca.location", &other)];
    assert_refused(&secured, &url, &wrong, &unknown).await;
    // The authorities of the system.
    assert_refused(&secured, &url, &[TLS], &unknown).await;

    let by_address = format!("kafka://127.0.0.1:{port}");
    let right = [TLS, ("ssl.ca.location", &*ca)];
    assert_refused(&secured, &by_address, &right, &unknown).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tls_and_plain_text_do_not_mix() {
    let Some(secured) = Secured::new() else {
        return;
    };
    let ca = secured.file("ca.pem");
    let right = [TLS, ("ssl.ca.location", &*ca)];
    let plain = secured.cluster.url();
    assert_refused(&secured, &plain, &right, &["in state SSL_HANDSHAKE"]).await;

    let port = secured.listen(Client::Any).await;
    let url = format!("kafka://localhost:{port}");
    let reason = ["; if the listener has TLS, set `security.protocol`"];
    assert_refused(&secured, &url, &[], &reason).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_shows_its_certificate() {
    let Some(secured) = Secured::new() else {
        return;
    };
    let port = secured.listen(Client::Certified).await;
    let url = format!("kafka://localhost:{port}");
    let file = |name| secured.file(name);
    let (ca, client, key) = (file("ca.pem"), file("client.pem"), file("client.key"));
    let (other, other_key) = (file("self.pem"), file("self.key"));
    let trust = ("ssl.ca.location", &*ca);
    assert_refused(&secured, &url, &[TLS, trust], &["certificate required"]).await;
    let stranger = [
        TLS,
        trust,
        ("ssl.certificate.location", &other),
        ("ssl.key.location", &other_key),
    ];
    assert_refused(&secured, &url, &stranger, &["alert"]).await;
    let known = [
        TLS,
        trust,
        ("ssl.certificate.location", &client),
        ("ssl.key.location", &key),
    ];
    assert_eq!(deliver(&sink(&url, &known), TOPIC, 4, 5).await, []);
    assert_eq!(secured.records(), 20);
}

#[tokio::test]
async fn a_file_that_cannot_be_used_is_a_mistake_at_the_start() {
    let Some(secured) = Secured::new() else {
        return;
    };
    let ca = secured.file("ca.pem");
    let (certificate, key) = (secured.file("client.pem"), secured.file("server.key"));
    for (settings, reason) in [
        (
            vec![("ssl.ca.location", "/nowhere/ca.pem")],
            "ssl.ca.location",
        ),
        (
            vec![
                ("ssl.ca.location", &*ca),
                ("ssl.certificate.location", "/nowhere/client.pem"),
            ],
            "ssl.certificate.location",
        ),
        (
            vec![
                ("ssl.ca.location", &*ca),
                ("ssl.certificate.location", &*certificate),
                ("ssl.key.location", &*key),
            ],
            "key",
        ),
    ] {
        let settings: Vec<_> = settings.into_iter().chain([TLS]).collect();
        let error = KafkaSink::new("kafka://localhost:1", &options(&settings));
        let error = error.expect_err(reason).to_string();
        assert!(error.contains(reason), "{error}");
    }
}
