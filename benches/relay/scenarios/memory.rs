//! A backlog of large events, and a slow sink.

use std::time::Duration;

use super::{Bench, Outcome};
use crate::database::Backlog;
use crate::process::Who;
use crate::table::Goal;

pub(super) fn run(bench: &mut Bench) -> Outcome {
    let backlog = Backlog {
        more_bytes: 100_000,
        ..Backlog::small(bench.size(20_000))
    };
    bench.database.fill(Who::Ours, "bench_memory", backlog)?;
    let mut order = bench.database.order("bench_memory", backlog.rows);
    order.pause = Duration::from_millis(5);
    let peak = Who::Ours.run(&order)?.peak_memory;
    bench.table.add(
        "memory: the peak, 20,000 events of 100 KB",
        peak,
        "MiB",
        Goal::AtMost(150.0),
    );
    Ok(())
}
