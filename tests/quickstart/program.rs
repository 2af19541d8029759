//! The program, run on a database of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Output, Stdio};
use std::sync::OnceLock;
use std::thread::sleep;
use std::time::{Duration, Instant};

use outbox_core::Envelope;
use rusqlite::{Connection, OpenFlags};
use tempfile::TempDir;

use crate::events::InviteCreated;

/// Builds the example, which `cargo test --test quickstart` alone does not do, and returns its path.
fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let build = escargot::CargoBuild::new().example("quickstart").run();
        build.expect("the example builds").path().to_owned()
    })
}

/// A database, and the program that runs on it.
pub(crate) struct Quickstart {
    folder: TempDir,
}

impl Quickstart {
    pub(crate) fn new() -> Self {
        let folder = TempDir::new().expect("a folder for the database");
        Self { folder }
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.folder.path().join("quickstart.db")
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(program());
        command.arg("--database").arg(self.database());
        command.args(arguments);
        command.stdin(Stdio::null());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        Run::of(self.command(arguments).output().expect("it starts"))
    }

    /// Runs it on an input, and takes its events as a stream.
    pub(crate) fn run_on(&self, input: impl AsRef<[u8]>) -> Run {
        self.run(&["--json", &self.file("input.jsonl", input)])
    }

    /// Writes the input to a file, and returns its path.
    pub(crate) fn file(&self, name: &str, input: impl AsRef<[u8]>) -> String {
        let path = self.folder.path().join(name);
        fs::write(&path, input).expect("the input is written");
        path.to_str().expect("a path in UTF-8").to_owned()
    }

    /// Starts it with its standard input open. It delivers nothing before that is closed.
    pub(crate) fn start(&self, stdout: Stdio) -> (Child, ChildStdin) {
        let mut child = self
            .command(&["--json", "-"])
            .stdin(Stdio::piped())
            .stdout(stdout)
            .stderr(Stdio::null())
            .spawn()
            .expect("it starts");
        let stdin = child.stdin.take().expect("it is piped");
        (child, stdin)
    }

    pub(crate) fn count(&self, table: &str) -> u32 {
        let connection =
            Connection::open_with_flags(self.database(), OpenFlags::SQLITE_OPEN_READ_ONLY);
        let count = connection.and_then(|connection| {
            let sql = format!("SELECT count(*) FROM {table}");
            connection.query_row(&sql, [], |row| row.get(0))
        });
        // Until the first transaction, the table may not exist.
        count.unwrap_or(0)
    }

    pub(crate) fn wait_until(&self, table: &str, count: u32) {
        let start = Instant::now();
        while self.count(table) < count {
            assert!(
                start.elapsed() < Duration::from_secs(60),
                "`{table}` has fewer than {count} rows"
            );
            sleep(Duration::from_millis(10));
        }
    }
}

/// The result of one run.
pub(crate) struct Run {
    pub(crate) success: bool,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    pub(crate) fn of(output: Output) -> Self {
        Self {
            success: output.status.success(),
            stdout: String::from_utf8(output.stdout).expect("UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("UTF-8"),
        }
    }

    /// Returns the last two lines of the report as one: what was read, and how much was delivered.
    pub(crate) fn summary(&self) -> String {
        let lines: Vec<&str> = self.stderr.lines().collect();
        lines[lines.len().saturating_sub(2)..].join("; ")
    }

    pub(crate) fn invites(&self) -> Vec<InviteCreated> {
        invites(&self.stdout)
    }
}

/// Reads every line back as a CloudEvent.
pub(crate) fn invites(output: &str) -> Vec<InviteCreated> {
    output
        .lines()
        .map(|line| {
            Envelope::from_cloudevent_json(line.as_bytes())
                .unwrap_or_else(|error| panic!("{line}: {error}"))
                .into_event()
        })
        .collect()
}

pub(crate) fn invite(number: u32) -> InviteCreated {
    InviteCreated {
        invite_id: uuid::Uuid::from_u128(u128::from(number)),
        tenant_id: format!("tenant-{}", number % 7),
        email: format!("person-{number}@example.com"),
        role: "member".to_owned(),
    }
}

pub(crate) fn line(invite: &InviteCreated) -> String {
    serde_json::to_string(invite).expect("it serializes") + "\n"
}

pub(crate) fn lines(numbers: std::ops::Range<u32>) -> String {
    numbers.map(|number| line(&invite(number))).collect()
}

/// Runs it on a terminal, or returns `None` where there is no Python to open one.
pub(crate) fn on_a_terminal(command: &Command) -> Option<String> {
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
