//! A relay with nothing to deliver.

use std::time::Duration;

use super::{Bench, Outcome};
use crate::database::Backlog;
use crate::process::Who;
use crate::table::Goal;

const SCHEMA: &str = "bench_idle";
const TIME: Duration = Duration::from_secs(30);

pub(super) fn run(bench: &mut Bench) -> Outcome {
    for (who, goal) in [(Who::Ours, Goal::AtMost(1.0)), (Who::Rival, Goal::None)] {
        bench.database.fill(who, SCHEMA, Backlog::small(0))?;
        let mut order = bench.database.order(SCHEMA, u64::MAX);
        order.limit = TIME;
        let before = bench.database.work(SCHEMA)?;
        let processor = who.run(&order)?.processor_seconds;
        let after = bench.database.work(SCHEMA)?;
        let seconds = TIME.as_secs_f64();
        // One of the transactions is the first count itself.
        let transactions = (after.transactions - before.transactions - 1.0) / seconds;
        let name = format!("idle: {}", who.name());
        bench.table.add(
            format!("{name}, of one core"),
            100.0 * processor / seconds,
            "%",
            goal,
        );
        bench.table.add(
            format!("{name}, the start included"),
            transactions,
            "transactions/s",
            Goal::None,
        );
    }
    Ok(())
}
