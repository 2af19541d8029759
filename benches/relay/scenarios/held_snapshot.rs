//! An unrelated transaction that stays open, so that no dead row can be removed.

use std::error::Error;
use std::time::Duration;

use super::{Bench, Outcome, ROUNDS};
use crate::database::{Backlog, session};
use crate::process::Who;
use crate::table::{Goal, median};

const SCHEMA: &str = "bench_held";

pub(super) fn run(bench: &mut Bench) -> Outcome {
    let events = bench.size(200_000);
    let everybody = [Who::Ours, Who::OursWithoutRetention, Who::Rival];
    let mut ratios = [const { Vec::new() }; 3];
    for _ in 0..ROUNDS {
        for (ratios, who) in ratios.iter_mut().zip(everybody) {
            bench.database.fill(who, SCHEMA, Backlog::small(events))?;
            let free = rate(bench, who, events)?;
            bench.database.fill(who, SCHEMA, Backlog::small(events))?;
            let holder = bench.database.runtime.block_on(async {
                let holder = session(&bench.database.url, Some(SCHEMA)).await?;
                let hold = "BEGIN ISOLATION LEVEL REPEATABLE READ; CREATE TABLE other (); SELECT count(*) FROM other";
                holder.batch_execute(hold).await?;
                Ok::<_, tokio_postgres::Error>(holder)
            })?;
            ratios.push(rate(bench, who, events)? / free);
            drop(holder);
        }
    }
    for (ratios, who) in ratios.into_iter().zip(everybody) {
        let goal = if who == Who::Ours {
            Goal::AtLeast(0.9)
        } else {
            Goal::None
        };
        let name = format!("held snapshot: {}, to itself without one", who.name());
        bench.table.add(name, median(ratios), "", goal);
    }
    Ok(())
}

fn rate(bench: &Bench, who: Who, events: u64) -> Result<f64, Box<dyn Error>> {
    let mut order = bench.database.order(SCHEMA, events);
    order.limit = Duration::from_secs(20);
    Ok(who.run(&order)?.rate())
}
