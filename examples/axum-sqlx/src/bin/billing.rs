//! The consumer: it reads CloudEvents from standard input, one on each line, as a relay writes them to standard output.
//!
//! `README.md` has the command that starts both.

use std::error::Error;
use std::process::ExitCode;

use example_axum_sqlx::{billing, database};
use tokio::io::{AsyncBufReadExt, BufReader, stdin};

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("billing: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let pool = database::connect().await?;
    let mut lines = BufReader::new(stdin()).lines();
    while let Some(line) = lines.next_line().await? {
        let handled = billing::handle(&pool, line.as_bytes()).await?;
        eprintln!("billing: {handled:?}");
    }
    Ok(())
}
