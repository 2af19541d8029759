//! Events that wait behind a rejected one, and keys that are closed.

use super::{Bench, Outcome, ROUNDS};
use crate::database::Backlog;
use crate::order::Report;
use crate::process::Who;
use crate::table::{Goal, median};

const SCHEMA: &str = "bench_parked";

/// The events that earlier owners have parked.
#[derive(Debug, Clone, Copy)]
struct Parked {
    events: u64,
    /// They are behind one another in this many keys.
    keys: u64,
}

pub(super) fn run(bench: &mut Bench) -> Outcome {
    let parked = |events, keys| {
        let (events, keys) = (
            bench.size(events),
            if keys == 1 { 1 } else { bench.size(keys) },
        );
        Parked { events, keys }
    };
    let cases = [
        (
            "100,000 behind one",
            parked(100_000, 1),
            Goal::AtLeast(0.95),
        ),
        (
            "1,000,000 behind one",
            parked(1_000_000, 1),
            Goal::AtLeast(0.95),
        ),
        ("100,000 keys", parked(100_000, 100_000), Goal::None),
    ];
    let mut without = Vec::new();
    let mut with = [const { Vec::new() }; 3];
    for _ in 0..ROUNDS {
        without.push(deliver(bench, None)?);
        for ((_, parked, _), reports) in cases.iter().zip(&mut with) {
            reports.push(deliver(bench, Some(*parked))?);
        }
    }
    let memory = median(without.iter().map(|report| report.peak_memory));
    bench
        .table
        .add("parked: none, peak memory", memory, "MiB", Goal::None);
    for ((what, _, goal), reports) in cases.into_iter().zip(with) {
        let pairs = || reports.iter().zip(&without);
        let ratio = median(pairs().map(|(with, without)| with.rate() / without.rate()));
        let start = median(pairs().map(|(with, without)| start(with) - start(without)));
        let memory = median(reports.iter().map(|report| report.peak_memory));
        let table = &mut bench.table;
        table.add(format!("parked: {what}, the others' rate"), ratio, "", goal);
        table.add(
            format!("parked: {what}, later start"),
            1e3 * start,
            "ms",
            Goal::None,
        );
        table.add(
            format!("parked: {what}, peak memory"),
            memory,
            "MiB",
            Goal::None,
        );
    }
    Ok(())
}

/// Returns the seconds from the start of the process to its first event.
fn start(report: &Report) -> f64 {
    report.seconds - report.seconds_of_delivery
}

/// Delivers a backlog of other keys.
fn deliver(bench: &Bench, parked: Option<Parked>) -> Result<Report, Box<dyn std::error::Error>> {
    let events = bench.size(200_000);
    let before = parked.map_or(0, |parked| parked.events);
    let database = &bench.database;
    database.fill(Who::Ours, SCHEMA, Backlog::small(events + before))?;
    if let Some(Parked { events, keys }) = parked {
        database.rewind(SCHEMA, events)?;
        database.run(
            SCHEMA,
            &format!(
                "INSERT INTO outbox_parked (name, seq, key, why, attempts, error)
                SELECT
                    'main', seq, 'parked-' || seq % {keys}, CASE WHEN seq <= {keys} THEN 'rejected' ELSE 'behind' END,
                    8, 'too large'
                FROM outbox WHERE seq <= {events};
                VACUUM ANALYZE outbox_parked;
                CHECKPOINT"
            ),
        )?;
    }
    Who::Ours.run(&database.order(SCHEMA, events))
}
