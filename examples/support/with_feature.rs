//! Support for an example that needs a feature: it starts itself again with the feature, so that the other examples do
//! not compile it.

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
