//! The program and each of its sinks, as an operator starts them. NATS and RabbitMQ are those of
//! `OUTBOX_TEST_NATS_URL` and `OUTBOX_TEST_AMQP_URL`, of `.ci/nats` and `.ci/rabbitmq`.

#[path = "support/program.rs"]
mod program;
mod support;

use std::process::Command;

use async_nats::jetstream;
use async_nats::jetstream::stream::Config;
use lapin::options::{BasicGetOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::FieldTable;
use lapin::{Channel, Connection, ConnectionProperties};
use outbox_relay::sink::Url;
use program::{Outbox, lines};
use serde_json::Value;
use support::web::{Request, Web};
use uuid::Uuid;

/// The secret of each test. No output has it.
const SECRET: &str = "hunter2";

const DRAIN: [&str; 2] = ["run", "--until-empty"];

/// Runs the program to its end. Returns the exit code, and the lines of both outputs.
fn ends(command: &mut Command) -> (i32, Vec<String>) {
    let output = command.output().expect("it starts");
    let code = output.status.code().expect("it was not killed");
    let all = lines(&[output.stdout, output.stderr].concat());
    let shows_secret = |line: &String| line.contains(SECRET);
    assert!(!all.iter().any(shows_secret), "{all:#?}");
    (code, all)
}

fn has(lines: &[String], text: &str) -> bool {
    lines.iter().any(|line| line.contains(text))
}

#[track_caller]
fn succeeds(command: &mut Command) -> Vec<String> {
    let (code, lines) = ends(command);
    assert_eq!(code, 0, "{lines:#?}");
    lines
}

#[track_caller]
fn fails(command: &mut Command, code: i32, text: &str) {
    let (found, lines) = ends(command);
    assert_eq!(found, code, "{lines:#?}");
    assert!(has(&lines, text), "{lines:#?}");
}

fn bodies(requests: &[Request]) -> Vec<String> {
    let bodies = requests.iter().map(|request| request.text().to_owned());
    let mut bodies: Vec<_> = bodies.collect();
    bodies.sort();
    bodies
}

/// Returns an address with another user and password.
fn with_login(url: &str, user: &str, password: &str) -> String {
    let mut url: Url = url.parse().expect("an address");
    url.set_username(user).expect("a host");
    url.set_password(Some(password)).expect("a host");
    url.to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_go_to_an_http_server_in_each_mode() {
    let server = Web::start(|_: &Request| 204).await;
    let sink = format!("http://relay:{SECRET}@{}/events", server.address());
    let outbox = Outbox::new();
    outbox.insert("a", "{\"n\":1}");
    outbox.insert("b", "{\"n\":2}");
    let drain = |name: &str| {
        let mut command = outbox.command(&DRAIN);
        command.args(["--sink", &sink, "--name", name]);
        command
    };
    succeeds(&mut drain("binary"));
    succeeds(drain("structured").args(["--mode", "structured"]));
    succeeds(
        drain("batch")
            .args(["--http", "linger=500ms"])
            .env("OUTBOX_RELAY_HTTP_MODE", "batch"),
    );
    let posts: Vec<_> = server
        .requests()
        .into_iter()
        .filter(|request| request.line.starts_with("POST /events "))
        .collect();
    assert_eq!(posts.len(), 5);
    assert_eq!(bodies(&posts[..2]), ["{\"n\":1}", "{\"n\":2}"]);
    assert_eq!(posts[0].header("ce-type"), "com.example.order.placed");
    let structured: Value = serde_json::from_str(posts[2].text()).expect("JSON");
    assert_eq!(structured["type"], "com.example.order.placed");
    let batch: Vec<Value> = serde_json::from_str(posts[4].text()).expect("a JSON array");
    assert_eq!(batch.len(), 2);
    assert!(
        posts
            .iter()
            .all(|post| post.header("authorization").starts_with("Basic "))
    );
    let ready = succeeds(outbox.command(&["check"]).args(["--sink", &sink]));
    assert!(has(&ready, "the sink is ready"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_setting_of_a_flag_beats_the_environment_and_the_environment_beats_the_file() {
    let server = Web::start(|_: &Request| 204).await;
    let outbox = Outbox::new();
    outbox.insert("a", "{\"n\":1}");
    let file = outbox.file(&format!(
        "sink = \"http://{}/\"\nmode = \"structured\"\n[http]\nheader-a = \"file\"\nheader-b = \"file\"\nheader-c = \"{SECRET}\"\n",
        server.address()
    ));
    let mut command = outbox.command(&DRAIN);
    command
        .args(["--config", &file, "--http", "header-A=flag"])
        .env("OUTBOX_RELAY_HTTP_HEADER_A", "environment")
        .env("OUTBOX_RELAY_HTTP_HEADER_B", "environment")
        .env("OUTBOX_RELAY_HTTP", "header-d=line\nheader-e=line")
        .env("OUTBOX_RELAY_MODE", "binary");
    succeeds(&mut command);
    let requests = server.requests();
    let post = requests.last().expect("a request");
    let headers = ["a", "b", "c", "d", "e"].map(|name| post.header(name));
    assert_eq!(headers, ["flag", "environment", SECRET, "line", "line"]);
    assert_eq!(post.text(), "{\"n\":1}", "the mode is binary");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_that_an_http_server_does_not_accept_is_parked() {
    let server = Web::start(|request: &Request| match request.text() {
        "{\"n\":1}" => 422,
        _ => 204,
    })
    .await;
    let outbox = Outbox::new();
    for (key, payload) in [("a", "{\"n\":1}"), ("a", "{\"n\":2}"), ("b", "{\"n\":3}")] {
        outbox.insert(key, payload);
    }
    let sink = format!("http://{}/", server.address());
    let mut command = outbox.command(&DRAIN);
    succeeds(command.args(["--sink", &sink, "--attempts", "2"]));
    assert_eq!(
        bodies(&server.requests()),
        ["", "{\"n\":1}", "{\"n\":1}", "{\"n\":3}"]
    );
    let parked = outbox.succeeds(&["parked", "list"]);
    assert!(
        parked[0].starts_with("a: 2 parked, 1 rejected after 2 attempts"),
        "{parked:?}"
    );
    assert!(parked[0].contains("the server answered 422"), "{parked:?}");
}

#[test]
fn a_server_that_is_away_is_told() {
    let outbox = Outbox::new();
    for sink in [
        "http://127.0.0.1:1/",
        "nats://127.0.0.1:1",
        "amqp://127.0.0.1:1",
    ] {
        let mut check = outbox.command(&["check", "--sink", sink]);
        fails(&mut check, 1, "outbox-relay: the sink is unavailable: ");
    }
}

#[test]
fn a_mistake_in_a_setting_is_told_without_its_value() {
    let outbox = Outbox::new();
    let http = "http://127.0.0.1:1/";
    for (sink, flag, pair, expected) in [
        (
            http,
            "--http",
            "time=hunter2",
            "`--http`: `time` is not an option of this sink; it has `mode`, `timeout`",
        ),
        (
            http,
            "--http",
            "timeout=hunter2",
            "`--http`: `timeout` is not a time above zero",
        ),
        (
            http,
            "--http",
            "hunter2",
            "`--http`: a setting has no `=`; write `KEY=VALUE`",
        ),
        (http, "--http", "secrets=hunter2", "`secrets`"),
        (
            http,
            "--http",
            "header-host=hunter2",
            "is set by the relay itself",
        ),
        (
            "nats://127.0.0.1:1",
            "--nats",
            "in-flight=hunter2",
            "`in-flight` is not a whole number",
        ),
        (
            "nats://127.0.0.1:1",
            "--mode",
            "batch",
            "`--mode`: `mode` is not a mode; write `binary` or `structured`",
        ),
        (
            "amqp://127.0.0.1:1",
            "--amqp",
            "routing-key=hunter2",
            "write `topic` or `key`",
        ),
        (
            "kafka://127.0.0.1:1",
            "--kafka",
            "sasl.passwort=hunter2",
            "`sasl.passwort`",
        ),
        (
            "kafka://127.0.0.1:1",
            "--mode",
            "batch",
            "`mode` is not a mode",
        ),
        (
            "https://user:hunter2@",
            "--http",
            "timeout=1s",
            "the URL of the sink cannot be read",
        ),
        (
            "nats://user:hunter2@host:port",
            "--nats",
            "timeout=1s",
            "the URL of the sink cannot be read",
        ),
        (
            "redis://user:hunter2@host",
            "--mode",
            "binary",
            "there is no such sink; write `stdout`",
        ),
    ] {
        for command in ["run", "check", "replay"] {
            let mut command = outbox.command(&[command, "--sink", sink, flag, pair]);
            fails(&mut command, 2, expected);
        }
    }
    let mut command = outbox.command(&["check", "--sink", http]);
    command.env("OUTBOX_RELAY_HTTP_LINGER", SECRET);
    fails(
        &mut command,
        2,
        "the variable `OUTBOX_RELAY_HTTP_LINGER`: `linger` is not a time",
    );
    for (text, expected) in [
        (
            "[http]\nlinger = \"hunter2\"\n",
            "`[http]` in the file: `linger` is not a time",
        ),
        ("[http]\nlinger = [\"hunter2\"]\n", "`linger` is not a time"),
        ("[http]\nlinger = []\n", "`linger` is not a single value"),
        (
            "http = [\"linger=5ms\", \"hunter2\"]\n",
            "a setting has no `=`",
        ),
        ("mode = \"hunter2\"\n", "the file: `mode` is not a mode"),
    ] {
        let file = outbox.file(text);
        let mut command = outbox.command(&["check", "--sink", http, "--config", &file]);
        fails(&mut command, 2, expected);
    }
}

#[test]
fn the_help_shows_no_secret() {
    let outbox = Outbox::new();
    let file = outbox.file("database = \"postgres://u:hunter2@h/d\"\nsink = \"amqp://u:hunter2@h\"\n[kafka]\n\"sasl.password\" = \"hunter2\"\n");
    for command in ["run", "check", "replay"] {
        let mut help = outbox.command(&[command, "--config", &file, "--help"]);
        for (name, value) in [
            ("OUTBOX_RELAY_SINK", "nats://u:hunter2@h"),
            ("OUTBOX_RELAY_DATABASE", "postgres://u:hunter2@h/d"),
            ("OUTBOX_RELAY_NATS", "credentials=hunter2"),
        ] {
            help.env(name, value);
        }
        let shown = succeeds(&mut help);
        assert!(has(&shown, "--nats <KEY=VALUE>"), "{shown:#?}");
    }
}

/// Returns a topic that no other test has.
fn topic() -> String {
    format!("t{}", Uuid::now_v7().simple())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_go_to_a_stream_of_nats() {
    let Some(url) = support::server("OUTBOX_TEST_NATS_URL") else {
        return;
    };
    let (outbox, topic) = (Outbox::new(), topic());
    let client = async_nats::connect(&url).await.expect("the server answers");
    let context = jetstream::new(client);
    let config = Config {
        name: topic.clone(),
        subjects: vec![format!("{topic}.>")],
        ..Config::default()
    };
    let mut stream = context.create_stream(config).await.expect("a stream");
    for n in 1..=3 {
        outbox.insert_as(
            "com.example.order.placed",
            &topic,
            "a",
            &format!("{{\"n\":{n}}}"),
        );
    }
    let file = outbox.file(&format!(
        "sink = \"{url}\"\n[nats]\nstream = \"{topic}\"\nkey-in-subject = true\n"
    ));
    let mut check = outbox.command(&["check", "--config", &file]);
    assert!(has(&succeeds(&mut check), "the sink is ready"));
    succeeds(outbox.command(&DRAIN).args(["--config", &file]));
    let last = stream.info().await.expect("the stream").state.last_sequence;
    assert_eq!(last, 3);
    for n in 1..=3 {
        let message = stream.get_raw_message(n).await.expect("a message");
        assert_eq!(message.payload, format!("{{\"n\":{n}}}").as_bytes());
        assert_eq!(message.subject.as_str(), format!("{topic}.a"));
    }

    // A stream that is missing is a mistake at the start, for `run` too.
    let missing = "there is no stream `NOWHERE`; create it with `nats stream add`";
    for command in ["check", "run"] {
        let mut command = outbox.command(&[command, "--sink", &url]);
        command.env("OUTBOX_RELAY_NATS_STREAM", "NOWHERE");
        fails(
            &mut command,
            1,
            &format!("outbox-relay: the sink cannot be used: {missing}"),
        );
    }
    let wrong = with_login(&url, "relay", SECRET);
    let mut command = outbox.command(&["check", "--sink", &wrong]);
    fails(&mut command, 1, "the server does not accept the login");
}

async fn channel(url: &str, topic: &str) -> (Connection, Channel) {
    let connection = Connection::connect(url, ConnectionProperties::default()).await;
    let connection = connection.expect("the server answers");
    let channel = connection.create_channel().await.expect("a channel");
    let options = QueueDeclareOptions {
        durable: true,
        ..QueueDeclareOptions::default()
    };
    let declared = channel.queue_declare(topic.into(), options, FieldTable::default());
    declared.await.expect("a queue");
    let bound = channel.queue_bind(
        topic.into(),
        "amq.topic".into(),
        topic.into(),
        QueueBindOptions::default(),
        FieldTable::default(),
    );
    bound.await.expect("a binding");
    (connection, channel)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_go_to_a_queue_of_rabbitmq() {
    let Some(url) = support::server("OUTBOX_TEST_AMQP_URL") else {
        return;
    };
    let (outbox, topic) = (Outbox::new(), topic());
    let (_connection, channel) = channel(&url, &topic).await;
    for n in 1..=3 {
        outbox.insert_as(
            "com.example.order.placed",
            &topic,
            "a",
            &format!("{{\"n\":{n}}}"),
        );
    }
    outbox.insert_as("com.example.order.placed", "nowhere", "b", "{}");
    let mut check = outbox.command(&["check", "--sink", &url]);
    assert!(has(&succeeds(&mut check), "the sink is ready"));
    let mut drain = outbox.command(&DRAIN);
    drain.args(["--sink", &url, "--amqp", "in-flight=8", "--attempts", "1"]);
    let log = succeeds(&mut drain);
    assert!(
        has(&log, "no queue takes the routing key `nowhere`"),
        "{log:#?}"
    );
    for n in 1..=3 {
        let options = BasicGetOptions { no_ack: true };
        let got = channel.basic_get(topic.as_str().into(), options).await;
        let message = got.expect("an answer").expect("a message");
        assert_eq!(message.data, format!("{{\"n\":{n}}}").as_bytes());
    }

    let missing = "there is no exchange `nowhere`; declare it, or set `exchange`";
    for command in ["check", "run"] {
        let mut command = outbox.command(&[command, "--sink", &url]);
        command.args(["--amqp", "exchange=nowhere"]);
        fails(
            &mut command,
            1,
            &format!("outbox-relay: the sink cannot be used: {missing}"),
        );
    }
    let wrong = with_login(&url, "guest", SECRET);
    let mut command = outbox.command(&["check", "--sink", &wrong]);
    fails(&mut command, 1, "the server does not accept the login");
    let mut wrong: Url = url.parse().expect("an address");
    wrong.set_path("/nowhere");
    let mut command = outbox.command(&["check", "--sink", wrong.as_str()]);
    fails(&mut command, 1, "nowhere");
}
