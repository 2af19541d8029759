//! The stream of `--json`: the events on standard output, and the report on standard error.

use std::process::Stdio;

use rusqlite::Connection;

use crate::events::InviteCreated;
use crate::program::{Quickstart, Run, invite, line, lines};

#[test]
fn the_shipped_invitations_come_out_in_their_order() {
    let run = Quickstart::new().run(&["--json"]);
    assert!(run.success, "{}", run.stderr);
    assert_eq!(
        run.summary(),
        "52 read: 45 stored with their events, 7 refused; 45 delivered"
    );

    let input = include_str!("../../examples/data/invitations.jsonl");
    let refused = [7, 14, 21, 27, 32, 39, 46];
    let good: Vec<InviteCreated> = (1..)
        .zip(input.lines())
        .filter(|(number, _)| !refused.contains(number))
        .map(|(_, line)| serde_json::from_str(line).expect("a good line"))
        .collect();
    assert_eq!(run.invites(), good);
}

#[test]
fn a_refused_line_leaves_no_trace() {
    let quickstart = Quickstart::new();
    let bad = InviteCreated {
        role: String::new(),
        ..invite(2)
    };
    let input =
        line(&invite(1)) + &line(&bad) + "{\n\n\u{0}\n" + &line(&invite(1)) + &line(&invite(3));
    let run = quickstart.run_on(input);
    assert!(run.success);
    assert_eq!(run.invites(), [invite(1), invite(3)]);
    assert_eq!(
        run.summary(),
        "6 read: 2 stored with their events, 4 refused; 2 delivered"
    );
    assert_eq!(quickstart.count("invites"), 2);
    assert_eq!(quickstart.count("outbox"), 0);
}

#[test]
fn a_line_that_is_not_utf_8_does_not_stop_the_next() {
    let quickstart = Quickstart::new();
    let input = [b"\"\xFF\"\n", line(&invite(1)).as_bytes()].concat();
    let run = quickstart.run_on(input);
    assert_eq!(run.invites(), [invite(1)]);
    assert_eq!(
        run.summary(),
        "2 read: 1 stored with their events, 1 refused; 1 delivered"
    );
}

#[test]
fn a_second_run_continues_where_the_first_stopped() {
    let quickstart = Quickstart::new();
    quickstart.run_on(lines(0..10));
    let run = quickstart.run_on(lines(0..15));
    assert_eq!(run.invites(), (10..15).map(invite).collect::<Vec<_>>());
    let stored = "5 stored with their events, 0 refused, 10 stored by an earlier run";
    assert_eq!(run.summary(), format!("15 read: {stored}; 5 delivered"));
}

#[test]
fn another_invitation_of_the_same_id_is_refused() {
    let quickstart = Quickstart::new();
    quickstart.run_on(lines(0..2));
    let other = InviteCreated {
        role: "admin".to_owned(),
        ..invite(1)
    };
    let run = quickstart.run_on(line(&other));
    assert!(
        run.stderr
            .contains("line 1    another invitation has this `invite_id`\n")
    );
    assert_eq!(
        run.summary(),
        "1 read: 0 stored with their events, 1 refused; 0 delivered"
    );
}

#[test]
fn two_writers_wait_for_each_other() {
    let quickstart = Quickstart::new();
    let writers = [0..50, 50..100].map(|numbers| {
        let name = format!("{}.jsonl", numbers.start);
        let mut command = quickstart.command(&["--json", &quickstart.file(&name, lines(numbers))]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().expect("it starts")
    });
    for writer in writers {
        let run = Run::of(writer.wait_with_output().expect("it ends"));
        assert!(run.success, "{}", run.stderr);
        assert!(
            run.summary().contains("50 stored with"),
            "{}",
            run.summary()
        );
    }
    assert_eq!(
        (quickstart.count("invites"), quickstart.count("outbox")),
        (100, 0)
    );
}

#[test]
fn the_change_and_its_event_are_stored_together_or_not_at_all() {
    let quickstart = Quickstart::new();
    quickstart.run_on("");
    let connection = Connection::open(quickstart.database()).expect("it opens");
    let full = "CREATE TRIGGER full BEFORE INSERT ON outbox BEGIN SELECT RAISE(ABORT, 'full'); END";
    connection.execute_batch(full).expect("a trigger");
    drop(connection);

    let run = quickstart.run_on(lines(0..2));
    assert!(!run.success);
    assert!(
        run.stderr.contains("was not inserted: full"),
        "{}",
        run.stderr
    );
    assert_eq!(
        (quickstart.count("invites"), quickstart.count("outbox")),
        (0, 0)
    );
}
