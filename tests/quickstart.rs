//! The quickstart, run as its users run it; and killed, as no one wants it.

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Output, Stdio};
use std::sync::OnceLock;
use std::thread::sleep;
use std::time::{Duration, Instant};

use outbox_core::Envelope;
use rusqlite::{Connection, OpenFlags};
use tempfile::TempDir;

#[path = "../examples/quickstart/events.rs"]
mod events;
use events::InviteCreated;

/// The example as it is now; `cargo test --test quickstart` alone does not build it.
fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let build = escargot::CargoBuild::new().example("quickstart").run();
        build.expect("the example builds").path().to_owned()
    })
}

struct Quickstart {
    folder: TempDir,
}

impl Quickstart {
    fn new() -> Self {
        let folder = TempDir::new().expect("a folder for the database");
        Self { folder }
    }

    fn database(&self) -> PathBuf {
        self.folder.path().join("quickstart.db")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(program());
        command.arg("--database").arg(self.database());
        command.args(arguments);
        command.stdin(Stdio::null());
        command
    }

    fn run(&self, arguments: &[&str]) -> Run {
        Run::of(self.command(arguments).output().expect("it starts"))
    }

    fn run_on(&self, input: &str) -> Run {
        self.run(&[&self.file("input.jsonl", input)])
    }

    /// The path of a file that holds `input`.
    fn file(&self, name: &str, input: impl AsRef<[u8]>) -> String {
        let path = self.folder.path().join(name);
        fs::write(&path, input).expect("the input is written");
        path.to_str().expect("a path in UTF-8").to_owned()
    }

    /// It reads what is written to its standard input, and cannot send before that is closed.
    fn start(&self, stdout: Stdio) -> (Child, ChildStdin) {
        let mut child = self
            .command(&["-"])
            .stdin(Stdio::piped())
            .stdout(stdout)
            .stderr(Stdio::null())
            .spawn()
            .expect("it starts");
        let stdin = child.stdin.take().expect("it is piped");
        (child, stdin)
    }

    fn count(&self, table: &str) -> u32 {
        let connection =
            Connection::open_with_flags(self.database(), OpenFlags::SQLITE_OPEN_READ_ONLY);
        let count = connection.and_then(|connection| {
            let sql = format!("SELECT count(*) FROM {table}");
            connection.query_row(&sql, [], |row| row.get(0))
        });
        // Until the first transaction there may be no such table.
        count.unwrap_or(0)
    }

    fn wait_until(&self, table: &str, count: u32) {
        let start = Instant::now();
        while self.count(table) < count {
            assert!(
                start.elapsed() < Duration::from_secs(60),
                "it does not store"
            );
            sleep(Duration::from_millis(10));
        }
    }
}

struct Run {
    success: bool,
    stdout: String,
    stderr: String,
}

impl Run {
    fn of(output: Output) -> Self {
        Self {
            success: output.status.success(),
            stdout: String::from_utf8(output.stdout).expect("UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("UTF-8"),
        }
    }

    fn summary(&self) -> &str {
        self.stderr.lines().last().unwrap_or_default()
    }

    fn invites(&self) -> Vec<InviteCreated> {
        invites(&self.stdout)
    }
}

/// Every line is a CloudEvent that reads back as the event.
fn invites(output: &str) -> Vec<InviteCreated> {
    output
        .lines()
        .map(|line| {
            Envelope::from_cloudevent_json(line.as_bytes())
                .unwrap_or_else(|error| panic!("{line}: {error}"))
                .into_event()
        })
        .collect()
}

fn invite(number: u32) -> InviteCreated {
    InviteCreated {
        invite_id: uuid::Uuid::from_u128(u128::from(number)),
        tenant_id: format!("tenant-{}", number % 7),
        email: format!("person-{number}@example.com"),
        role: "member".to_owned(),
    }
}

fn line(invite: &InviteCreated) -> String {
    serde_json::to_string(invite).expect("it serializes") + "\n"
}

fn lines(numbers: std::ops::Range<u32>) -> String {
    numbers.map(|number| line(&invite(number))).collect()
}

#[test]
fn the_shipped_invitations_come_out_in_their_order() {
    let run = Quickstart::new().run(&[]);
    assert!(run.success, "{}", run.stderr);
    assert_eq!(run.summary(), "52 read, 7 refused, 45 written, 45 sent");

    let input = include_str!("../examples/data/invitations.jsonl");
    let refused = [7, 14, 21, 27, 32, 39, 46];
    let good: Vec<InviteCreated> = (1..)
        .zip(input.lines())
        .filter(|(number, _)| !refused.contains(number))
        .map(|(_, line)| serde_json::from_str(line).expect("a good line"))
        .collect();
    assert_eq!(run.invites(), good);
}

#[test]
fn a_bad_line_is_reported_with_every_violation() {
    let run = Quickstart::new().run(&[]);
    let report = "\
line 7 is refused
    email: must be an e-mail address, like `ada@example.com`
line 14 is refused
    role: must have 1 to 40 characters, and has 0
line 21 is refused
    this invitation came before
line 27 is refused
    email: must be an e-mail address, like `ada@example.com`
    role: must have 1 to 40 characters, and has 0
    tenant_id: must not be empty, since the partition key is made from it
line 32 is refused
    EOF while parsing a string at column 71
line 39 is refused
    role: must have 1 to 40 characters, and has 53
line 46 is refused
    missing field `email` at column 94
52 read, 7 refused, 45 written, 45 sent
";
    assert_eq!(run.stderr, report);
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
    let run = quickstart.run_on(&input);
    assert!(run.success);
    assert_eq!(run.invites(), [invite(1), invite(3)]);
    assert_eq!(run.summary(), "6 read, 4 refused, 2 written, 2 sent");
    assert_eq!(quickstart.count("invites"), 2);
    assert_eq!(quickstart.count("outbox"), 0);
}

#[test]
fn a_line_that_is_not_utf_8_does_not_stop_the_next() {
    let quickstart = Quickstart::new();
    let input = [b"\"\xFF\"\n", line(&invite(1)).as_bytes()].concat();
    let run = quickstart.run(&[&quickstart.file("input.jsonl", input)]);
    assert_eq!(run.invites(), [invite(1)]);
    assert_eq!(run.summary(), "2 read, 1 refused, 1 written, 1 sent");
}

#[test]
fn a_second_run_continues_where_the_first_stopped() {
    let quickstart = Quickstart::new();
    quickstart.run_on(&lines(0..10));
    let run = quickstart.run_on(&lines(0..15));
    assert_eq!(run.invites(), (10..15).map(invite).collect::<Vec<_>>());
    assert!(
        run.summary()
            .starts_with("15 read, 0 refused, 5 written, 5 sent; 10 were stored")
    );
}

#[test]
fn another_invitation_of_the_same_id_is_refused() {
    let quickstart = Quickstart::new();
    quickstart.run_on(&lines(0..2));
    let other = InviteCreated {
        role: "admin".to_owned(),
        ..invite(1)
    };
    let run = quickstart.run_on(&line(&other));
    assert!(
        run.stderr
            .contains("line 1 is refused\n    another invitation has its id\n")
    );
    assert_eq!(run.summary(), "1 read, 1 refused, 0 written, 0 sent");
}

#[test]
fn two_writers_wait_for_each_other() {
    let quickstart = Quickstart::new();
    let writers = [0..50, 50..100].map(|numbers| {
        let name = format!("{}.jsonl", numbers.start);
        let mut command = quickstart.command(&[&quickstart.file(&name, lines(numbers))]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().expect("it starts")
    });
    for writer in writers {
        let run = Run::of(writer.wait_with_output().expect("it ends"));
        assert!(run.success, "{}", run.stderr);
        assert!(run.summary().contains("50 written"), "{}", run.summary());
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

    let run = quickstart.run_on(&lines(0..2));
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

/// Runs it with a terminal as its standard error and its standard output; `None` without Python.
fn on_a_terminal(command: &Command) -> Option<String> {
    const SPAWN: &str = "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)";
    let output = Command::new("python3")
        .args(["-c", SPAWN])
        .arg(command.get_program())
        .args(command.get_args())
        .stdin(Stdio::null())
        .output()
        .ok()?;
    Some(String::from_utf8(output.stdout).expect("UTF-8"))
}

#[test]
fn progress_is_shown_on_a_terminal_and_for_a_long_input() {
    let quickstart = Quickstart::new();
    let input = quickstart.file("input.jsonl", lines(0..1_000));
    let quiet = quickstart.run(&[&input]);
    assert!(!quiet.stderr.contains("1000 lines"), "{}", quiet.stderr);
    let Some(shown) = on_a_terminal(&quickstart.command(&[&input])) else {
        let message = b"SKIPPED: there is no python3 to give the quickstart a terminal\n";
        std::io::stderr().write_all(message).expect("it is open");
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
fn what_the_input_holds_does_not_steer_the_terminal() {
    let quickstart = Quickstart::new();
    let run = quickstart.run_on("{\"invite_id\":\"\\u001b[31m\"}\n");
    assert!(run.stderr.starts_with("line 1 is refused\n"));
    assert!(!run.stderr.contains('\u{1B}'), "{:?}", run.stderr);
}

#[test]
fn a_row_that_is_no_event_keeps_those_of_its_key_behind_it() {
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
fn a_kafka_record_is_shown_with_its_topic_key_and_headers() {
    let quickstart = Quickstart::new();
    let input = quickstart.file("input.jsonl", lines(1..2));
    let run = quickstart.run(&["--kafka", &input]);
    for shown in [
        "topic outbox.event.invite\n",
        "key tenant-1\n",
        "header content-type: application/json\n",
        "header ce_specversion: 1.0\n",
        "header ce_type: com.gridflow.invite.created\n",
        "header ce_partitionkey: tenant-1\n",
        &format!("value {}", line(&invite(1))),
    ] {
        assert!(run.stdout.contains(shown), "{shown}");
    }
}

#[test]
fn an_input_that_cannot_be_read_is_named() {
    let run = Quickstart::new().run(&["no/such/file.jsonl"]);
    assert!(!run.success);
    assert!(
        run.stderr.starts_with("quickstart: no/such/file.jsonl: "),
        "{}",
        run.stderr
    );
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
    assert_eq!(run.summary(), "0 read, 0 refused, 0 written, 100 sent");
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

    // Nobody reads its output, so it waits in the middle of an event as soon as the pipe is full.
    let mut child = quickstart
        .command(&[&input])
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

    // Events that were written and not noted are sent again, in the same order.
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
