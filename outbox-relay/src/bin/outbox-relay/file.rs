//! The file of settings. Its keys are the names of the flags, and its values are their defaults. It can have tables
//! with the settings of sinks, and routes.

use std::ffi::OsString;
use std::path::Path;

use clap::{ArgAction, Command, CommandFactory, FromArgMatches};
use toml::{Table, Value};

use crate::arguments::Arguments;
use crate::route::{self, Route};
use crate::settings::KINDS;

/// The part of the file that has no flag, or has a flag for a part of it.
#[derive(Debug, Default)]
pub(crate) struct File {
    /// The mode and the settings of sinks.
    pub(crate) settings: Table,
    pub(crate) routes: Vec<Route>,
}

/// Reads the flags, the environment and the file. Ends the process with a message after a mistake in the usage.
pub(crate) fn parse() -> Result<(Arguments, File), String> {
    let mut file = File::default();
    let command = match config() {
        Some(path) => file.read(Arguments::command(), Path::new(&path))?,
        None => Arguments::command(),
    };
    let mut matches = command.get_matches();
    let arguments = Arguments::from_arg_matches_mut(&mut matches);
    Ok((arguments.unwrap_or_else(|error| error.exit()), file))
}

/// Returns the path of the file. It has to be known before the other flags are read.
fn config() -> Option<OsString> {
    let command = Arguments::command().ignore_errors(true);
    let mut matches = command.try_get_matches().ok()?;
    let path: std::path::PathBuf = matches.try_remove_one("config").ok()??;
    Some(path.into())
}

impl File {
    /// Reads a file. Returns the command with the defaults of the file.
    fn read(&mut self, mut command: Command, path: &Path) -> Result<Command, String> {
        let shown = path.display();
        let text = std::fs::read_to_string(path).map_err(|error| {
            format!("the file {shown} cannot be read: {error}; correct `--config`")
        })?;
        let table: Table = text.parse().map_err(|error: toml::de::Error| {
            // The line itself is not shown, since it can have a secret.
            let before = error.span().and_then(|span| text.get(..span.start));
            let line = before.unwrap_or_default().matches('\n').count() + 1;
            let reason = error.message();
            format!(
                "the file {shown} is not TOML: line {line}: {reason}; write `name = \"value\"` lines"
            )
        })?;
        for (key, value) in table {
            let within = |error| format!("{shown}: {error}");
            if key == "route" {
                self.routes = route::read(value).map_err(within)?;
                command = without_sink(command);
            } else if key == "mode" || KINDS.contains(&key.as_str()) {
                self.settings.insert(key, value);
            } else {
                command = with_setting(command, &key, &value).map_err(within)?;
            }
        }
        Ok(command)
    }
}

fn with_setting(command: Command, key: &str, value: &Value) -> Result<Command, String> {
    let values = texts(value).ok_or_else(|| {
        format!("`{key}` is neither a text, a number, a boolean nor a list of them")
    })?;
    if !has_flag(&command, key) {
        return Err(format!(
            "there is no setting `{key}`; `outbox-relay run --help` shows the flags, and a setting has the name of its flag"
        ));
    }
    Ok(with_default(command, key, &values))
}

/// Lets the flag of the sink be left out, in every command: the routes have sinks.
fn without_sink(command: Command) -> Command {
    let command = match flag(&command, "sink") {
        Some(id) => command.mut_arg(id, |argument| argument.required(false)),
        None => command,
    };
    command.mut_subcommands(without_sink)
}

/// Returns the texts of a value as they would be typed behind a flag.
pub(crate) fn texts(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::String(text) => Some(vec![text.clone()]),
        Value::Integer(number) => Some(vec![number.to_string()]),
        Value::Float(number) => Some(vec![number.to_string()]),
        Value::Boolean(truth) => Some(vec![truth.to_string()]),
        Value::Array(values) => {
            let texts = values.iter().map(texts).collect::<Option<Vec<_>>>()?;
            Some(texts.concat())
        }
        Value::Datetime(_) | Value::Table(_) => None,
    }
}

fn has_flag(command: &Command, name: &str) -> bool {
    flag(command, name).is_some()
        || command
            .get_subcommands()
            .any(|command| has_flag(command, name))
}

/// Returns the id of a flag. The file cannot name the file.
fn flag(command: &Command, name: &str) -> Option<clap::Id> {
    let mut flags = command.get_arguments();
    let flag = flags.find(|argument| argument.get_long() == Some(name) && name != "config")?;
    Some(flag.get_id().clone())
}

/// Sets the default of a flag, wherever a command has it. A flag and the environment beat a default.
fn with_default(command: Command, name: &str, values: &[String]) -> Command {
    let command = match flag(&command, name) {
        Some(id) => command.mut_arg(id, |argument| {
            let values = match argument.get_action() {
                ArgAction::Append => values,
                _ => &values[values.len().saturating_sub(1)..],
            };
            argument
                .required(false)
                .default_values(values.iter().cloned())
        }),
        None => command,
    };
    command.mut_subcommands(|command| with_default(command, name, values))
}
