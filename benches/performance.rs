//! Times our works and those of rivals in one run, as ratios, and shows allocations.
//!
//! `cargo bench` runs all works. `cargo bench --bench performance -- "read a row"` runs those with that name.

#[cfg(feature = "rivals")]
#[allow(dead_code, reason = "one benchmark writes, the other reads")]
mod counts;
#[cfg(feature = "rivals")]
mod report;
#[cfg(feature = "rivals")]
mod works;

#[cfg(feature = "rivals")]
fn main() -> std::io::Result<()> {
    report::run()
}

/// Starts itself again with the rivals, so that no other build compiles the rivals.
#[cfg(not(feature = "rivals"))]
fn main() -> std::process::ExitCode {
    use std::process::{Command, ExitCode};

    let only = std::env::args()
        .skip(1)
        .filter(|argument| argument != "--bench");
    let status = Command::new(option_env!("CARGO").unwrap_or("cargo"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["bench", "--features", "rivals"])
        .args(["--bench", "allocations", "--bench", "performance", "--"])
        .args(only)
        .status();
    match status {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}
