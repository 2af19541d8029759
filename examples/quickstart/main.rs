//! Invitations become typed events in an SQLite outbox, and leave it as CloudEvents.
//!
//! ```sh
//! cargo run --example quickstart                            # the invitations that come with it
//! cargo run --example quickstart -- invitations.jsonl       # a file of your own, `-` for standard input
//! cargo run --example quickstart -- --kafka --database target/kafka.db   # anew, as Kafka records
//! ```
//!
//! The events go to standard output, all else to standard error. `events.rs` defines the event, `database.rs` stores
//! it in the transaction of the change that it reports, and a relay delivers it. `records.rs` is a sink of our own.

mod database;
mod events;
mod records;

use std::error::Error;
use std::fmt::{self, Display};
use std::fs::File;
use std::io::{self, BufRead, BufReader, IsTerminal};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use outbox_core::{Envelope, ValidationErrors};
use outbox_relay::sink::JsonLines;
use outbox_relay::store::Sqlite;
use outbox_relay::{Relay, Sink};

use crate::database::{Database, Stored};
use crate::events::InviteCreated;
use crate::records::Records;

/// Store invitations and their events in one transaction each, then send the events from the outbox.
#[derive(Parser)]
struct Arguments {
    /// Invitations as JSON Lines; `-` is standard input.
    #[arg(default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/invitations.jsonl"))]
    input: PathBuf,
    /// Show each event as a Kafka record instead of a CloudEvent.
    #[arg(long)]
    kafka: bool,
    /// The SQLite database; a second run continues where the first one stopped.
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/target/quickstart.db"))]
    database: PathBuf,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("quickstart: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let input = open(&arguments.input)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()?;
    let outbox = runtime.block_on(open_outbox(&arguments.database))?;
    let mut database = Database::open(&arguments.database)
        .map_err(|error| format!("{}: {error}", arguments.database.display()))?;
    let mut counts = Counts::default();
    let outcome = store_all(input, &mut database, &mut counts).and_then(|()| {
        let deliver = async {
            if arguments.kafka {
                deliver_all(outbox, Records, &mut counts).await
            } else {
                deliver_all(outbox, JsonLines::stdout(), &mut counts).await
            }
        };
        runtime.block_on(deliver)
    });
    // A write to an output that nobody reads can block a thread for good.
    runtime.shutdown_background();
    eprintln!("{counts}");
    outcome
}

/// Opens the outbox in the database, and creates or upgrades its tables.
async fn open_outbox(path: &Path) -> Result<Sqlite, Box<dyn Error>> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let outbox = Sqlite::create(path).await?;
    outbox.migrate().await?;
    Ok(outbox)
}

/// The relay: delivers what is in the outbox. In a service, it runs beside the writers until the service stops.
async fn deliver_all(
    outbox: Sqlite,
    sink: impl Sink,
    counts: &mut Counts,
) -> Result<(), Box<dyn Error>> {
    let relay = Relay::new(outbox, sink)
        // After a kill, the next run waits for so long.
        .lease(Duration::from_millis(500))
        // Nobody looks at a row again that is delivered.
        .retention(Duration::ZERO);
    let delivered = relay.until_empty(std::future::pending()).await;
    counts.sent = relay.monitor().delivered();
    delivered.map_err(|error| format!("{error}; what was not sent is still in the outbox"))?;
    match relay.monitor().rejected() {
        0 => Ok(()),
        1 => Err("one row of the outbox is not an event; it is parked with its key".into()),
        parked => {
            Err(format!("{parked} rows of the outbox are not events; they are parked").into())
        }
    }
}

fn open(input: &Path) -> Result<Box<dyn BufRead>, String> {
    if input.as_os_str() == "-" {
        return Ok(Box::new(io::stdin().lock()));
    }
    match File::open(input) {
        Ok(file) => Ok(Box::new(BufReader::new(file))),
        Err(error) => Err(format!("{}: {error}", input.display())),
    }
}

/// One transaction for each line. A line that is refused leaves nothing behind, and does not stop the next.
fn store_all(
    input: impl BufRead,
    database: &mut Database,
    counts: &mut Counts,
) -> Result<(), Box<dyn Error>> {
    for (number, line) in (1..).zip(input.split(b'\n')) {
        let line = line.map_err(|error| format!("line {number}: {error}"))?;
        if line.trim_ascii().is_empty() {
            continue;
        }
        counts.read += 1;
        match read(&line) {
            Ok(event) => match database.store(&event)? {
                Stored::Now => counts.written += 1,
                Stored::Earlier => counts.stored_earlier += 1,
                Stored::Twice => refuse(number, &["this invitation came before"], counts),
                Stored::Other => refuse(number, &["another invitation has its id"], counts),
            },
            Err(Refusal::NoInvitation(error)) => refuse(number, &[reason(&error)], counts),
            Err(Refusal::Invalid(errors)) => refuse(number, errors.violations(), counts),
        }
        show_progress(number);
    }
    Ok(())
}

enum Refusal {
    NoInvitation(serde_json::Error),
    Invalid(ValidationErrors),
}

/// A line as a validated event, with its id and its time.
fn read(line: &[u8]) -> Result<Envelope<InviteCreated>, Refusal> {
    let invite: InviteCreated = serde_json::from_slice(line).map_err(Refusal::NoInvitation)?;
    Envelope::new(invite).map_err(Refusal::Invalid)
}

/// The error's own words, without its line: it is line 1 of a text of one line.
fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    match text.strip_suffix(&place) {
        Some(reason) => format!("{reason} at column {}", error.column()),
        None => text,
    }
}

fn refuse(number: u64, reasons: &[impl Display], counts: &mut Counts) {
    counts.refused += 1;
    eprintln!("line {number} is refused");
    for reason in reasons {
        // It may show what the input holds, and that is not to steer the terminal.
        eprintln!(
            "    {}",
            reason.to_string().replace(char::is_control, "\u{FFFD}")
        );
    }
}

/// Shows that a long input is still being read, to a person who waits for it.
fn show_progress(number: u64) {
    if number.is_multiple_of(1_000) && io::stderr().is_terminal() {
        eprint!("{number} lines\r");
    }
}

#[derive(Default)]
struct Counts {
    read: u64,
    refused: u64,
    stored_earlier: u64,
    written: u64,
    sent: u64,
}

impl Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            read,
            refused,
            stored_earlier,
            written,
            sent,
        } = self;
        write!(
            f,
            "{read} read, {refused} refused, {written} written, {sent} sent"
        )?;
        match stored_earlier {
            0 => Ok(()),
            _ => write!(
                f,
                "; {stored_earlier} were stored by an earlier run (with another `--database` it starts anew)"
            ),
        }
    }
}
