//! The report for people.

use serde_json::Value;

use crate::events::InviteCreated;
use crate::program::{Quickstart, invite, line, lines, on_a_terminal};
use crate::support::skipped;

/// The first lines of a run on the invitations that come with it.
const READ: &str = "\
line 7    email: must be an e-mail address, like `ada@example.com`
line 14   role: must have 1 to 40 characters, and has 0
line 21   an earlier line is the same
line 27   email: must be an e-mail address, like `ada@example.com`
          role: must have 1 to 40 characters, and has 0
          tenant_id: must not be empty, since the partition key is made from it
line 32   not an invitation: EOF while parsing a string at column 71
line 39   role: must have 1 to 40 characters, and has 53
line 46   not an invitation: missing field `email` at column 94

52 read: 45 stored with their events, 7 refused
";

#[test]
fn a_first_run_tells_what_it_did_and_what_to_try() {
    let quickstart = Quickstart::new();
    let run = quickstart.run(&[]);
    assert!(run.success, "{}", run.stderr);
    assert_eq!(run.stderr, "");

    let (read, events) = run
        .stdout
        .split_once("\nDelivering the events as CloudEvents:\n\n")
        .expect("it delivers");
    let (from, read) = read.split_once("\n\n").expect("it names the input");
    assert!(from.starts_with("Reading ") && from.ends_with("examples/data/invitations.jsonl"));
    assert_eq!(read, READ);

    let (events, end) = events
        .split_once("\n\n... and 43 more\n\n45 delivered\n\n")
        .expect("it counts the rest");
    let shown: Vec<InviteCreated> = events.split("\n\n").map(data).collect();
    let input = include_str!("../../examples/data/invitations.jsonl");
    let first = input.lines().take(2);
    let first: Vec<InviteCreated> = first
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(shown, first);

    let database = quickstart.database();
    assert!(end.contains(database.to_str().expect("UTF-8")), "{end}");
    assert!(
        end.contains("\n  cargo run --example quickstart -- --json "),
        "{end}"
    );
    for line in run.stdout.lines() {
        assert!(line.len() <= 80 || line.contains('/'), "{line}");
    }
}

/// Reads the payload of a CloudEvent.
fn data(cloud_event: &str) -> InviteCreated {
    let event: Value = serde_json::from_str(cloud_event).expect("JSON");
    assert_eq!(event["type"], "com.gridflow.invite.created");
    serde_json::from_value(event["data"].clone()).expect("the payload")
}

#[test]
fn a_second_run_on_the_same_database_delivers_nothing() {
    let quickstart = Quickstart::new();
    quickstart.run(&[]);
    let run = quickstart.run(&[]);
    assert!(run.success, "{}", run.stderr);
    // The duplicate line of the first run now counts as stored earlier.
    let read = "\n52 read: 0 stored with their events, 6 refused, 46 stored by an earlier run\n\n0 delivered\n\n";
    assert!(run.stdout.contains(read), "{}", run.stdout);
}

#[test]
fn no_event_is_counted_as_more_when_all_are_shown() {
    let quickstart = Quickstart::new();
    let run = quickstart.run(&[&quickstart.file("input.jsonl", lines(0..2))]);
    assert!(
        run.stdout.contains("\n}\n\n2 delivered\n"),
        "{}",
        run.stdout
    );
    assert!(!run.stdout.contains("more"), "{}", run.stdout);
}

/// Quotes, braces and colons within a text are kept as they are.
#[test]
fn a_text_that_looks_like_json_is_shown_as_it_is() {
    let quickstart = Quickstart::new();
    let strange = InviteCreated {
        role: r#"{"a\": [1,2]} \\"#.to_owned(),
        ..invite(1)
    };
    let run = quickstart.run(&[&quickstart.file("input.jsonl", line(&strange))]);
    let (_, event) = run.stdout.split_once("CloudEvents:\n\n").expect("a title");
    let (event, _) = event.split_once("\n\n").expect("an end");
    assert_eq!(data(event), strange);
}

#[test]
fn a_kafka_record_is_shown_with_its_topic_key_and_headers() {
    let quickstart = Quickstart::new();
    let run = quickstart.run(&["--kafka", &quickstart.file("input.jsonl", lines(1..2))]);
    for shown in [
        "\nDelivering the events as Kafka records:\n\ntopic   outbox.event.invite\n",
        "\nkey     tenant-1\n",
        "\nheader  content-type: application/json\n",
        "\nheader  ce_specversion: 1.0\n",
        "\nheader  ce_type: com.gridflow.invite.created\n",
        "\nheader  ce_partitionkey: tenant-1\n",
    ] {
        assert!(run.stdout.contains(shown), "{shown}");
    }
    let (_, value) = run.stdout.split_once("\nvalue   ").expect("a value");
    let (value, _) = value.split_once("\n\n").expect("an end");
    assert_eq!(
        serde_json::from_str::<InviteCreated>(value).unwrap(),
        invite(1)
    );
}

#[test]
fn progress_is_shown_on_a_terminal_and_for_a_long_input() {
    let quickstart = Quickstart::new();
    let input = quickstart.file("input.jsonl", lines(0..1_000));
    let quiet = quickstart.run(&[&input]);
    assert!(!quiet.stderr.contains("1000 lines"), "{}", quiet.stderr);
    let Some(shown) = on_a_terminal(&quickstart.command(&[&input])) else {
        skipped("there is no python3 to give the quickstart a terminal");
        return;
    };
    assert!(shown.contains("1000 lines\r"), "{shown}");
    let short = quickstart.file("short.jsonl", lines(0..999));
    let shown = on_a_terminal(&quickstart.command(&[&short])).expect("there is Python");
    assert!(
        !shown.contains("lines\r") && shown.contains("999 read"),
        "{shown}"
    );
}

#[test]
fn text_of_the_input_does_not_steer_the_terminal() {
    let quickstart = Quickstart::new();
    let run = quickstart.run_on("{\"invite_id\":\"\\u001b[31m\"}\n");
    assert!(
        run.stderr.contains("\nline 1    not an invitation: "),
        "{}",
        run.stderr
    );
    assert!(!run.stderr.contains('\u{1B}'), "{:?}", run.stderr);
}
