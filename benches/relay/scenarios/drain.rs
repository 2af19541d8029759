//! A backlog of small events into a sink that does nothing.

use super::{Bench, Outcome, ROUNDS};
use crate::database::Backlog;
use crate::process::Who;
use crate::table::{Goal, median};

pub(super) fn run(bench: &mut Bench) -> Outcome {
    let events = bench.size(200_000);
    let everybody = [Who::Ours, Who::OursWithoutRetention, Who::Floor, Who::Rival];
    let mut rates = Vec::new();
    for _ in 0..ROUNDS {
        let mut round = [0.0; 4];
        for (rate, who) in round.iter_mut().zip(everybody) {
            bench
                .database
                .fill(who, "bench_drain", Backlog::small(events))?;
            *rate = who
                .run(&bench.database.order("bench_drain", events))?
                .rate();
        }
        rates.push(round);
    }
    let table = &mut bench.table;
    for (index, who) in everybody.into_iter().enumerate() {
        let rate = median(rates.iter().map(|round| round[index]));
        table.add(
            format!("drain: {}", who.name()),
            rate,
            "events/s",
            Goal::None,
        );
    }
    let ratio = |of: usize, to: usize| median(rates.iter().map(|round| round[of] / round[to]));
    table.add(
        "drain: the relay to oxide-outbox",
        ratio(0, 3),
        "",
        Goal::AtLeast(4.0),
    );
    table.add(
        "drain: without retention, to oxide-outbox",
        ratio(1, 3),
        "",
        Goal::None,
    );
    table.add("drain: the relay to the floor", ratio(0, 2), "", Goal::None);
    table.add(
        "drain: the floor to oxide-outbox",
        ratio(2, 3),
        "",
        Goal::None,
    );
    Ok(())
}
