//! Processes that are killed, and outputs that are closed.

use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use rusqlite::Connection;

use crate::events::InviteCreated;
use crate::program::{Quickstart, Run, invite, invites, line, lines};

#[test]
fn a_row_that_is_not_an_event_holds_up_its_key_alone() {
    let quickstart = Quickstart::new();
    let (mut child, mut stdin) = quickstart.start(Stdio::null());
    stdin.write_all(lines(0..9).as_bytes()).expect("it reads");
    quickstart.wait_until("outbox", 9);
    child.kill().expect("it runs");
    child.wait().expect("it was killed");
    let connection = Connection::open(quickstart.database()).expect("it opens");
    let broken = "UPDATE outbox SET payload = '{' WHERE seq = 2";
    assert_eq!(connection.execute(broken, []), Ok(1));
    drop(connection);

    let run = quickstart.run_on("");
    assert!(!run.success);
    // 1 and 8 have the same key.
    let expected: Vec<_> = [0, 2, 3, 4, 5, 6, 7].map(invite).into();
    assert_eq!(run.invites(), expected);
    assert!(
        run.stderr.contains("one row of the outbox is not an event"),
        "{}",
        run.stderr
    );
    assert_eq!(quickstart.count("outbox"), 2);
    assert_eq!(quickstart.count("outbox_parked"), 2);
}

#[test]
fn killed_between_commit_and_drain_it_loses_nothing() {
    let quickstart = Quickstart::new();
    let refused = InviteCreated {
        email: "nobody".to_owned(),
        ..invite(1_000)
    };
    let input = lines(0..50) + &line(&refused) + &lines(50..100);

    let (mut child, mut stdin) = quickstart.start(Stdio::piped());
    stdin.write_all(input.as_bytes()).expect("it reads");
    quickstart.wait_until("outbox", 100);
    child.kill().expect("it runs");
    let killed = child.wait_with_output().expect("it was killed");
    drop(stdin);
    assert_eq!(killed.stdout, b"", "nothing was sent before");

    let run = quickstart.run_on("");
    assert_eq!(run.invites(), (0..100).map(invite).collect::<Vec<_>>());
    assert_eq!(
        run.summary(),
        "0 read: 0 stored with their events, 0 refused; 100 delivered"
    );
    assert_eq!(quickstart.count("outbox"), 0);
    assert_eq!(
        quickstart.count("invites"),
        100,
        "the refused line left no trace"
    );
}

#[test]
fn killed_while_it_drains_it_sends_every_event_in_order() {
    let quickstart = Quickstart::new();
    let input = quickstart.file("input.jsonl", lines(0..400));

    // Nobody reads the output, so the program waits in the middle of an event as soon as the pipe is full.
    let mut child = quickstart
        .command(&["--json", &input])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    quickstart.wait_until("invites", 400);
    let mut before = u32::MAX;
    while quickstart.count("outbox") < before {
        before = quickstart.count("outbox");
        sleep(Duration::from_millis(200));
    }
    child.kill().expect("it runs");
    let mut first = String::new();
    let mut stdout = child.stdout.take().expect("it is piped");
    stdout.read_to_string(&mut first).expect("UTF-8");
    child.wait().expect("it was killed");
    let whole = first.rfind('\n').map_or(0, |end| end + 1);
    let mut sent = invites(&first[..whole]);
    assert!((1..400).contains(&sent.len()));

    // Events that were written without being marked as delivered are sent again, in the same order.
    sent.extend(quickstart.run_on("").invites());
    let mut first_deliveries: Vec<InviteCreated> = Vec::new();
    for invite in sent {
        if !first_deliveries.contains(&invite) {
            first_deliveries.push(invite);
        }
    }
    assert_eq!(first_deliveries, (0..400).map(invite).collect::<Vec<_>>());
}

#[test]
fn a_closed_output_loses_nothing() {
    let quickstart = Quickstart::new();
    let (mut child, mut stdin) = quickstart.start(Stdio::piped());
    drop(child.stdout.take());
    stdin.write_all(lines(0..5).as_bytes()).expect("it reads");
    drop(stdin);
    assert!(!child.wait().expect("it ends").success());

    let sent = quickstart.run_on("").invites();
    assert_eq!(sent, (0..5).map(invite).collect::<Vec<_>>());
}

/// `head` takes one line and closes the pipe.
#[test]
fn a_reader_that_leaves_early_causes_no_panic() {
    for flags in ["", "--json", "--kafka 2>&1", "--json 2>&1"] {
        let quickstart = Quickstart::new();
        let command = quickstart.command(&[]);
        let output = Command::new("sh")
            .args(["-c", &format!("\"$0\" \"$@\" {flags} | head -1")])
            .arg(command.get_program())
            .args(command.get_args())
            .stdin(Stdio::null())
            .output();
        let run = Run::of(output.expect("there is a shell"));
        assert_eq!(run.stdout.lines().count(), 1, "{}", run.stdout);
        assert!(!run.stderr.contains("panicked"), "{}", run.stderr);

        let rest = quickstart.run(&[]);
        assert!(rest.success, "{}", rest.stderr);
        assert_eq!(quickstart.count("invites"), 45);
        assert_eq!(quickstart.count("outbox"), 0);
    }
}

#[test]
fn a_report_that_nobody_reads_ends_the_run() {
    let quickstart = Quickstart::new();
    let mut child = quickstart
        .command(&["-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    drop(child.stdout.take());
    drop(child.stdin.take());
    let run = Run::of(child.wait_with_output().expect("it ends"));
    assert!(!run.success);
    let error = "quickstart: cannot write the report: Broken pipe (os error 32); run it again to continue\n";
    assert_eq!(run.stderr, error);
}
