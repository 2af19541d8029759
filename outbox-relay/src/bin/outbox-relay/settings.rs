//! The settings of a sink: of the file, the environment and the flags. The later beats the earlier, one by one.
//!
//! A route's own settings override the settings of all sinks of its kind.

use std::collections::BTreeMap;

use outbox_relay::sink::setting::Settings;
use toml::{Table, Value};

use crate::arguments::SinkOptions;
use crate::file;
use crate::route::Route;
use crate::usage::Usage;

/// The tables of the file that have the settings of sinks.
pub(crate) const KINDS: [&str; 4] = ["kafka", "http", "nats", "amqp"];

/// The sources of the settings of one sink.
#[derive(Clone, Copy)]
pub(crate) struct Sources<'a> {
    pub(crate) file: &'a Table,
    pub(crate) environment: &'a Environment,
    pub(crate) flags: &'a SinkOptions,
    pub(crate) route: Option<&'a Route>,
    /// Events are sent again, beside the relay.
    pub(crate) is_replay: bool,
}

/// The environment variables that are text.
pub(crate) struct Environment(BTreeMap<String, String>);

/// A setting, and the place where somebody has written it.
struct Setting {
    place: String,
    name: String,
    value: String,
}

impl Environment {
    pub(crate) fn read() -> Self {
        let variables = std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        });
        Self(variables.collect())
    }

    pub(crate) fn get(&self, variable: &str) -> Option<&String> {
        self.0.get(variable)
    }

    /// Returns the names of all variables.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

impl Sources<'_> {
    /// Returns the options of a kind of sink.
    pub(crate) fn options<T: Settings>(self) -> Result<T, Usage> {
        let mut settings = of_table::<T>(&format!("`[{}]` in the file", T::NAME), self.file)?;
        settings.extend(of_environment::<T>("OUTBOX_RELAY_", self.environment)?);
        settings.extend(of_flags::<T>(self.flags)?);
        if let Some(route) = self.route {
            let place = format!("`[route.{}]`", T::NAME);
            settings.extend(of_table::<T>(&place, &route.settings)?);
            let prefix = route.prefix();
            settings.extend(of_environment::<T>(&prefix, self.environment)?);
        }
        let mut options = T::default();
        for Setting { place, name, value } in &settings {
            let set = options.set(name, value);
            set.map_err(|error| Usage(format!("{place}: {error}")))?;
        }
        Ok(options)
    }
}

fn of_flags<T: Settings>(flags: &SinkOptions) -> Result<Vec<Setting>, Usage> {
    let flag = format!("`--{}`", T::NAME);
    let mode = flags.mode.map(|mode| Setting {
        place: "`--mode`".to_owned(),
        name: "mode".to_owned(),
        value: mode.as_str().to_owned(),
    });
    let pairs = flags.settings(T::NAME).iter();
    let pairs = pairs.map(|pair| of_pair(&flag, pair));
    mode.into_iter().map(Ok).chain(pairs).collect()
}

fn of_environment<T: Settings>(
    prefix: &str,
    environment: &Environment,
) -> Result<Vec<Setting>, Usage> {
    let place = |variable: &str| format!("the variable `{variable}`");
    let mode = format!("{prefix}MODE");
    let mode = environment.get(&mode).map(|value| Setting {
        place: place(&mode),
        name: "mode".to_owned(),
        value: value.clone(),
    });
    // Several settings as lines, like the flag that is repeated.
    let all = format!("{prefix}{}", T::NAME.to_ascii_uppercase());
    let lines = environment.get(&all).map_or("", String::as_str).lines();
    let lines = lines.map(|line| of_pair(&place(&all), line));
    let single = format!("{all}_");
    let singles = environment.0.iter().filter_map(|(variable, value)| {
        Some(Setting {
            place: place(variable),
            name: T::option(variable.strip_prefix(&single)?),
            value: value.clone(),
        })
    });
    let found = mode.into_iter().map(Ok).chain(lines);
    found.chain(singles.map(Ok)).collect()
}

/// Returns the settings of a table, which is the whole file or a route.
fn of_table<T: Settings>(place: &str, table: &Table) -> Result<Vec<Setting>, Usage> {
    let mut settings = Vec::new();
    if let Some(mode) = table.get("mode") {
        add(&mut settings, "the file", "mode", mode)?;
    }
    match table.get(T::NAME) {
        None => {}
        Some(Value::Table(table)) => {
            for (name, value) in table {
                add(&mut settings, place, name, value)?;
            }
        }
        // Like the flag that is repeated.
        Some(value) => {
            let pairs = file::texts(value).unwrap_or_default();
            for pair in pairs {
                settings.push(of_pair(place, &pair)?);
            }
        }
    }
    Ok(settings)
}

/// Adds a value, or the values of a table: TOML reads `linger.ms = 2` as one.
fn add(settings: &mut Vec<Setting>, place: &str, name: &str, value: &Value) -> Result<(), Usage> {
    if let Value::Table(table) = value {
        return table.iter().try_for_each(|(inner, value)| {
            add(settings, place, &format!("{name}.{inner}"), value)
        });
    }
    let texts = file::texts(value).unwrap_or_default();
    let [value] = texts.as_slice() else {
        return Err(Usage(format!(
            "{place}: `{name}` is not a single value; write a text, a number or a boolean"
        )));
    };
    settings.push(Setting {
        place: place.to_owned(),
        name: name.to_owned(),
        value: value.clone(),
    });
    Ok(())
}

/// Reads `KEY=VALUE`. The text is not part of the error, since it can be a secret.
fn of_pair(place: &str, pair: &str) -> Result<Setting, Usage> {
    let (name, value) = pair
        .split_once('=')
        .ok_or_else(|| Usage(format!("{place}: a setting has no `=`; write `KEY=VALUE`")))?;
    Ok(Setting {
        place: place.to_owned(),
        name: name.trim().to_owned(),
        value: value.to_owned(),
    })
}
