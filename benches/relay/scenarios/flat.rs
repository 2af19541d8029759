//! A backlog of ten million events beside one of ten thousand.

use super::{Bench, Outcome};
use crate::database::Backlog;
use crate::process::Who;
use crate::table::{Goal, median};

/// The shorter backlog, and how many events of the longer one are timed.
const FEW: u64 = 10_000;

const ROUNDS: u64 = 15;

pub(super) fn run(bench: &mut Bench) -> Outcome {
    let many = bench.size(10_000_000);
    bench
        .database
        .fill(Who::Ours, "bench_few", Backlog::small(FEW))?;
    bench
        .database
        .fill(Who::Ours, "bench_many", Backlog::small(many))?;
    let rate = |schema, low| {
        bench.database.rewind(schema, low)?;
        let delivered = Who::Ours.run(&bench.database.order(schema, FEW))?;
        Ok::<_, Box<dyn std::error::Error>>(delivered.rate_of_delivery())
    };
    let mut ratios = Vec::new();
    for round in 0..ROUNDS {
        // Each round starts at another place, which the server does not have in memory.
        let low = (many - FEW.min(many)) / ROUNDS * round;
        ratios.push(rate("bench_many", low)? / rate("bench_few", 0)?);
    }
    bench.database.rewind("bench_many", 0)?;
    let long = Who::Ours.run(&bench.database.order("bench_many", many / 10))?;
    let table = &mut bench.table;
    table.add(
        "flat: a backlog of 10^7 to one of 10^4",
        median(ratios),
        "",
        Goal::AtLeast(0.9),
    );
    table.add(
        "flat: the first 10^6 of 10^7",
        long.rate(),
        "events/s",
        Goal::None,
    );
    table.add(
        "flat: peak memory, a backlog of 10^7",
        long.peak_memory,
        "MiB",
        Goal::AtMost(150.0),
    );
    bench
        .database
        .run("public", "DROP SCHEMA bench_many CASCADE")
}
