//! The routes of the file: `[[route]]`.

mod variables;

use outbox_relay::{Filter, Pattern};
use toml::{Table, Value};

use crate::file;
use crate::settings::{Environment, KINDS};

pub(crate) use variables::check;

/// The keys of a route, beside the tables of its sink.
const KEYS: [&str; 5] = ["name", "sink", "types", "topics", "mode"];

/// A relay of its own, for some of the events.
#[derive(Debug)]
pub(crate) struct Route {
    /// The relay name.
    pub(crate) name: String,
    /// The sink, unless the environment has it.
    sink: Option<String>,
    pub(crate) filter: Filter,
    /// The rest of its table: the mode and the settings of its sink.
    pub(crate) settings: Table,
}

/// Reads the routes of the file.
pub(crate) fn read(value: Value) -> Result<Vec<Route>, String> {
    let Value::Array(tables) = value else {
        return Err("`route` is not a list of tables; write `[[route]]`".to_owned());
    };
    if tables.is_empty() {
        return Err("`route` is an empty list; write `[[route]]`, or leave it out".to_owned());
    }
    let mut routes = Vec::<Route>::new();
    for table in tables {
        let Value::Table(table) = table else {
            return Err("a route is not a table; write `[[route]]`".to_owned());
        };
        let route = Route::read(table)?;
        let is_shared =
            |other: &&Route| other.has_variables_of(&route) || route.has_variables_of(other);
        if let Some(other) = routes.iter().find(is_shared) {
            let (other, name) = (&other.name, &route.name);
            return Err(if other == name {
                format!("two routes have the name `{name}`; each needs one of its own")
            } else {
                format!(
                    "the routes `{other}` and `{name}` have the same environment variables; let their names differ in more than case and punctuation, and in more than the kind of a sink at the end"
                )
            });
        }
        routes.push(route);
    }
    Ok(routes)
}

impl Route {
    fn read(mut table: Table) -> Result<Self, String> {
        let name = match table.remove("name") {
            Some(Value::String(name)) if !name.is_empty() => name,
            Some(_) => return Err("the `name` of a route is not a text; write `name = \"...\"`".to_owned()),
            None => return Err("a route has no `name`; write `name = \"...\"`, the relay name that keeps its progress".to_owned()),
        };
        let within = |error: String| format!("the route `{name}`: {error}");
        let sink = match table.remove("sink") {
            Some(Value::String(sink)) => Some(sink),
            Some(_) => return Err(within("`sink` is not a text".to_owned())),
            None => None,
        };
        let mut filter = Filter::default();
        for pattern in patterns(&mut table, "types").map_err(within)? {
            filter = filter.with_type(pattern);
        }
        for pattern in patterns(&mut table, "topics").map_err(within)? {
            filter = filter.with_topic(pattern);
        }
        let is_known = |key: &&String| key.as_str() == "mode" || KINDS.contains(&key.as_str());
        if let Some(unknown) = table.keys().find(|key| !is_known(key)) {
            let known = [&KEYS[..], &KINDS].concat().join("`, `");
            return Err(within(format!(
                "there is no setting `{unknown}`; it has `{known}`"
            )));
        }
        Ok(Self {
            name,
            sink,
            filter,
            settings: table,
        })
    }

    /// Returns the sink, where the environment beats the file.
    pub(crate) fn sink(&self, environment: &Environment) -> Result<String, String> {
        let variable = format!("{}SINK", self.prefix());
        let sink = environment.get(&variable).or(self.sink.as_ref());
        sink.cloned()
            .ok_or_else(|| format!("there is no sink; write `sink = \"...\"`, or set `{variable}`"))
    }
}

/// Takes a list of patterns out of a table.
fn patterns(table: &mut Table, key: &str) -> Result<Vec<Pattern>, String> {
    let Some(value) = table.remove(key) else {
        return Ok(Vec::new());
    };
    let texts = file::texts(&value).filter(|texts| !texts.is_empty());
    let texts = texts.ok_or_else(|| {
        format!("`{key}` has no patterns; write `{key} = [\"com.example.*\"]`, or leave it out")
    })?;
    let patterns = texts.iter().map(|text| text.parse::<Pattern>());
    let patterns: Result<_, _> = patterns.collect();
    patterns.map_err(|error| format!("`{key}`: {error}"))
}
