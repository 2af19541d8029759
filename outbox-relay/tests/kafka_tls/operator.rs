//! The program, as an operator starts it.

use std::fs::{self, File};
use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::Secured;
use crate::cluster::PATIENCE;
use crate::events::TOPIC;
use crate::listener::Client;
use crate::program::{Outbox, lines};

/// A process that runs until it is dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// Returns the payloads of a key that the topic has, in order.
fn delivered(secured: &Secured, key: &str) -> Vec<String> {
    let records = secured.cluster.read(&[TOPIC]).into_iter();
    let of_key = records.filter(|read| read.record.key() == Some(key.as_bytes()));
    of_key
        .map(|read| String::from_utf8(read.record.value().unwrap().to_vec()).unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_wait_until_the_authority_is_right() {
    let Some(secured) = Secured::new() else {
        return;
    };
    let port = secured.listen(Client::Any).await;
    let outbox = Outbox::new();
    let keys = ["acme", "globex"];
    for n in 0..20 {
        for key in keys {
            outbox.insert_as("com.example.placed", TOPIC, key, &n.to_string());
        }
    }
    let config = |ca| {
        outbox.file(&format!(
            "sink = \"kafka://localhost:{port}\"\n[kafka]\n\"security.protocol\" = \"SSL\"\n\"ssl.ca.location\" = {:?}\n\"message.timeout.ms\" = 2000\n",
            secured.file(ca)
        ))
    };
    let reason = "certificate verify failed";
    let wrong = config("self.pem");
    let (code, message) = outbox.fails(&["check", "--config", &wrong]);
    assert_eq!(code, 1, "{message}");
    assert!(message.contains(reason), "{message}");

    let log = secured.path("log");
    let mut relay = outbox.command(&["run", "--config", &wrong]);
    relay
        .stdout(Stdio::null())
        .stderr(File::create(&log).unwrap());
    let relay = Running(relay.spawn().unwrap());
    let start = Instant::now();
    while !fs::read_to_string(&log).unwrap().contains(reason) {
        assert!(start.elapsed() < PATIENCE, "the log does not say why");
        sleep(Duration::from_millis(20));
    }
    // Longer than an event waits for its answer.
    sleep(Duration::from_secs(4));
    drop(relay);
    assert_eq!(secured.records(), 0);
    let status = outbox.status();
    assert_eq!(status["undelivered"], json!(40), "{status}");
    assert_eq!(status["parked_events"], json!(0), "{status}");

    let right = config("ca.pem");
    outbox.succeeds(&["check", "--config", &right]);
    outbox.succeeds(&["run", "--until-empty", "--config", &right]);
    let expected: Vec<String> = (0..20).map(|n| n.to_string()).collect();
    for key in keys {
        assert_eq!(delivered(&secured, key), expected, "{key}");
    }
}

/// The authorities of the system, which `SSL_CERT_FILE` replaces, count where no setting names others.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_authorities_of_the_system_are_trusted() {
    let Some(secured) = Secured::new() else {
        return;
    };
    let port = secured.listen(Client::Any).await;
    let outbox = Outbox::new();
    let sink = format!("kafka://localhost:{port}");
    let arguments = ["check", "--sink", &sink, "--kafka=security.protocol=SSL"];
    // The client looks in the places where systems keep them. OpenSSL that is compiled with it does not know these.
    let mut check = outbox.command(&arguments);
    let logged = check.arg("--kafka=debug=security").env("RUST_LOG", "debug");
    let log = lines(&logged.output().unwrap().stderr);
    assert!(log.iter().any(|line| line.contains("CACERTS")), "{log:#?}");
    for (ca, is_trusted) in [("ca.pem", true), ("self.pem", false)] {
        let mut check = outbox.command(&arguments);
        let output = check
            .env("SSL_CERT_FILE", secured.path(ca))
            .output()
            .unwrap();
        assert_eq!(output.status.success(), is_trusted, "{ca}: {output:?}");
    }
}
