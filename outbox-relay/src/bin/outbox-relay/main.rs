//! The command line of the relay.

mod arguments;
mod check;
mod database;
mod destination;
mod file;
mod listen;
mod log;
mod migrate;
mod parked;
mod progress_line;
mod replay;
mod run;
mod span;
mod status;
mod when;

use std::error::Error;
use std::process::ExitCode;

use arguments::{Arguments, Command};

/// The result of a command. An error is one sentence with the remedy.
type Outcome = Result<(), Box<dyn Error>>;

fn main() -> ExitCode {
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("outbox-relay: the process cannot start its threads: {error}");
            return ExitCode::FAILURE;
        }
    };
    let executed = runtime.block_on(execute());
    // A write to an output that nobody reads can block a thread for good.
    runtime.shutdown_background();
    match executed {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("outbox-relay: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn execute() -> Outcome {
    let Arguments { log, command, .. } = file::parse()?;
    log::start(log);
    match command {
        Command::Migrate(database) => migrate::migrate(&database).await,
        Command::Check(arguments) => check::check(&arguments).await,
        Command::Run(arguments) => run::run(&arguments).await,
        Command::Status(arguments) => status::status(&arguments).await,
        Command::Parked(command) => parked::parked(&command).await,
        Command::Replay(arguments) => replay::replay(&arguments).await,
    }
}
