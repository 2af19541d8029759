//! The sink's URL, and the settings of its client.

use outbox_relay::sink::kafka::{KafkaOptions, KafkaSink};

const URL: &str = "kafka://localhost:9092";

/// The error of making a sink of these settings.
fn error(url: &str, settings: &[(&str, &str)]) -> Option<String> {
    let options = settings
        .iter()
        .try_fold(KafkaOptions::default(), |options, (name, value)| {
            options.with_setting(name, value)
        });
    let sink = options.and_then(|options| KafkaSink::new(url, &options));
    sink.err().map(|error| error.to_string())
}

#[test]
fn a_url_names_brokers() {
    for url in [
        "kafka://localhost",
        "kafka://localhost:9092",
        "kafka://a.example.com:9092,b.example.com:9093",
        "kafka://[::1]:9092",
    ] {
        assert_eq!(error(url, &[]), None, "{url}");
    }
    for url in [
        "",
        "localhost:9092",
        "kafka:localhost",
        "http://localhost:9092",
        "kafka://",
        "kafka://a:1,,b:1",
        "kafka://a:1, b:1",
        "kafka://a:1/topic",
        "kafka://a:1?acks=1",
        "kafka://user:secret@a:1",
    ] {
        let told = error(url, &[]).expect(url);
        assert_eq!(
            told,
            "the URL does not name Kafka brokers; write `kafka://host:port,host:port`, and users and passwords as settings"
        );
    }
}

#[test]
fn a_setting_that_breaks_the_guarantee_is_refused() {
    for (name, value, remedy) in [
        ("acks", "1", "write `all`"),
        ("acks", "0", "write `all`"),
        ("request.required.acks", "1", "write `all`"),
        ("enable.idempotence", "false", "write `true`"),
        ("partitioner", "random", "write `murmur2_random`"),
        ("delivery.report.only.error", "true", "write `false`"),
        (
            "bootstrap.servers",
            "a:1",
            "write `kafka://host:port,host:port`",
        ),
        (
            "metadata.broker.list",
            "a:1",
            "write `kafka://host:port,host:port`",
        ),
        ("test.mock.num.brokers", "1", "leave the setting out"),
        // The client itself refuses these.
        ("max.in.flight", "6", "must be set <= 5"),
        ("retries", "0", "must be set >= 1"),
        ("queuing.strategy", "lifo", "must be set to `fifo`"),
    ] {
        let told = error(URL, &[(name, value)]).expect(name);
        assert!(told.contains(remedy), "{name}: {told}");
    }
}

#[test]
fn a_setting_that_keeps_the_guarantee_is_accepted() {
    for setting in [
        ("acks", "all"),
        ("acks", "-1"),
        ("enable.idempotence", "true"),
        ("partitioner", "consistent"),
        ("linger.ms", "20"),
        ("delivery.timeout.ms", "1000"),
        ("compression.type", "none"),
        ("compression.type", "snappy"),
        ("sasl.mechanism", "PLAIN"),
        ("message.max.bytes", "5000000"),
    ] {
        assert_eq!(error(URL, &[setting]), None, "{setting:?}");
    }
}

#[test]
fn the_client_refuses_what_it_does_not_know() {
    let told = error(URL, &[("linger", "1")]).unwrap();
    assert_eq!(
        told,
        "the client does not accept `linger`: No such configuration property: \"linger\""
    );
    assert!(error(URL, &[("linger.ms", "soon")]).is_some());
}

#[test]
#[cfg(not(feature = "kafka-tls"))]
fn tls_and_scram_need_a_feature() {
    for settings in [
        &[("security.protocol", "SSL")][..],
        &[("security.protocol", "SASL_SSL")],
        &[("ssl.ca.location", "ca.pem")],
        &[
            ("security.protocol", "SASL_PLAINTEXT"),
            ("sasl.mechanism", "SCRAM-SHA-512"),
            ("sasl.username", "relay"),
            ("sasl.password", "hunter2"),
        ],
    ] {
        let told = error(URL, settings).expect("it is refused");
        let remedy = "; build the relay with the feature `kafka-tls`";
        assert!(told.ends_with(remedy), "{told}");
        assert!(!told.contains("hunter2"), "{told}");
    }
    let kerberos = error(URL, &[("security.protocol", "SASL_PLAINTEXT")]).unwrap();
    assert!(!kerberos.contains("kafka-tls"), "{kerberos}");
}

/// The client applies its settings in no order, so two names of one setting must not both reach it.
#[test]
fn the_last_of_two_names_of_a_setting_counts() {
    for _ in 0..20 {
        let settings = [
            ("message.timeout.ms", "wrong"),
            ("delivery.timeout.ms", "9"),
        ];
        assert_eq!(error(URL, &settings), None);
        let settings = [("linger.ms", "9"), ("queue.buffering.max.ms", "wrong")];
        assert!(error(URL, &settings).is_some());
    }
}

#[test]
fn a_password_is_not_printed() {
    let options = KafkaOptions::default()
        .with_setting("sasl.password", "hunter2")
        .unwrap();
    let sink = KafkaSink::new(URL, &options).unwrap();
    let shown = format!("{options:?} {sink:?}");
    assert!(shown.contains("sasl.password"), "{shown}");
    assert!(!shown.contains("hunter2"), "{shown}");
}
