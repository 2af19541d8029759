//! The program, as an operator runs it, on SQLite.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use rusqlite::Connection;
use serde_json::Value;
use tempfile::TempDir;

struct Outbox {
    folder: TempDir,
}

impl Outbox {
    /// Makes a database with its tables.
    fn new() -> Self {
        let outbox = Self {
            folder: TempDir::new().expect("a folder"),
        };
        outbox.succeeds(&["migrate"]);
        outbox
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn url(&self) -> String {
        format!("sqlite:{}", self.path("shop.db").display())
    }

    fn insert(&self, key: &str, payload: &str) {
        let connection = Connection::open(self.path("shop.db")).expect("it opens");
        let row = "INSERT INTO outbox (id, aggregatetype, aggregateid, type, payload, partitionkey, topic, source,
                specversion, time, subject, datacontenttype, dataversion)
            VALUES (lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2)
                || '-a' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))),
                'order', ?1, 'com.example.order.placed', ?2, ?1, 'orders', '/orders', '1.0',
                '2026-01-01T00:00:00.000000Z', ?1, 'application/json', '1.0')";
        connection.execute(row, [key, payload]).expect("a row");
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_outbox-relay"));
        command.args(arguments).env_clear().stdin(Stdio::null());
        command.env("OUTBOX_RELAY_DATABASE", self.url());
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("it starts")
    }

    /// Returns the lines of standard output.
    fn succeeds(&self, arguments: &[&str]) -> Vec<String> {
        let output = self.run(arguments);
        assert!(output.status.success(), "{output:?}");
        lines(&output.stdout)
    }

    /// Returns the exit code and the last line of standard error.
    fn fails(&self, arguments: &[&str]) -> (i32, String) {
        let output = self.run(arguments);
        let code = output.status.code().expect("it was not killed");
        let mut errors = lines(&output.stderr);
        (code, errors.pop().unwrap_or_default())
    }

    fn status(&self) -> Value {
        let lines = self.succeeds(&["status", "--json"]);
        serde_json::from_str(&lines[0]).expect("JSON")
    }
}

fn lines(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    text.lines().map(str::to_owned).collect()
}

fn payloads(lines: &[String]) -> Vec<String> {
    let data = |line: &String| {
        let event: Value = serde_json::from_str(line).expect("a CloudEvent");
        event["data"]["n"].to_string()
    };
    lines.iter().map(data).collect()
}

const DRAIN: [&str; 4] = ["run", "--sink", "stdout", "--until-empty"];

#[test]
fn tables_are_made_once() {
    let outbox = Outbox::new();
    let second = outbox.succeeds(&["migrate"]);
    assert_eq!(second, ["everything is there already"]);
    let ready = outbox.succeeds(&["check", "--sink", "stdout"]);
    assert_eq!(ready, ["the database is ready", "the sink is ready"]);
}

#[test]
fn events_are_delivered_once_and_the_status_tells() {
    let outbox = Outbox::new();
    for n in 0..5 {
        outbox.insert(&(n % 2).to_string(), &format!("{{\"n\":{n}}}"));
    }
    let before = outbox.status();
    assert_eq!(
        (&before["undelivered"], &before["low"]),
        (&5.into(), &0.into())
    );
    let delivered = payloads(&outbox.succeeds(&DRAIN));
    assert_eq!(delivered.len(), 5);
    assert_eq!(outbox.succeeds(&DRAIN), [""; 0]);
    let after = outbox.succeeds(&["status", "--json"]);
    assert_eq!(
        after[0],
        r#"{"name":"main","owner":null,"epoch":2,"low":5,"high":5,"open_holes":0,"undelivered":0,"oldest_seconds":null,"parked_events":0,"parked_keys":0}"#
    );
    // Each name has a progress of its own.
    let other = outbox.succeeds(&[
        "run",
        "--sink",
        "stdout",
        "--until-empty",
        "--name",
        "audit",
    ]);
    assert_eq!(other.len(), 5);
}

#[test]
fn a_row_that_is_no_event_holds_up_its_key_alone() {
    let outbox = Outbox::new();
    outbox.insert("a", "{\"n\":1}");
    outbox.insert("b", "not JSON");
    outbox.insert("b", "{\"n\":2}");
    outbox.insert("c", "{\"n\":3}");
    let mut delivered = payloads(&outbox.succeeds(&DRAIN));
    delivered.sort();
    assert_eq!(delivered, ["1", "3"]);
    let status = outbox.status();
    assert_eq!(
        (&status["parked_events"], &status["parked_keys"]),
        (&2.into(), &1.into())
    );
    assert_eq!(status["undelivered"], 0);
}

#[test]
fn a_replay_sends_what_is_asked_for_and_leaves_the_progress() {
    let outbox = Outbox::new();
    for n in 1..=6 {
        outbox.insert(
            if n % 2 == 0 { "even" } else { "odd" },
            &format!("{{\"n\":{n}}}"),
        );
    }
    outbox.succeeds(&DRAIN);
    let before = outbox.status();
    for (filter, expected) in [
        (&["--from", "3", "--key", "odd"][..], &["3", "5"][..]),
        (&["--until", "2"], &["1", "2"]),
        (&["--type", "com.example.other", "--source", "/orders"], &[]),
        (
            &["--from", "2000-01-01T00:00:00Z", "--key", "even"],
            &["2", "4", "6"],
        ),
        (&["--until", "2000-01-01T00:00:00Z"], &[]),
    ] {
        let mut sent =
            payloads(&outbox.succeeds(&[&["replay", "--sink", "stdout"], filter].concat()));
        sent.sort();
        assert_eq!(sent, expected, "{filter:?}");
    }
    assert_eq!(outbox.status(), before);
    outbox.insert("even", "not JSON");
    let (code, error) = outbox.fails(&["replay", "--sink", "stdout", "--from", "7"]);
    assert_eq!(code, 1);
    assert!(error.contains("the first is 7"), "{error}");
}

#[test]
fn a_flag_beats_the_environment_and_the_environment_beats_the_file() {
    let outbox = Outbox::new();
    let file = outbox.path("relay.toml");
    let text = "sink = \"stdout\"\nuntil-empty = true\nname = \"of-the-file\"\nbatch = 10\n";
    fs::write(&file, text).unwrap();
    let file = file.to_str().unwrap();
    let name = |command: &mut Command| {
        let output = command.output().expect("it starts");
        assert!(output.status.success(), "{output:?}");
        let status = String::from_utf8(output.stdout).unwrap();
        serde_json::from_str::<Value>(&status).unwrap()["name"].clone()
    };
    let status = ["status", "--json", "--config", file];
    assert_eq!(name(&mut outbox.command(&status)), "of-the-file");
    let mut command = outbox.command(&status);
    assert_eq!(
        name(command.env("OUTBOX_RELAY_NAME", "of-the-environment")),
        "of-the-environment"
    );
    assert_eq!(name(command.args(["--name", "of-the-flag"])), "of-the-flag");
    assert_eq!(outbox.succeeds(&["run", "--config", file]), [""; 0]);
}

#[test]
fn a_mistake_is_told_with_its_remedy() {
    let outbox = Outbox::new();
    let file = |text: &str| {
        let path = outbox.path("wrong.toml");
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    for (arguments, code, expected) in [
        (vec!["run", "--sink", "stdin"], 2, "there is no such sink"),
        (vec!["run"], 2, "try '--help'"),
        (
            vec!["run", "--sink", "stdout", "--batch", "0"],
            2,
            "try '--help'",
        ),
        (
            vec!["run", "--sink", "stdout", "--lease", "soon"],
            2,
            "try '--help'",
        ),
        (
            vec!["status", "--database", "mysql://x"],
            2,
            "write one of these",
        ),
        (
            vec!["status", "--database", "sqlite:"],
            2,
            "the path of the database",
        ),
        (
            vec!["status", "--database", "sqlite:/nowhere/x.db"],
            1,
            "create it with `outbox-relay migrate`",
        ),
        (
            vec!["status", "--database", "postgres://u@h/d?sslmode=perhaps"],
            2,
            "use disable, prefer, require",
        ),
        (
            vec!["status", "--config", "/nowhere/relay.toml"],
            2,
            "correct `--config`",
        ),
    ] {
        let (found, error) = outbox.fails(&arguments);
        assert_eq!(found, code, "{arguments:?}: {error}");
        assert!(error.contains(expected), "{arguments:?}: {error}");
    }
    for (text, expected) in [
        ("datbase = 1", "there is no setting `datbase`"),
        ("= 1", "is not TOML"),
        ("sink = { a = 1 }", "`sink` is neither a text"),
        ("config = \"x\"", "there is no setting `config`"),
    ] {
        let path = file(text);
        let (code, error) = outbox.fails(&["status", "--config", &path]);
        assert_eq!(code, 2, "{text}: {error}");
        let output = outbox.run(&["status", "--config", &path]);
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(errors.contains(expected), "{text}: {errors}");
    }
}

#[test]
fn an_output_that_cannot_be_written_is_an_error() {
    let outbox = Outbox::new();
    for arguments in [
        &["status"][..],
        &["status", "--json"],
        &["check"],
        &["migrate"],
    ] {
        let full = File::options().write(true).open("/dev/full");
        let output = outbox
            .command(arguments)
            .stdout(full.expect("a full device"))
            .output()
            .expect("it starts");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {errors}");
        assert!(errors.contains("standard output cannot be written"));
    }
}

#[test]
fn a_log_that_cannot_be_written_stops_nothing() {
    let outbox = Outbox::new();
    outbox.insert("a", "{\"n\":1}");
    let full = File::options().write(true).open("/dev/full");
    let output = outbox
        .command(&DRAIN)
        .stderr(full.expect("a full device"))
        .output()
        .expect("it starts");
    assert!(output.status.success(), "{output:?}");
    assert_eq!(payloads(&lines(&output.stdout)), ["1"]);
}

#[test]
fn a_relay_stops_when_it_is_asked_to() {
    let outbox = Outbox::new();
    outbox.insert("a", "{\"n\":1}");
    let mut relay = outbox
        .command(&["run", "--sink", "stdout", "--log", "json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut line = String::new();
    let mut output = BufReader::new(relay.stdout.take().unwrap());
    output.read_line(&mut line).expect("an event");
    outbox.insert("a", "{\"n\":2}");
    output.read_line(&mut line).expect("another event");
    let stopped = Command::new("kill").arg(relay.id().to_string()).status();
    assert!(stopped.expect("it runs").success());
    let output = relay.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{output:?}");
    for line in lines(&output.stderr) {
        serde_json::from_str::<Value>(&line).expect("a log in JSON");
    }
    let status = outbox.status();
    assert_eq!(
        (&status["owner"], &status["low"]),
        (&Value::Null, &2.into())
    );
}
