//! `outbox-relay status`

use std::fmt::Display;

use outbox_relay::Store;
use outbox_relay::store::Status;
use serde::Serialize;

use crate::Outcome;
use crate::arguments::StatusArguments;
use crate::database::Database;
use crate::file::File;
use crate::output;

pub(crate) async fn status(arguments: &StatusArguments, file: &File) -> Outcome {
    let database = Database::open(&arguments.database.url).await?;
    let names = file.names(arguments.name.name.as_deref());
    for (place, name) in names.into_iter().enumerate() {
        let status = database.status(name).await?;
        if arguments.json {
            output::line(serde_json::to_string(&Shown::from(&status))?)?;
        } else {
            let gap = if place > 0 { "\n" } else { "" };
            output::line(format_args!("{gap}{}", as_text(&status)))?;
        }
    }
    Ok(())
}

/// The status as JSON shows it.
#[derive(Serialize)]
struct Shown<'a> {
    name: &'a str,
    owner: Option<&'a str>,
    epoch: i64,
    low: i64,
    high: i64,
    open_holes: u64,
    undelivered: u64,
    oldest_seconds: Option<f64>,
    parked_events: u64,
    parked_keys: u64,
}

impl<'a> From<&'a Status> for Shown<'a> {
    fn from(status: &'a Status) -> Self {
        Self {
            name: &status.name,
            owner: status.owner.as_deref(),
            epoch: status.epoch,
            low: status.low,
            high: status.high,
            open_holes: status.open_holes,
            undelivered: status.undelivered,
            oldest_seconds: status.oldest_seconds,
            parked_events: status.parked_events,
            parked_keys: status.parked_keys,
        }
    }
}

fn as_text(status: &Status) -> String {
    let line = |name: &str, value: &dyn Display| format!("{name:<12} {value}");
    let owner = status.owner.as_deref();
    let undelivered = match status.oldest_seconds {
        Some(oldest) => format!("{}, the oldest for {oldest:.1} s", status.undelivered),
        None => status.undelivered.to_string(),
    };
    let parked = format!("{} of {} keys", status.parked_events, status.parked_keys);
    let lines = [
        line("name", &status.name),
        line(
            "owner",
            &owner.unwrap_or("nobody; no relay of this name runs"),
        ),
        line("epoch", &status.epoch),
        line("low", &status.low),
        line("high", &status.high),
        line("open holes", &status.open_holes),
        line("undelivered", &undelivered),
        line("parked", &parked),
    ];
    lines.join("\n")
}
