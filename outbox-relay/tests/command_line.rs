//! The program, as an operator runs it, on SQLite.

#[path = "support/listening.rs"]
mod listening;
#[path = "support/program.rs"]
mod program;

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;

use listening::Listening;
use program::{DRAIN, Outbox, lines, payloads};
use rusqlite::Connection;
use serde_json::Value;

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
    let odd = outbox.succeeds(&["replay", "--sink", "stdout", "--key", "odd"]);
    assert_eq!(payloads(&odd), ["1", "3", "5"], "7 was not asked for");
    let variables = [
        ("FROM", "2"),
        ("UNTIL", "5"),
        ("TYPE", "com.example.order.placed"),
        ("KEY", "odd"),
        ("SOURCE", "/orders"),
    ];
    let mut replay = outbox.command(&["replay", "--sink", "stdout"]);
    for (name, value) in variables {
        replay.env(format!("OUTBOX_RELAY_{name}"), value);
    }
    let sent = lines(&replay.output().expect("it starts").stdout);
    assert_eq!(payloads(&sent), ["3", "5"]);
}

#[test]
fn a_replay_ends_with_the_rows_that_were_there() {
    let outbox = Outbox::new();
    let text = "x".repeat(2_000);
    for n in 0..100 {
        outbox.insert("a", &format!("{{\"n\":{n},\"text\":\"{text}\"}}"));
    }
    let mut replay = outbox
        .command(&["replay", "--sink", "stdout"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    let mut lines = BufReader::new(replay.stdout.take().expect("a pipe")).lines();
    lines.next().expect("an event").expect("a line");
    // The pipe has no room for the rest, so the replay has not ended.
    outbox.insert("a", "{\"n\":100}");
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(lines.count(), 99);
    assert!(replay.wait().expect("it ends").success());
}

#[cfg(feature = "kafka")]
#[test]
fn a_broker_that_is_not_there_does_not_flood_the_log() {
    let outbox = Outbox::new();
    let mut check = outbox
        .command(&["check", "--sink", "kafka://127.0.0.1:1"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    std::thread::sleep(Duration::from_secs(3));
    check.kill().expect("a child");
    let output = check.wait_with_output().expect("it ends");
    let log = lines(&output.stderr);
    assert!((1..10).contains(&log.len()), "{log:#?}");
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
            vec!["run", "--sink", "stdout", "--lease", "none"],
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
        (
            vec!["replay", "--sink", "stdout", "--from", "9", "--until", "4"],
            2,
            "no event is between `--from 9` and `--until 4`; name the earlier one with `--from`",
        ),
        (
            vec![
                "replay",
                "--sink",
                "stdout",
                "--from",
                "2026-01-02T00:00:00Z",
                "--until",
                "2026-01-01T12:00:00+01:00",
            ],
            2,
            "`--from 2026-01-02T00:00:00Z` and `--until 2026-01-01T11:00:00Z`",
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

/// Makes an outbox where `not JSON` holds up two events of `b`, and each of `c` and `d` is held up too.
fn parked() -> Outbox {
    let outbox = Outbox::new();
    for (key, payload) in [
        ("a", "{\"n\":1}"),
        ("b", "not JSON"),
        ("b", "{\"n\":3}"),
        ("b", "{\"n\":4}"),
        ("c", "{\"n\":"),
        ("d", "[1"),
    ] {
        outbox.insert(key, payload);
    }
    assert_eq!(payloads(&outbox.succeeds(&DRAIN)), ["1"]);
    outbox
}

/// Returns a JSON array that a command writes.
fn array(outbox: &Outbox, arguments: &[&str]) -> Vec<Value> {
    let lines = outbox.succeeds(&[arguments, &["--json"]].concat());
    serde_json::from_str(&lines.join("\n")).expect("a JSON array")
}

/// Corrects the payload of a row, as an operator can before a retry.
fn correct(outbox: &Outbox, seq: i64, payload: &str) {
    let connection = Connection::open(outbox.path("shop.db")).expect("it opens");
    let update = "UPDATE outbox SET payload = ?2 WHERE seq = ?1";
    connection.execute(update, (seq, payload)).expect("a row");
}

#[test]
fn parked_events_are_listed_and_shown() {
    let outbox = parked();
    let list = outbox.succeeds(&["parked", "list"]);
    assert_eq!(list.len(), 3);
    let expected = "b: 3 parked, 2 rejected after 8 attempts, since 2";
    assert!(list[0].starts_with(expected), "{list:?}");
    assert!(list[0].contains("Z: "), "{list:?}");
    let heads = array(&outbox, &["parked", "list"]);
    let first = &heads[0];
    assert_eq!(
        (
            &first["key"],
            &first["events"],
            &first["seq"],
            &first["why"],
            &first["attempts"]
        ),
        (
            &"b".into(),
            &3.into(),
            &2.into(),
            &"rejected".into(),
            &8.into()
        )
    );
    assert!(first["error"].is_string() && first["since"].is_string());
    assert_eq!(array(&outbox, &["parked", "list", "--key", "c"]).len(), 1);
    assert_eq!(array(&outbox, &["parked", "list", "--seq", "4"])[0], *first);
    assert_eq!(
        array(&outbox, &["parked", "list", "--name", "x"]),
        [Value::Null; 0]
    );

    let events = array(&outbox, &["parked", "show", "--key", "b"]);
    let seqs: Vec<_> = events.iter().map(|event| event["seq"].as_i64()).collect();
    assert_eq!(seqs, [Some(2), Some(3), Some(4)]);
    assert_eq!(events[0]["payload"], "not JSON");
    assert_eq!(events[1]["payload"]["n"], 3);
    assert_eq!(events[1]["why"], "behind");
    assert_eq!(events[1]["type"], "com.example.order.placed");
    assert!(events[1]["id"].is_string());
    let text = outbox.succeeds(&["parked", "show", "--seq", "3"]);
    assert!(
        text[0].starts_with("b: 3 waits for its turn since 2"),
        "{text:?}"
    );
    assert_eq!(text[2], "  type     com.example.order.placed");
    assert_eq!(text[3], "  payload  {\"n\":3}");
}

#[test]
fn a_retry_sends_the_events_of_a_key_in_order() {
    let outbox = parked();
    let before = array(&outbox, &["parked", "list"]);
    let dry = outbox.succeeds(&["parked", "retry", "--key", "b", "--dry-run"]);
    assert_eq!(dry, ["b: would send 2 and the 2 behind it"]);
    assert_eq!(array(&outbox, &["parked", "list"]), before);
    correct(&outbox, 2, "{\"n\":2}");
    outbox.insert("b", "{\"n\":7}");
    let retried = outbox.succeeds(&["parked", "retry", "--key", "b"]);
    assert_eq!(retried, ["b: sends 2 and the 2 behind it"]);
    let (code, error) = outbox.fails(&["parked", "retry", "--seq", "3"]);
    assert_eq!(code, 1);
    assert!(error.ends_with("there is nothing to retry"), "{error}");
    assert_eq!(payloads(&outbox.succeeds(&DRAIN)), ["2", "3", "4", "7"]);
    assert_eq!(outbox.status()["parked_keys"], 2);
    // All of them, and those that are rejected again stay.
    correct(&outbox, 6, "{\"n\":6}");
    let all = array(&outbox, &["parked", "retry"]);
    assert_eq!((&all[0]["key"], &all[1]["key"]), (&"c".into(), &"d".into()));
    assert_eq!(payloads(&outbox.succeeds(&DRAIN)), ["6"]);
    assert_eq!(array(&outbox, &["parked", "list"])[0]["key"], "c");
    assert_eq!(
        outbox.succeeds(&["parked", "retry", "--name", "x"]),
        ["nothing is parked"]
    );
}

#[test]
fn a_skip_drops_the_event_that_holds_up_its_key_and_keeps_the_record() {
    let outbox = parked();
    let (code, error) = outbox.fails(&["parked", "skip", "--seq", "3"]);
    assert_eq!(code, 1);
    assert!(
        error.ends_with("only that one can be skipped, with `--seq 2`"),
        "{error}"
    );
    let dry = outbox.succeeds(&["parked", "skip", "--key", "b", "--dry-run"]);
    assert_eq!(dry, ["b: would drop 2 and send the 2 behind it"]);
    assert_eq!(outbox.status()["parked_events"], 5);
    let skipped = outbox.succeeds(&["parked", "skip", "--seq", "2"]);
    assert_eq!(skipped, ["b: dropped 2, sends the 2 behind it"]);
    outbox.succeeds(&["parked", "skip", "--key", "c"]);
    assert_eq!(payloads(&outbox.succeeds(&DRAIN)), ["3", "4"]);
    assert_eq!(outbox.status()["parked_events"], 1);
    let connection = Connection::open(outbox.path("shop.db")).expect("it opens");
    let record = connection.query_row(
        "SELECT how || ' ' || key || ' ' || seq FROM outbox_opened WHERE number = 1",
        [],
        |row| row.get::<_, String>(0),
    );
    assert_eq!(record.expect("a record"), "skip b 2");
}

#[test]
fn an_operator_who_names_nothing_that_is_parked_is_told() {
    let outbox = parked();
    for (arguments, code, expected) in [
        (vec!["show"], 2, "try '--help'"),
        (vec!["skip"], 2, "try '--help'"),
        (
            vec!["show", "--key", "a"],
            1,
            "no event of the key `a` is parked under the relay name `main`",
        ),
        (
            vec!["skip", "--seq", "1"],
            1,
            "the event 1 is not parked under",
        ),
        (
            vec!["retry", "--key", "b", "--seq", "5"],
            1,
            "the event 5 of the key `b` is not parked under",
        ),
        (
            vec!["retry", "--seq", "9"],
            1,
            "`outbox-relay parked list` shows the keys that are",
        ),
    ] {
        let (found, error) = outbox.fails(&[&["parked"], &arguments[..]].concat());
        assert_eq!(found, code, "{arguments:?}: {error}");
        assert!(error.contains(expected), "{arguments:?}: {error}");
    }
}

#[test]
fn a_relay_that_runs_hears_an_operator() {
    let outbox = parked();
    let mut relay = outbox
        .command(&["run", "--sink", "stdout"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    let mut events = BufReader::new(relay.stdout.take().unwrap()).lines();
    outbox.insert("a", "{\"n\":7}");
    let mut next = || payloads(&[events.next().expect("an event").expect("a line")]).remove(0);
    assert_eq!(next(), "7", "the relay runs");
    outbox.succeeds(&["parked", "skip", "--key", "b"]);
    assert_eq!([next(), next()], ["3", "4"]);
    correct(&outbox, 5, "{\"n\":5}");
    outbox.succeeds(&["parked", "retry", "--key", "c"]);
    assert_eq!(next(), "5");
    outbox.insert("c", "{\"n\":8}");
    assert_eq!(next(), "8", "the key is open");
    let stopped = Command::new("kill").arg(relay.id().to_string()).status();
    assert!(stopped.expect("it runs").success());
    assert!(relay.wait().expect("it ends").success());
    assert_eq!(outbox.status()["parked_events"], 1);
}

/// Starts a relay to standard output that listens.
fn listening(outbox: &Outbox, arguments: &[&str]) -> Listening {
    let mut run = outbox.command(&["run", "--sink", "stdout"]);
    Listening::start(run.args(arguments).stdout(Stdio::piped()))
}

#[test]
fn a_relay_shows_its_metrics() {
    let outbox = Outbox::new();
    for (key, payload) in [
        ("a", "{\"n\":1}"),
        ("b", "not JSON"),
        ("b", "{}"),
        ("c", "{}"),
    ] {
        outbox.insert(key, payload);
    }
    let relay = listening(&outbox, &["--max-age", "400ms", "--name", "a \"b\""]);
    let label = r#"{name="a \"b\""}"#;
    let expected = [
        format!("outbox_relay_delivered_total{label} 2"),
        format!("outbox_relay_attempts_total{label} 2"),
        format!("outbox_relay_repeated_total{label} 0"),
        format!("outbox_relay_rejected_total{label} 1"),
        format!("outbox_relay_parked_events{label} 2"),
        format!("outbox_relay_parked_keys{label} 1"),
        format!("outbox_relay_undelivered_events{label} 0"),
        format!("outbox_relay_oldest_seconds{label} 0"),
        format!("outbox_relay_open_holes{label} 0"),
        format!("outbox_relay_owner{label} 1"),
        format!("outbox_relay_batch_rows_sum{label} 4"),
        format!("outbox_relay_delivery_seconds_count{label} 2"),
        "outbox_relay_delivery_seconds_bucket{name=\"a \\\"b\\\"\",le=\"+Inf\"} 2".to_owned(),
        "# TYPE outbox_relay_delivery_seconds histogram".to_owned(),
    ];
    relay.waits_for("GET /metrics", |status, body| {
        let lines: Vec<_> = body.lines().collect();
        status == 200 && expected.iter().all(|line| lines.contains(&line.as_str()))
    });
    assert_eq!(relay.ask("GET /livez"), (200, "alive\n".to_owned()));
    assert_eq!(
        relay.ask("GET /"),
        (404, "there are /metrics, /livez and /readyz\n".to_owned())
    );
    assert_eq!(
        relay.ask("POST /metrics"),
        (405, "ask with GET\n".to_owned())
    );
    let (code, error) = outbox.fails(&["run", "--sink", "stdout", "--listen", &relay.address]);
    assert_eq!(code, 1);
    assert!(
        error.contains("name a free HOST:PORT of this machine with `--listen`"),
        "{error}"
    );
}

#[test]
fn a_relay_that_stands_by_is_not_ready() {
    let outbox = Outbox::new();
    let owner = listening(&outbox, &["--lease", "1s"]);
    owner.waits_for("GET /readyz", |status, body| {
        (status, body) == (200, "ready\n")
    });
    let standby = listening(&outbox, &["--lease", "1s"]);
    let expected = (
        503,
        "the relay stands by: it has not had the lease yet\n".to_owned(),
    );
    assert_eq!(standby.ask("GET /readyz"), expected);
    assert_eq!(standby.ask("GET /livez").0, 200, "nobody restarts it");
    drop(owner);
    standby.waits_for("GET /readyz", |status, _| status == 200);
}

#[test]
fn silence_is_noticed() {
    let outbox = Outbox::new();
    let mut relay = listening(&outbox, &["--max-age", "1s"]);
    relay.waits_for("GET /readyz", |status, _| status == 200);
    // Nobody reads, and the pipe is soon full.
    let text = "x".repeat(1 << 20);
    outbox.insert("a", &format!("{{\"text\":\"{text}\"}}"));
    let trouble = relay.waits_for("GET /readyz", |status, _| status == 503);
    assert!(trouble.starts_with("an event has waited for "), "{trouble}");
    assert_eq!(relay.ask("GET /livez").0, 200);
    let mut events = relay.process.stdout.take().expect("an output");
    std::thread::spawn(move || std::io::copy(&mut events, &mut std::io::sink()));
    relay.waits_for("GET /readyz", |status, _| status == 200);
}
