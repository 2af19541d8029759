//! What a user reads after a mistake: each program in `ui` does not compile, and says why.

use std::process::Command;

/// The compiler that the snapshots were made with; another one may word or place its own errors otherwise.
const BLESSED_WITH: &str = "rustc 1.95.0 ";

#[test]
fn a_mistake_is_told_where_it_is_made() {
    if !compiler().starts_with(BLESSED_WITH) {
        eprintln!(
            "SKIPPED: the snapshots of compile errors are for {BLESSED_WITH}and this is {}",
            compiler()
        );
        return;
    }
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}

fn compiler() -> String {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).arg("--version").output();
    String::from_utf8(output.expect("the compiler runs").stdout).expect("UTF-8")
}
