//! Several routes in one process, as an operator runs them, on SQLite.

#[path = "support/program.rs"]
mod program;
mod support;

use std::collections::{BTreeMap, HashSet};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use program::Outbox;
use serde_json::Value;
use support::web::{Request, Web};

const INVOICE: &str = "com.example.invoice.sent";
const ORDER: &str = "com.example.order.placed";

/// A server whose answer can be changed.
struct Receiver {
    web: Web,
    status: Arc<AtomicU16>,
}

impl Receiver {
    async fn start(status: u16) -> Self {
        let status = Arc::new(AtomicU16::new(status));
        let answer = Arc::clone(&status);
        let web = Web::start(
            move |request: &Request| match request.line.starts_with("POST") {
                true => answer.load(Ordering::SeqCst),
                false => 204,
            },
        );
        Self {
            web: web.await,
            status,
        }
    }

    fn answers(&self, status: u16) {
        self.status.store(status, Ordering::SeqCst);
    }

    fn url(&self) -> String {
        format!("http://{}/", self.web.address())
    }

    /// Returns the keys and numbers of the events that came, the first time each.
    fn received(&self) -> Vec<(String, u64)> {
        let mut seen = HashSet::new();
        let requests = self.web.requests();
        let posts = requests
            .iter()
            .filter(|request| request.line.starts_with("POST"));
        let events = posts.map(|post| {
            let payload: Value = serde_json::from_str(post.text()).expect("JSON");
            let key = post.header("ce-partitionkey").to_owned();
            (key, payload["n"].as_u64().expect("a number"))
        });
        events.filter(|event| seen.insert(event.clone())).collect()
    }

    fn waits_for(&self, count: usize) -> Vec<(String, u64)> {
        waits_for(|| Some(self.received()).filter(|received| received.len() >= count))
    }
}

/// Asks until there is an answer.
#[track_caller]
fn waits_for<T>(ask: impl Fn() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(
            start.elapsed() < Duration::from_secs(60),
            "it does not come"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A process that runs until it is dropped.
struct Running(Child);

impl Running {
    fn start(outbox: &Outbox, arguments: &[&str]) -> Self {
        let mut command = outbox.command(arguments);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        Self(command.spawn().expect("it starts"))
    }

    /// Kills it, and waits for its end.
    fn kill(mut self) {
        self.0.kill().expect("it runs");
        self.0.wait().expect("it ends");
    }

    /// Asks it to end, and returns its exit code.
    fn stop(mut self) -> Option<i32> {
        let stopped = Command::new("kill").arg(self.0.id().to_string()).status();
        assert!(stopped.expect("it runs").success());
        self.0.wait().expect("it ends").code()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// Asserts that each key has these numbers, in their order.
#[track_caller]
fn are_in_order(received: &[(String, u64)], expected: impl Iterator<Item = (String, u64)>) {
    let of_keys = |events: &mut dyn Iterator<Item = (String, u64)>| {
        let mut keys = BTreeMap::<String, Vec<u64>>::new();
        for (key, n) in events {
            keys.entry(key).or_default().push(n);
        }
        keys
    };
    let found = of_keys(&mut received.iter().cloned());
    assert_eq!(found, of_keys(&mut { expected }));
}

fn payload(n: u64) -> String {
    format!("{{\"n\":{n}}}")
}

fn key(n: u64) -> String {
    format!("k{}", n % 3)
}

/// Inserts events of these numbers: every second is an invoice.
fn fill(outbox: &Outbox, numbers: std::ops::Range<u64>) {
    for n in numbers {
        let (event_type, topic) = if n % 2 == 0 {
            (INVOICE, "billing.invoice")
        } else {
            (ORDER, "orders")
        };
        outbox.insert_as(event_type, topic, &key(n), &payload(n));
    }
}

/// Writes a file with the routes `billing`, for invoices, and `all`.
fn routes(outbox: &Outbox, billing: &Receiver, all: &Receiver) -> String {
    outbox.file(&format!(
        "lease = \"500ms\"\n
        [[route]]\nname = \"billing\"\nsink = \"{}\"\ntypes = [\"com.example.invoice.*\"]\n
        [[route]]\nname = \"all\"\nsink = \"{}\"\n",
        billing.url(),
        all.url()
    ))
}

fn is_invoice(n: &u64) -> bool {
    n % 2 == 0
}

fn with_key(n: u64) -> (String, u64) {
    (key(n), n)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sink_that_is_down_does_not_stop_the_other_and_catches_up_in_order() {
    let (billing, all) = (Receiver::start(503).await, Receiver::start(204).await);
    let outbox = Outbox::new();
    fill(&outbox, 0..20);
    let config = routes(&outbox, &billing, &all);
    let relay = Running::start(&outbox, &["run", "--config", &config]);
    all.waits_for(20);
    fill(&outbox, 20..30);
    are_in_order(&all.waits_for(30), (0..30).map(with_key));
    billing.answers(204);
    // The last of its events was tried while it was down, or was not tried.
    waits_for(|| {
        let lines = outbox.succeeds(&["status", "--json", "--name", "billing"]);
        let status: Value = serde_json::from_str(&lines[0]).expect("JSON");
        (status["undelivered"] == 0).then_some(())
    });
    let invoices = (0..30).filter(is_invoice).map(with_key);
    are_in_order(&billing.received(), invoices);
    assert_eq!(relay.stop(), Some(0));
    for line in outbox.succeeds(&["status", "--json", "--config", &config]) {
        let status: Value = serde_json::from_str(&line).expect("JSON");
        assert_eq!(
            (&status["low"], &status["owner"]),
            (&30.into(), &Value::Null)
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_history_of_each_route_holds_when_the_process_is_killed() {
    let (billing, all) = (Receiver::start(204).await, Receiver::start(204).await);
    let outbox = Outbox::new();
    let config = routes(&outbox, &billing, &all);
    for round in 0..4 {
        let relay = Running::start(&outbox, &["run", "--config", &config]);
        fill(&outbox, round * 50..round * 50 + 50);
        // Somewhere in the middle.
        all.waits_for(usize::try_from(round * 50 + 20).unwrap());
        relay.kill();
    }
    let relay = Running::start(&outbox, &["run", "--config", &config]);
    are_in_order(&all.waits_for(200), (0..200).map(with_key));
    let invoices = (0..200).filter(is_invoice).map(with_key);
    are_in_order(&billing.waits_for(100), invoices);
    assert_eq!(relay.stop(), Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_check_finds_events_that_no_route_takes_and_routes_that_take_none() {
    let receiver = Receiver::start(204).await;
    let outbox = Outbox::new();
    fill(&outbox, 0..6);
    outbox.insert_as(ORDER, "elsewhere", "k0", "{}");
    let config = outbox.file(&format!(
        "[[route]]\nname = \"billing\"\nsink = \"{0}\"\ntypes = [\"com.example.refund.*\"]\ntopics = [\"billing.*\"]\n
        [[route]]\nname = \"refunds\"\nsink = \"{0}\"\ntypes = \"com.example.refund.*\"\n",
        receiver.url()
    ));
    assert_eq!(
        outbox.succeeds(&["check", "--config", &config]),
        [
            "the database is ready",
            "the sink of the route `billing` is ready",
            "the sink of the route `refunds` is ready",
            "no route takes events of the type `com.example.order.placed` and the topic `elsewhere`: 1 in the table",
            "no route takes events of the type `com.example.order.placed` and the topic `orders`: 3 in the table",
            "the route `refunds` takes no event of the table; compare its patterns with the types and topics of the service",
        ]
    );
    let alone = outbox.succeeds(&["check", "--config", &config, "--name", "billing"]);
    assert_eq!(
        alone,
        [
            "the database is ready",
            "the sink of the route `billing` is ready"
        ]
    );
    // Each sink is checked, and each fault is told.
    let mut check = outbox.command(&["check", "--config", &config]);
    check.env("OUTBOX_RELAY_ROUTE_BILLING_SINK", "http://127.0.0.1:1/");
    let output = check.output().expect("it starts");
    assert_eq!(output.status.code(), Some(1));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        errors.contains("the route `billing`: the sink is unavailable: "),
        "{errors}"
    );
    let shown = String::from_utf8_lossy(&output.stdout);
    assert!(
        shown.contains("the sink of the route `refunds` is ready"),
        "{shown}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_route_has_settings_of_its_own() {
    let (one, two) = (Receiver::start(204).await, Receiver::start(204).await);
    let outbox = Outbox::new();
    fill(&outbox, 0..1);
    let config = outbox.file(&format!(
        "until-empty = true\n[http]\nheader-x = \"all\"\nheader-y = \"all\"\n
        [[route]]\nname = \"one\"\nsink = \"{}\"\nhttp.header-x = \"one\"\nmode = \"structured\"\n
        [[route]]\nname = \"number-2\"\nsink = \"{}\"\n[route.http]\nheader-x = \"two\"\n",
        one.url(),
        two.url()
    ));
    let mut run = outbox.command(&["run", "--config", &config, "--http", "header-y=flag"]);
    run.env("OUTBOX_RELAY_ROUTE_NUMBER_2_HTTP_HEADER_X", "environment");
    assert!(run.output().expect("it starts").status.success());
    let headers = |receiver: &Receiver| {
        let requests = receiver.web.requests();
        let post = requests.last().expect("a request");
        ["x", "y", "content-type"].map(|name| post.header(name).to_owned())
    };
    assert_eq!(
        headers(&one),
        ["one", "flag", "application/cloudevents+json; charset=UTF-8"]
    );
    assert_eq!(headers(&two), ["environment", "flag", "application/json"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_are_about_every_route_or_the_named_one() {
    let (billing, all) = (Receiver::start(422).await, Receiver::start(204).await);
    let outbox = Outbox::new();
    fill(&outbox, 0..7);
    let config = routes(&outbox, &billing, &all);
    let with_file = |arguments: &[&'static str]| [arguments, &["--config", &config]].concat();
    let drain = ["run", "--until-empty", "--attempts", "1"];
    outbox.succeeds(&with_file(&drain));
    let statuses: Vec<Value> = outbox
        .succeeds(&with_file(&["status", "--json"]))
        .iter()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let parked = statuses
        .iter()
        .map(|status| (status["name"].as_str().unwrap(), &status["parked_keys"]));
    assert_eq!(
        parked.collect::<Vec<_>>(),
        [("billing", &3.into()), ("all", &0.into())]
    );
    let text = outbox.succeeds(&with_file(&["status"])).join("\n");
    assert!(text.contains("\n\nname         all\n"), "{text}");

    let heads = outbox.succeeds(&with_file(&["parked", "list"]));
    assert!(
        heads[0].starts_with("billing: k0: 2 parked, 1 rejected"),
        "{heads:?}"
    );
    let heads = outbox
        .succeeds(&with_file(&["parked", "list", "--json"]))
        .join("\n");
    let heads: Vec<Value> = serde_json::from_str(&heads).expect("JSON");
    assert_eq!(heads[0]["name"], "billing");
    let one = outbox.succeeds(&with_file(&[
        "parked", "list", "--name", "billing", "--json",
    ]));
    let one: Vec<Value> = serde_json::from_str(&one.join("\n")).expect("JSON");
    assert_eq!(one[0].get("name"), None);

    for command in [
        &["parked", "retry"][..],
        &["parked", "show", "--key", "k0"],
        &["parked", "skip", "--key", "k0"],
        &["replay"],
    ] {
        let (code, error) = outbox.fails(&with_file(command));
        assert_eq!(code, 2, "{command:?}: {error}");
        assert!(
            error.ends_with("write `--name` with one of `billing`, `all`"),
            "{error}"
        );
    }
    billing.answers(204);
    outbox.succeeds(&with_file(&["parked", "retry", "--name", "billing"]));
    outbox.succeeds(&with_file(&[&drain[..], &["--name", "billing"]].concat()));
    let invoices = [0, 2, 4, 6].map(with_key);
    are_in_order(&billing.received(), invoices.into_iter());
    // A replay sends what the route takes, to its sink.
    let before = billing.web.requests().len();
    outbox.succeeds(&with_file(&["replay", "--name", "billing", "--from", "2"]));
    let sent = billing.web.requests().len() - before;
    assert_eq!(sent, 1 + 3, "the check and three events");
    let (code, error) = outbox.fails(&with_file(&["run", "--name", "biling"]));
    assert_eq!(code, 2);
    assert!(error.contains("the file has no route `biling`"), "{error}");
}

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

    let mut process = start(&["--listen", "127.0.0.1:0", "--log", "json"]);
    let log = BufReader::new(process.stderr.take().expect("a log")).lines();
    let mut log =
        log.map(|line| serde_json::from_str::<Value>(&line.expect("a line")).expect("JSON"));
    let address = log.find_map(|line| Some(line["fields"]["address"].as_str()?.to_owned()));
    let address = address.expect("it listens");
    let failure = log
        .find(|line| line["level"] == "ERROR")
        .expect("a failure");
    assert_eq!(failure["span"]["relay"], "pipe", "{failure}");
    let _running = Running(process);
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

/// A route that has not run yet must see what the others have delivered, whatever they delete.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_stays_until_a_new_route_has_delivered_it() {
    let (billing, all) = (Receiver::start(503).await, Receiver::start(204).await);
    let outbox = Outbox::new();
    fill(&outbox, 0..10);
    let config = routes(&outbox, &billing, &all);
    let relay = Running::start(
        &outbox,
        &["run", "--config", &config, "--retention", "none"],
    );
    all.waits_for(10);
    std::thread::sleep(Duration::from_millis(1500));
    billing.answers(204);
    are_in_order(
        &billing.waits_for(5),
        (0..10).filter(is_invoice).map(with_key),
    );
    assert_eq!(relay.stop(), Some(0));
}

#[test]
fn a_mistake_in_a_route_is_told() {
    let outbox = Outbox::new();
    let route = |rest: &str| format!("[[route]]\nname = \"a\"\nsink = \"stdout\"\n{rest}");
    for (text, expected) in [
        ("route = 1\n".to_owned(), "write `[[route]]`"),
        ("route = [1]\n".to_owned(), "write `[[route]]`"),
        ("[route]\nname = \"a\"\n".to_owned(), "write `[[route]]`"),
        (
            "[[route]]\nsink = \"stdout\"\n".to_owned(),
            "a route has no `name`",
        ),
        (
            "[[route]]\nname = 1\n".to_owned(),
            "the `name` of a route is not a text",
        ),
        (
            "[[route]]\nname = \"a\"\n".to_owned(),
            "the route `a`: there is no sink; write `sink = \"...\"`, or set `OUTBOX_RELAY_ROUTE_A_SINK`",
        ),
        (
            route("type = \"x\"\n"),
            "the route `a`: there is no setting `type`; it has `name`, `sink`, `types`",
        ),
        (route("types = []\n"), "`types` has no patterns"),
        (
            route("types = [\"com.**\"]\n"),
            "`types`: the pattern `com.**` has `**`",
        ),
        (
            route("topics = [\"a..b\"]\n"),
            "`topics`: the pattern `a..b` has an empty segment",
        ),
        (route(&route("")), "two routes have the name `a`"),
        (
            route("[[route]]\nname = \"A\"\nsink = \"stdout\"\n"),
            "the routes `a` and `A` have the same environment variables",
        ),
        (
            route("[[route]]\nname = \"b\"\nsink = \"stdout\"\n"),
            "two routes have the sink `stdout`",
        ),
        (
            format!("sink = \"stdout\"\n{}", route("")),
            "the file has routes, and `--sink`",
        ),
        (
            "[[route]]\nname = \"a\"\nsink = \"http://h/\"\nhttp.x = 1\n".to_owned(),
            "the route `a`: `[http]` in the file of the route `a`: `x` is not an option",
        ),
        (
            "[[route]]\nname = \"a\"\nsink = \"h\"\n".to_owned(),
            "the route `a`: there is no such sink",
        ),
    ] {
        let config = outbox.file(&text);
        for command in ["run", "check"] {
            let output = outbox.run(&[command, "--config", &config]);
            let errors = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(2), "{text}: {errors}");
            assert!(errors.contains(expected), "{text}: {errors}");
        }
    }
    let config = outbox.file(&route(""));
    let (code, error) = outbox.fails(&["run", "--config", &config, "--sink", "stdout"]);
    assert_eq!(code, 2, "{error}");
    assert!(error.contains("leave one of them out"), "{error}");
}
