//! The pages and files for operators: what they say is run, or compared with the program.

mod files;
mod moves;
mod page;
mod program;
mod roles;
mod symptoms;

#[allow(dead_code, reason = "each test needs a part of it")]
#[path = "../postgres/support/database.rs"]
mod database;
#[allow(dead_code, reason = "each test needs a part of it")]
#[path = "../postgres/support/server.rs"]
mod server;

use std::io::{self, Write};

/// Says that a test was skipped, past the capture of the test runner, which shows nothing of a test that passes.
pub(crate) fn skipped(reason: &str) {
    let message = format!("SKIPPED: {reason}\n");
    io::stderr()
        .write_all(message.as_bytes())
        .expect("standard error is open");
}
