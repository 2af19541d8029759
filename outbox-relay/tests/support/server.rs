//! A PostgreSQL server of a test's own, which can crash.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../.ci/postgres");

/// A server that ends with its value.
pub(crate) struct Server {
    folder: TempDir,
    pub(crate) url: String,
}

impl Server {
    /// Starts a server. `None` if PostgreSQL is not installed, or no test of it is wanted.
    pub(crate) fn start() -> Option<Self> {
        if std::env::var_os("OUTBOX_TEST_POSTGRES_URL").is_none() {
            super::skipped("`OUTBOX_TEST_POSTGRES_URL` names no PostgreSQL server");
            return None;
        }
        if !Path::new("/usr/lib/postgresql").exists() || !Path::new(SCRIPT).exists() {
            super::skipped("a PostgreSQL server of its own cannot be started");
            return None;
        }
        let folder = tempfile::tempdir().expect("a folder");
        let started = run(Command::new(SCRIPT).arg("start").arg(folder.path()));
        let url = String::from_utf8(started.stdout).expect("an address");
        let url = url.trim().to_owned();
        Some(Self { folder, url })
    }

    /// Ends the server as a power failure does, and starts it again.
    pub(crate) fn crash(&self) {
        run(Command::new(SCRIPT).arg("crash").arg(self.folder.path()));
    }

    /// Returns the path of a file in the server's folder, which the server's user can read.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let stop = Command::new(SCRIPT)
            .arg("stop")
            .arg(self.folder.path())
            .output();
        drop(stop);
    }
}

/// Runs a program that must succeed.
pub(crate) fn run(command: &mut Command) -> Output {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {errors}");
    output
}

/// Returns `true` if a program is on the path.
pub(crate) fn is_installed(program: &str) -> bool {
    let found = Command::new("sh")
        .args(["-c", "command -v \"$0\"", program])
        .output();
    found.is_ok_and(|found| found.status.success())
}
