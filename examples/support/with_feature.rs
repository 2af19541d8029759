//! An example that needs a feature which no other one waits for: it starts itself once more, with the feature.

use std::process::{Command, ExitCode};

pub fn run(example: &str, feature: &str) -> ExitCode {
    let status = Command::new(option_env!("CARGO").unwrap_or("cargo"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args([
            "run",
            "--quiet",
            "--features",
            feature,
            "--example",
            example,
        ])
        .status();
    match status {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}
