//! The crate that has the name `outbox-core` in the public registry, as its users run it.

mod deliver;
mod insert;
mod invite;
#[allow(dead_code, reason = "the report is read by the benchmark")]
#[path = "../../relay/order.rs"]
mod order;

use std::error::Error;

use order::Order;
use sqlx::postgres::PgConnectOptions;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    match &arguments[..] {
        [command, url, schema] if command == "insert" => insert::run(url, schema),
        [command, order @ ..] if command == "deliver" => deliver::run(Order::parse(order)?),
        _ => Err("begin with `insert` or `deliver`".into()),
    }
}

fn options(url: &str, schema: &str) -> Result<PgConnectOptions, sqlx::Error> {
    let options: PgConnectOptions = url.parse()?;
    Ok(options.options([("search_path", schema)]))
}
