//! The parts that several tests share.

use std::io::{self, Write};

/// Reports that a test was skipped, past the capture of the test runner, which shows nothing of a test that passes.
pub(crate) fn skipped(reason: &str) {
    let message = format!("SKIPPED: {reason}\n");
    io::stderr()
        .write_all(message.as_bytes())
        .expect("standard error is open");
}
