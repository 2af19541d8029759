//! Invitations become typed events in an SQLite outbox, and leave it as CloudEvents.
//!
//! ```sh
//! cargo run --example quickstart                            # the invitations that come with it
//! cargo run --example quickstart -- invitations.jsonl       # a file of your own, `-` for standard input
//! cargo run --example quickstart -- --kafka --database target/kafka.db   # anew, as Kafka records
//! ```
//!
//! The events go to standard output, all else to standard error. `events.rs` defines the event,
//! `database.rs` stores it in the transaction of the change that it reports.

mod database;
mod events;

use std::error::Error;
use std::fmt::{self, Display};
use std::fs::File;
use std::io::{self, BufRead, BufReader, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use outbox_core::{ContentMode, Envelope, ValidationErrors};

use crate::database::{Database, Stored};
use crate::events::InviteCreated;

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
    let mut database = Database::open(&arguments.database)
        .map_err(|error| format!("{}: {error}", arguments.database.display()))?;
    let mut counts = Counts::default();
    let outcome = store_all(input, &mut database, &mut counts)
        .and_then(|()| send_all(&database, arguments.kafka, io::stdout(), &mut counts));
    eprintln!("{counts}");
    outcome
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

/// The relay: in the order of the outbox, and a row is deleted only after it was written out.
///
/// Stopped between the two, it sends that event again the next time, with the same id. A row that cannot
/// be read stops it, since those behind it are not to overtake it.
fn send_all(
    database: &Database,
    kafka: bool,
    mut output: impl Write,
    counts: &mut Counts,
) -> Result<(), Box<dyn Error>> {
    while let Some(row) = database.first_in_outbox()? {
        let event = Envelope::<InviteCreated>::from_row(&row).map_err(|error| {
            format!(
                "row {} of the outbox: {error}; those behind it wait",
                row.id
            )
        })?;
        write(&event, kafka, &mut output)
            .map_err(|error| format!("{error}; what was not sent is still in the outbox"))?;
        database.delete_from_outbox(row.id)?;
        counts.sent += 1;
    }
    Ok(())
}

fn write(
    event: &Envelope<InviteCreated>,
    kafka: bool,
    output: &mut impl Write,
) -> Result<(), Box<dyn Error>> {
    if kafka {
        write_kafka_record(event, output)?;
    } else {
        event.write_cloudevent_json(&mut *output)?;
        writeln!(output)?;
    }
    Ok(output.flush()?)
}

/// What a Kafka client would be given.
fn write_kafka_record(
    event: &Envelope<InviteCreated>,
    output: &mut impl Write,
) -> Result<(), Box<dyn Error>> {
    let record = event.to_kafka_record(ContentMode::Binary)?;
    let key = record.key().unwrap_or_default();
    writeln!(output, "topic {}", record.topic())?;
    writeln!(output, "key {}", String::from_utf8_lossy(key))?;
    for (name, value) in record.headers() {
        writeln!(output, "header {name}: {}", String::from_utf8_lossy(value))?;
    }
    let value = record.value().unwrap_or_default();
    writeln!(output, "value {}\n", String::from_utf8_lossy(value))?;
    Ok(())
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
