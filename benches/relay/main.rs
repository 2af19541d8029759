//! Measures the relay beside a rival and a hand-written loop, and its cost for the database.
//!
//! It needs a PostgreSQL server at `OUTBOX_TEST_POSTGRES_URL`, where it creates a database. It reads `/proc`, so it
//! needs Linux.
//!
//! `cargo bench --package outbox-benches --features relay --bench relay`
//!
//! Names of scenarios choose some of them, and a number divides all sizes: `-- drain flat 100`. The scenarios of brokers
//! need the feature `brokers`.

mod database;
#[allow(dead_code, reason = "a set of fifty events is for other benchmarks")]
#[path = "../works/events.rs"]
mod events;
mod floor;
mod order;
mod ours;
mod process;
#[path = "../rival.rs"]
mod rival;
mod scenarios;
mod table;

use std::error::Error;
use std::fs;

use database::Database;
use order::Order;
use scenarios::Bench;
use table::Table;

fn main() -> Result<(), Box<dyn Error>> {
    // Cargo passes `--bench`.
    let arguments: Vec<_> = std::env::args()
        .skip(1)
        .filter(|argument| argument != "--bench")
        .collect();
    if let [deliver, who, order @ ..] = &arguments[..]
        && deliver == "deliver"
    {
        return process::deliver(who, Order::parse(order)?);
    }
    #[cfg(feature = "brokers")]
    if let [send, way @ ..] = &arguments[..]
        && send == "send"
    {
        return scenarios::send(way);
    }
    let server = std::env::var("OUTBOX_TEST_POSTGRES_URL").map_err(
        |_| "set `OUTBOX_TEST_POSTGRES_URL` to a PostgreSQL server; `.ci/postgres start <folder>` starts one",
    )?;
    let divisor = arguments.iter().find_map(|argument| argument.parse().ok());
    let names: Vec<_> = arguments
        .iter()
        .filter(|argument| argument.parse::<u64>().is_err())
        .collect();
    for name in &names {
        if !scenarios::ALL.iter().any(|(known, _)| name == known) {
            let known: Vec<_> = scenarios::ALL.iter().map(|(known, _)| *known).collect();
            let known = known.join(", ");
            return Err(format!("there is no scenario `{name}`; choose from {known}").into());
        }
    }
    let mut bench = Bench {
        database: Database::create(&server)?,
        table: Table::default(),
        divisor: divisor.unwrap_or(1),
    };
    for (name, run) in scenarios::ALL {
        if names.is_empty() || names.iter().any(|chosen| chosen == name) {
            let load = fs::read_to_string("/proc/loadavg")?;
            eprintln!("\n{name}, at a load of {}", load.trim_end());
            run(&mut bench)?;
        }
    }
    println!("{}", bench.table);
    bench.database.drop()
}
