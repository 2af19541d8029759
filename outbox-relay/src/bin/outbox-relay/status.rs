//! `outbox-relay status`

use std::fmt::Display;

use outbox_relay::Store;
use outbox_relay::store::Status;
use serde_json::json;

use crate::Outcome;
use crate::arguments::StatusArguments;
use crate::database::Database;

pub(crate) async fn status(arguments: &StatusArguments) -> Outcome {
    let database = Database::open(&arguments.database.url).await?;
    let name = &arguments.name.name;
    let status = database.status(name).await?;
    let status =
        status.ok_or_else(|| format!("no relay named `{name}` has run on this database"))?;
    if arguments.json {
        println!("{}", as_json(&status));
    } else {
        print_as_text(&status);
    }
    Ok(())
}

fn as_json(status: &Status) -> serde_json::Value {
    json!({
        "name": status.name,
        "owner": status.owner,
        "epoch": status.epoch,
        "low": status.low,
        "high": status.high,
        "open_holes": status.open_holes,
        "undelivered": status.undelivered,
        "oldest_seconds": status.oldest_seconds,
        "parked_events": status.parked_events,
        "parked_keys": status.parked_keys,
    })
}

fn print_as_text(status: &Status) {
    let line = |name: &str, value: &dyn Display| println!("{name:<12} {value}");
    line("name", &status.name);
    match &status.owner {
        Some(owner) => line("owner", owner),
        None => line("owner", &"nobody; no relay of this name runs"),
    }
    line("epoch", &status.epoch);
    line("low", &status.low);
    line("high", &status.high);
    line("open holes", &status.open_holes);
    match status.oldest_seconds {
        Some(oldest) => {
            let undelivered = format!("{}, the oldest for {oldest:.1} s", status.undelivered);
            line("undelivered", &undelivered);
        }
        None => line("undelivered", &status.undelivered),
    }
    let parked = format!("{} of {} keys", status.parked_events, status.parked_keys);
    line("parked", &parked);
}
