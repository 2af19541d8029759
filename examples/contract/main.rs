//! Writes the contract of the quickstart's events, which other teams read instead of our code.
//!
//! ```sh
//! cargo run --example contract
//! ```
//!
//! It writes to `target/contract`: `asyncapi.json`, the schema of each event's payload and of the whole CloudEvent, and
//! `catalogue.md` for people.

#[cfg(feature = "schema")]
mod documents;

#[cfg(feature = "schema")]
use documents::main;

#[cfg(not(feature = "schema"))]
#[path = "../support/with_feature.rs"]
mod with_feature;

#[cfg(not(feature = "schema"))]
fn main() -> std::process::ExitCode {
    with_feature::run("contract", "schema")
}
