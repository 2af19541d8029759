//! Throw-away servers of a test's own, by the scripts of `.ci`.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A server that ends with its value.
pub(crate) struct Throwaway {
    script: PathBuf,
    folder: PathBuf,
    pub(crate) url: String,
}

impl Throwaway {
    /// Starts a server with its data in a folder, by a script such as `nats`.
    pub(crate) fn start(script: &str, folder: &Path) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../.ci")
            .join(script);
        let mut server = Self {
            script,
            folder: folder.to_owned(),
            url: String::new(),
        };
        server.url = server.run("start");
        server
    }

    /// Kills the server and starts it again.
    pub(crate) fn restart(&self) {
        self.run("restart");
    }

    /// Runs a command of the script, and returns what it prints.
    fn run(&self, command: &str) -> String {
        let output = Command::new(&self.script)
            .arg(command)
            .arg(&self.folder)
            .output()
            .expect("the script runs");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{command}: {errors}");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }
}

impl Drop for Throwaway {
    fn drop(&mut self) {
        let stop = Command::new(&self.script)
            .arg("stop")
            .arg(&self.folder)
            .output();
        drop(stop);
    }
}
