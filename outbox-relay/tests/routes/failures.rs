//! A route that fails for good.

use std::collections::HashSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::Stdio;

use serde_json::Value;

use crate::fixture::{Receiver, Running, are_in_order, fill, waits_for, with_key};
use crate::program::Outbox;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_route_that_fails_is_named_and_the_others_end_their_work() {
    let receiver = Receiver::start(204).await;
    let outbox = Outbox::new();
    fill(&outbox, 0..4);
    let config = outbox.file(&format!(
        "[[route]]\nname = \"pipe\"\nsink = \"stdout\"\n[[route]]\nname = \"http\"\nsink = \"{}\"\n",
        receiver.url()
    ));
    let start = |arguments: &[&str]| {
        let mut command = outbox.command(&["run", "--config", &config]);
        command
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut process = command.spawn().expect("it starts");
        // Nobody reads.
        drop(process.stdout.take());
        process
    };
    let drained = start(&["--until-empty"])
        .wait_with_output()
        .expect("it ends");
    assert_eq!(drained.status.code(), Some(1));
    let errors = String::from_utf8_lossy(&drained.stderr);
    assert!(
        errors.contains("outbox-relay: the route `pipe` has failed: the sink is closed: "),
        "{errors}"
    );
    are_in_order(&receiver.received(), (0..4).map(with_key));

    let mut relay = Running(start(&["--listen", "127.0.0.1:0", "--log", "json"]));
    let log = BufReader::new(relay.0.stderr.take().expect("a log")).lines();
    let mut log =
        log.map(|line| serde_json::from_str::<Value>(&line.expect("a line")).expect("JSON"));
    let address = log.find_map(|line| Some(line["fields"]["address"].as_str()?.to_owned()));
    let address = address.expect("it listens");
    let failure = log
        .find(|line| line["level"] == "ERROR")
        .expect("a failure");
    assert_eq!(failure["span"]["relay"], "pipe", "{failure}");
    fill(&outbox, 4..8);
    are_in_order(&receiver.waits_for(8), (0..8).map(with_key));
    let ready = waits_for(|| {
        Some(ask(&address, "/readyz")).filter(|body| {
            body.starts_with("the route `pipe`: the relay has failed: the sink is closed: ")
        })
    });
    assert!(!ready.contains("http"), "{ready}");
    let metrics = waits_for(|| {
        Some(ask(&address, "/metrics"))
            .filter(|body| body.contains("outbox_relay_undelivered_events{name=\"http\"} 0"))
    });
    for line in [
        "outbox_relay_delivered_total{name=\"http\"} 4",
        "outbox_relay_owner{name=\"http\"} 1",
        "outbox_relay_owner{name=\"pipe\"} 0",
    ] {
        assert!(
            metrics.lines().any(|found| found == line),
            "{line}: {metrics}"
        );
    }
    // The samples of a metric are together, below one head.
    let names = metrics
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next());
    let mut heads = HashSet::new();
    assert!(
        names.into_iter().all(|name| heads.insert(name)),
        "{metrics}"
    );
    let mut metric = "";
    for line in metrics.lines() {
        match line.strip_prefix("# TYPE ") {
            Some(head) => metric = head.split(' ').next().unwrap_or_default(),
            None => assert!(line.starts_with('#') || line.starts_with(metric), "{line}"),
        }
    }
}

/// Returns the body of an answer.
fn ask(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("it listens");
    let request = format!("GET {path} HTTP/1.1\r\nHost: relay\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("a request");
    let mut response = String::new();
    stream.read_to_string(&mut response).expect("a response");
    response
        .split_once("\r\n\r\n")
        .expect("a head")
        .1
        .to_owned()
}
