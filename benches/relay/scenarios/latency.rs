//! The time from the commit to the sink, at a steady thousand events a second.

use std::collections::HashMap;
use std::error::Error;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::{Instant, sleep_until};
use uuid::Uuid;

use super::{Bench, Outcome};
use crate::database::{Backlog, Database, insert, session};
use crate::process::{Who, report};
use crate::table::{Goal, quantile};

const SCHEMA: &str = "bench_latency";
const WRITERS: u32 = 4;
/// The time between two events of one writer.
const INTERVAL: Duration = Duration::from_millis(4);
/// The first events of each writer do not count, since the rate is not steady yet. An idle relay polls once a second.
const FIRST: u32 = 500;

pub(super) fn run(bench: &mut Bench) -> Outcome {
    let each = FIRST + u32::try_from(bench.size(30_000))? / WRITERS;
    for (who, goals) in [
        (Who::Ours, [Goal::AtMost(15.0), Goal::AtMost(60.0)]),
        (Who::Rival, [Goal::None; 2]),
    ] {
        let waits = waits(&bench.database, who, each)?;
        let name = format!("from commit to sink: {}", who.name());
        for ((what, share), goal) in [("median", 0.5), ("p99", 0.99)].into_iter().zip(goals) {
            let wait = quantile(waits.iter().copied(), share);
            bench.table.add(format!("{name}, {what}"), wait, "ms", goal);
        }
    }
    Ok(())
}

/// Returns the milliseconds from the commit of each event to its sink.
fn waits(database: &Database, who: Who, each: u32) -> Result<Vec<f64>, Box<dyn Error>> {
    database.fill(who, SCHEMA, Backlog::small(0))?;
    let mut order = database.order(SCHEMA, u64::from(each * WRITERS));
    order.limit = 4 * INTERVAL * each + Duration::from_secs(10);
    order.has_times = true;
    let process = who.start(&order)?;
    // The process has started, and is idle.
    std::thread::sleep(Duration::from_secs(2));
    let committed = database.runtime.block_on(async {
        let start = Instant::now();
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let start = start + INTERVAL / WRITERS * writer;
                tokio::spawn(write(database.url.clone(), who, start, each))
            })
            .collect();
        let mut committed = Committed::new();
        for writer in writers {
            committed.extend(writer.await??);
        }
        Ok::<_, Box<dyn Error>>(committed)
    })?;
    let delivered = report(process)?.times;
    if delivered.len() < committed.len() {
        return Err(format!(
            "{} of {} events were delivered",
            delivered.len(),
            committed.len()
        )
        .into());
    }
    // The sink can receive the event before the writer learns of its own commit.
    let wait = |(id, time): &(u128, Duration)| {
        let (number, committed) = committed[id];
        (number >= FIRST).then(|| 1e3 * time.saturating_sub(committed).as_secs_f64())
    };
    Ok(delivered.iter().filter_map(wait).collect())
}

/// For each event id, the writer's number of the event and the time at which its commit was acknowledged, since 1970.
type Committed = HashMap<u128, (u32, Duration)>;

/// Inserts an event every few milliseconds.
async fn write(
    url: String,
    who: Who,
    start: Instant,
    count: u32,
) -> Result<Committed, tokio_postgres::Error> {
    let client = session(&url, Some(SCHEMA)).await?;
    let insert = client.prepare(&insert(who)).await?;
    let mut committed = Committed::new();
    for number in 0..count {
        sleep_until(start + INTERVAL * number).await;
        let id = Uuid::now_v7();
        client.execute(&insert, &[&id]).await?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        committed.insert(id.as_u128(), (number, now.unwrap_or_default()));
    }
    Ok(committed)
}
