//! A sink that takes 5 ms for each event.

use std::time::Duration;

use super::{Bench, Outcome, ROUNDS};
use crate::database::Backlog;
use crate::process::Who;
use crate::table::{Goal, median};

const PAUSE: Duration = Duration::from_millis(5);

pub(super) fn run(bench: &mut Bench) -> Outcome {
    let events = bench.size(200_000);
    // The rival needs seconds for this number of events.
    let few = bench.size(2_000);
    let mut many_keys = Vec::new();
    let mut hundred_keys = Vec::new();
    for _ in 0..ROUNDS {
        let rival = rate(bench, Who::Rival, Backlog::small(few))?;
        let ours = rate(bench, Who::Ours, Backlog::small(events))?;
        many_keys.push(ours / rival);
        let backlog = Backlog {
            keys: 100,
            ..Backlog::small(bench.size(50_000))
        };
        hundred_keys.push(rate(bench, Who::Ours, backlog)? / rival);
    }
    let name = "sink of 5 ms: the relay to oxide-outbox";
    bench.table.add(
        format!("{name}, 10,000 keys"),
        median(many_keys),
        "",
        Goal::AtLeast(100.0),
    );
    bench.table.add(
        format!("{name}, 100 keys"),
        median(hundred_keys),
        "",
        Goal::None,
    );
    Ok(())
}

fn rate(bench: &Bench, who: Who, backlog: Backlog) -> Result<f64, Box<dyn std::error::Error>> {
    bench.database.fill(who, "bench_slow_sink", backlog)?;
    let mut order = bench.database.order("bench_slow_sink", backlog.rows);
    order.pause = PAUSE;
    Ok(who.run(&order)?.rate())
}
