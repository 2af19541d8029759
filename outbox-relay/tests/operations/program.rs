//! The program, on a database.

use std::process::{Child, Command, Output, Stdio};

pub(crate) const DRAIN: [&str; 4] = ["run", "--sink", "stdout", "--until-empty"];

/// The program with the address of a database.
pub(crate) struct Program {
    url: String,
}

impl Program {
    pub(crate) fn new(url: impl Into<String>) -> Self {
        Self { url: url.into() }
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_outbox-relay"));
        command.args(arguments).env_clear().stdin(Stdio::null());
        command.env("OUTBOX_RELAY_DATABASE", &self.url);
        command
    }

    /// Returns standard output, or the last line of standard error.
    pub(crate) fn run(&self, arguments: &[&str]) -> Result<String, String> {
        result(&self.command(arguments).output().expect("it starts"))
    }

    /// Returns the lines of standard output.
    pub(crate) fn succeeds(&self, arguments: &[&str]) -> Vec<String> {
        let output = self.run(arguments);
        let output = output.unwrap_or_else(|error| panic!("{arguments:?}: {error}"));
        output.lines().map(str::to_owned).collect()
    }

    pub(crate) fn start(&self, arguments: &[&str]) -> Child {
        let mut command = self.command(arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::null());
        command.spawn().expect("it starts")
    }
}

/// Returns standard output, or the last line of standard error.
pub(crate) fn result(output: &Output) -> Result<String, String> {
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() {
        return Ok(text(&output.stdout));
    }
    let errors = text(&output.stderr);
    Err(errors.lines().last().unwrap_or_default().to_owned())
}
