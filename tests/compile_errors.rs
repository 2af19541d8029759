//! What a user reads after a mistake: each program in `ui` does not compile, and says why.

use std::io::{self, Write};
use std::process::Command;

/// The compiler that the snapshots were made with; another one may word or place its own errors otherwise.
const BLESSED_WITH: &str = "rustc 1.95.0 ";

#[test]
fn a_mistake_is_told_where_it_is_made() {
    if !compiler().starts_with(BLESSED_WITH) {
        let message = format!(
            "SKIPPED: the snapshots of compile errors are for {BLESSED_WITH}and this is {}",
            compiler()
        );
        // Past the capture of the test runner, which shows nothing of a test that passes.
        io::stderr()
            .write_all(message.as_bytes())
            .expect("standard error is open");
        return;
    }
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}

fn compiler() -> String {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).arg("--version").output();
    String::from_utf8(output.expect("the compiler runs").stdout).expect("UTF-8")
}
