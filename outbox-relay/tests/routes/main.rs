//! Several routes in one process, as an operator runs them, on SQLite.

mod commands;
mod delivery;
mod failures;
mod file;
mod fixture;
#[path = "../support/program.rs"]
mod program;
#[path = "../support/mod.rs"]
mod support;
