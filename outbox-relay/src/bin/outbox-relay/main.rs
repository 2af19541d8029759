//! The command line of the relay.

#![cfg_attr(
    not(any(
        feature = "amqp",
        feature = "http",
        feature = "kafka",
        feature = "nats"
    )),
    allow(dead_code, reason = "standard output has no settings")
)]

#[cfg(not(any(feature = "postgres", feature = "sqlite")))]
compile_error!("the program needs a database; turn on the feature `postgres` or `sqlite`");

mod arguments;
mod check;
mod database;
mod destination;
mod file;
mod listen;
mod log;
mod migrate;
mod output;
mod parked;
mod plan;
mod progress_line;
mod replay;
mod route;
mod run;
mod settings;
mod span;
mod status;
mod traces;
mod usage;
mod when;

use std::error::Error;
use std::fmt::Display;
use std::io::{self, Write};
use std::process::ExitCode;

use arguments::{Arguments, Command};
use file::File;
use usage::Usage;

/// The result of a command. An error is one sentence with the remedy.
type Outcome = Result<(), Box<dyn Error>>;

fn main() -> ExitCode {
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            complain(&format!(
                "the process cannot start its threads: {error}; raise its limits"
            ));
            return ExitCode::FAILURE;
        }
    };
    let executed = runtime.block_on(execute());
    // A write to an output that nobody reads can block a thread for good.
    runtime.shutdown_background();
    match executed {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error);
            if error.is::<Usage>() {
                ExitCode::from(2)
            } else {
                ExitCode::FAILURE
            }
        }
    }
}

/// Writes the reason of a failure. If nobody reads it, the exit code still says that there was one.
fn complain(error: &dyn Display) {
    let _ = writeln!(io::stderr(), "outbox-relay: {error}");
}

async fn execute() -> Outcome {
    let (Arguments { log, command, .. }, file) = file::parse().map_err(Usage)?;
    let traces = log::start(log)?;
    // Boxed, since it is large.
    let executed = Box::pin(perform(command, file)).await;
    traces.end();
    executed
}

async fn perform(command: Command, file: File) -> Outcome {
    match command {
        Command::Migrate(database) => migrate::migrate(&database).await,
        Command::Check(arguments) => check::check(&arguments, &file).await,
        Command::Run(arguments) => run::run(&arguments, &file).await,
        Command::Status(arguments) => status::status(&arguments, &file).await,
        Command::Parked(command) => parked::parked(&command, &file).await,
        Command::Replay(arguments) => replay::replay(&arguments, &file).await,
    }
}
