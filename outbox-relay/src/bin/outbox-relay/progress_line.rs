//! A line on the terminal while a backlog drains.

use std::convert::Infallible;
use std::time::Duration;

use outbox_relay::{Monitor, Store};
use tokio::time::{Instant, interval};

use crate::database::Database;

const PERIOD: Duration = Duration::from_millis(500);

/// Shows how many events are delivered, at which rate, how many are left, and how long they will take.
pub(crate) async fn show(url: &str, name: &str, monitor: Monitor) -> Infallible {
    let start = Instant::now();
    let mut ticks = interval(PERIOD);
    let mut total = std::pin::pin!(undelivered(url, name));
    let mut known = None;
    loop {
        tokio::select! {
            total = &mut total, if known.is_none() => known = Some(total),
            _ = ticks.tick() => {
                let line = line(monitor.delivered(), known.flatten(), start.elapsed());
                eprint!("\r{line}\x1b[K");
            }
        }
    }
}

/// Clears the line.
pub(crate) fn end() {
    eprint!("\r\x1b[K");
}

async fn undelivered(url: &str, name: &str) -> Option<u64> {
    let database = Database::open(url).await.ok()?;
    Some(database.status(name).await.ok()?.undelivered)
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "for people, who do not count that far"
)]
fn line(delivered: u64, total: Option<u64>, elapsed: Duration) -> String {
    let rate = delivered as f64 / elapsed.as_secs_f64().max(0.001);
    let delivered_at = format!("{delivered} delivered, {rate:.0}/s");
    match total.map(|total| total.saturating_sub(delivered)) {
        Some(left) if rate >= 1.0 => {
            let time = Duration::from_secs((left as f64 / rate) as u64);
            format!(
                "{delivered_at}, {left} left, {}",
                humantime::format_duration(time)
            )
        }
        Some(left) => format!("{delivered_at}, {left} left"),
        None => delivered_at,
    }
}
