//! Invitations become typed events in an SQLite outbox, and a relay delivers the events.
//!
//! ```sh
//! cargo run --example quickstart                            # reads the invitations that come with it
//! cargo run --example quickstart -- invitations.jsonl       # reads a file of your own, or `-` for standard input
//! cargo run --example quickstart -- --json                  # prints each event as one line of JSON, for pipes
//! cargo run --example quickstart -- --kafka --database target/kafka.db   # starts over, and shows Kafka records
//! ```
//!
//! `events.rs` defines the event, `invitations.rs` reads and validates it, `database.rs` stores it in the transaction
//! of the change, and this file runs the relay. `records.rs` is a sink of our own, and `report.rs` has the texts.

mod database;
mod events;
mod indented;
mod invitations;
mod records;
mod report;

use std::error::Error;
use std::io::{self, BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use outbox_relay::sink::JsonLines;
use outbox_relay::store::Sqlite;
use outbox_relay::{Relay, Sink};

use crate::database::{Database, Stored};
use crate::records::Records;
use crate::report::Report;

/// Store invitations and their events in one transaction each, then deliver the events from the outbox.
#[derive(Parser)]
#[command(bin_name = "cargo run --example quickstart --")]
struct Arguments {
    /// Invitations as JSON Lines; `-` is standard input.
    #[arg(default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/invitations.jsonl"))]
    input: PathBuf,
    /// Print each event as one line of CloudEvents JSON. The report goes to standard error.
    #[arg(long, conflicts_with = "kafka")]
    json: bool,
    /// Show the events as Kafka records instead of CloudEvents.
    #[arg(long)]
    kafka: bool,
    /// The SQLite database; a second run continues where the first one stopped.
    #[arg(long, value_name = "FILE", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/target/quickstart.db"))]
    database: PathBuf,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Standard error can be closed too.
            let _ = writeln!(io::stderr(), "quickstart: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let Arguments {
        input,
        json,
        kafka,
        database: path,
    } = arguments;
    let lines = invitations::open(input)?;
    let mut database = Database::open(path)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()?;
    let outbox = runtime.block_on(open_outbox(path))?;
    let mut report = if *json {
        Report::new(io::stderr())
    } else {
        Report::new(io::stdout())
    };

    report.begin(input)?;
    let stored = store_all(lines, &mut database, &mut report);
    report.read()?;
    stored?;

    let delivered = runtime.block_on(async {
        if *json {
            deliver_all(outbox, JsonLines::stdout()).await
        } else {
            deliver_all(outbox, Records::new(*kafka)).await
        }
    });
    // A write to an output that nobody reads can block a thread for good.
    runtime.shutdown_background();
    let Delivered { count, rejected } = delivered?;
    if !json {
        report.more(count)?;
    }
    report.delivered(count)?;
    match rejected {
        0 if *json => Ok(()),
        0 => Ok(report.end(path)?),
        1 => Err("one row of the outbox is not an event; it is parked with its key".into()),
        _ => Err(format!("{rejected} rows of the outbox are not events; they are parked").into()),
    }
}

/// Stores each line in a transaction of its own. A refused line leaves nothing behind, and the next line is read.
fn store_all(
    input: impl BufRead,
    database: &mut Database,
    report: &mut Report,
) -> Result<(), Box<dyn Error>> {
    for (number, line) in (1..).zip(input.split(b'\n')) {
        let line = line.map_err(|error| format!("line {number}: {error}"))?;
        if line.trim_ascii().is_empty() {
            continue;
        }
        match invitations::read(&line) {
            Ok(event) => match database.store(&event)? {
                Stored::Now => report.stored(),
                Stored::Earlier => report.stored_earlier(),
                Stored::Twice => report.refused(number, &["an earlier line is the same".into()])?,
                Stored::Other => {
                    report.refused(number, &["another invitation has this `invite_id`".into()])?;
                }
            },
            Err(reasons) => report.refused(number, &reasons)?,
        }
        show_progress(number);
    }
    Ok(())
}

/// Shows that a long input is still being read, to a person who waits for it.
fn show_progress(number: u64) {
    if number.is_multiple_of(1_000) && io::stderr().is_terminal() {
        let _ = write!(io::stderr(), "{number} lines\r");
    }
}

/// Opens the outbox in the database, and creates or upgrades its tables.
async fn open_outbox(path: &Path) -> Result<Sqlite, Box<dyn Error>> {
    let outbox = Sqlite::open(path).await?;
    outbox.migrate().await?;
    Ok(outbox)
}

struct Delivered {
    count: u64,
    rejected: u64,
}

/// Runs the relay until the outbox is empty. In a service, it runs beside the writers until the service stops.
async fn deliver_all(outbox: Sqlite, sink: impl Sink) -> Result<Delivered, Box<dyn Error>> {
    let relay = Relay::new(outbox, sink)
        // After a kill, the next run waits this long.
        .lease(Duration::from_millis(500))
        // Delivered rows are deleted at once: nobody replays them.
        .retention(Duration::ZERO);
    let monitor = relay.monitor();
    let result = relay.until_empty(std::future::pending()).await;
    result.map_err(|error| {
        format!("{error}; the events are still in the outbox, run it again to deliver them")
    })?;
    Ok(Delivered {
        count: monitor.delivered(),
        rejected: monitor.rejected(),
    })
}
