//! The cost of a million deliveries for the database.

use super::{Bench, Outcome};
use crate::database::Backlog;
use crate::process::Who;
use crate::table::Goal;

const SCHEMA: &str = "bench_cost";

#[expect(clippy::cast_precision_loss, reason = "there are fewer events")]
pub(super) fn run(bench: &mut Bench) -> Outcome {
    let events = bench.size(1_000_000);
    for who in [Who::Ours, Who::OursWithoutRetention, Who::Rival] {
        bench.database.fill(who, SCHEMA, Backlog::small(events))?;
        let before = bench.database.work(SCHEMA)?;
        who.run(&bench.database.order(SCHEMA, events))?;
        let after = bench.database.work(SCHEMA)?;
        let thousands = events as f64 / 1_000.0;
        let name = format!("cost: {}", who.name());
        let mut add = |what, value, unit, goal| {
            bench
                .table
                .add(format!("{name}, {what}"), value, unit, goal);
        };
        let transactions = (after.transactions - before.transactions) / thousands;
        add("transactions", transactions, "for 1,000 events", Goal::None);
        if who == Who::Ours {
            let updates = after.progress / thousands;
            add(
                "updates of its progress",
                updates,
                "for 1,000 events",
                Goal::AtMost(1.1),
            );
        }
        add(
            "dead rows",
            after.dead / thousands,
            "for 1,000 events",
            Goal::None,
        );
        add(
            "growth of the tables",
            100.0 * (after.bytes / before.bytes - 1.0),
            "%",
            Goal::None,
        );
    }
    Ok(())
}
