//! The program of oxide-outbox: the crate with the name `outbox-core` in the public registry. One lock file cannot hold
//! both crates, so it is a process of its own.

use std::error::Error;
use std::process::Command;

/// Builds the program, and returns its path.
pub(crate) fn build() -> Result<String, Box<dyn Error>> {
    const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/oxide-outbox");
    const TARGET: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/../oxide-outbox");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo)
        .args([
            "build",
            "--quiet",
            "--release",
            "--locked",
            "--target-dir",
            TARGET,
        ])
        .current_dir(FOLDER)
        .status()?;
    if !built.success() {
        return Err(format!("{FOLDER} does not build").into());
    }
    Ok(format!("{TARGET}/release/oxide-outbox"))
}
