//! The errors of a user who asks for the contract of an event that has no schema. The other compile errors are tested
//! in the workspace's own `tests/compile_errors.rs`; a feature of this crate reaches programs of this crate only.

use std::process::Command;

/// The compiler that the snapshots were made with.
const BLESSED_WITH: &str = "rustc 1.95.0 ";

#[test]
fn an_event_without_a_schema_is_told() {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).arg("--version").output();
    let version = output.expect("the compiler runs").stdout;
    if !version.starts_with(BLESSED_WITH.as_bytes()) {
        eprintln!("SKIPPED: the snapshots of compile errors are for {BLESSED_WITH}");
        return;
    }
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
