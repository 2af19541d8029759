//! The relays that a command is about: the one that the flags name, or the routes of the file.

use outbox_relay::Filter;

use crate::arguments::SinkOptions;
use crate::destination::{self, Destination};
use crate::file::File;
use crate::route::{self, Route};
use crate::settings::{Environment, Sources};
use crate::usage::Usage;

/// The relay name unless somebody sets one.
const MAIN: &str = "main";

/// A relay that can run.
pub(crate) struct Plan {
    /// The relay name.
    pub(crate) name: String,
    pub(crate) is_route: bool,
    pub(crate) sink: Destination,
    pub(crate) filter: Filter,
}

impl Plan {
    fn of_sink(sink: &str, name: Option<&str>, sources: Sources<'_>) -> Result<Self, Usage> {
        Ok(Self {
            name: name.unwrap_or(MAIN).to_owned(),
            is_route: false,
            sink: Destination::open(sink, sources)?,
            filter: Filter::default(),
        })
    }

    fn of_route(route: &Route, sources: Sources<'_>) -> Result<Self, Usage> {
        let sources = Sources {
            route: Some(route),
            ..sources
        };
        let within = |Usage(error)| Usage(format!("the route `{}`: {error}", route.name));
        let open = |sink: String| {
            route.check_kind(destination::kind(&sink), sources.environment)?;
            Destination::open(&sink, sources)
        };
        let sink = route.sink(sources.environment).map_err(Usage);
        Ok(Self {
            name: route.name.clone(),
            is_route: true,
            sink: sink.and_then(open).map_err(within)?,
            filter: route.filter.clone(),
        })
    }

    /// Returns the sink as messages name it.
    pub(crate) fn shown(&self) -> String {
        if self.is_route {
            format!("the sink of the route `{}`", self.name)
        } else {
            "the sink".to_owned()
        }
    }
}

impl File {
    /// Returns the relays of a sink and a name: the one of the flags, the route of this name, or all routes. Without a
    /// sink and routes there are none.
    pub(crate) fn plans(
        &self,
        sink: Option<&str>,
        flags: &SinkOptions,
        name: Option<&str>,
    ) -> Result<Vec<Plan>, Usage> {
        self.plans_of(sink, flags, name, false)
    }

    fn plans_of(
        &self,
        sink: Option<&str>,
        flags: &SinkOptions,
        name: Option<&str>,
        is_replay: bool,
    ) -> Result<Vec<Plan>, Usage> {
        let sources = Sources {
            file: &self.settings,
            environment: &Environment::read(),
            flags,
            route: None,
            is_replay,
        };
        if self.routes.is_empty() {
            let plan = sink.map(|sink| Plan::of_sink(sink, name, sources));
            return plan.into_iter().collect();
        }
        if sink.is_some() {
            return Err(Usage(
                "the file has routes, and `--sink` (or `OUTBOX_RELAY_SINK`, or `sink` in the file) names one more sink; leave one of them out".to_owned(),
            ));
        }
        route::check(&self.routes, sources.environment)?;
        let routes = match name {
            Some(name) => vec![self.route(name)?],
            None => self.routes.iter().collect(),
        };
        let plans = routes
            .into_iter()
            .map(|route| Plan::of_route(route, sources));
        let plans: Vec<Plan> = plans.collect::<Result<_, _>>()?;
        let is_stdout = |plan: &&Plan| matches!(plan.sink, Destination::Stdout(_));
        if plans.iter().filter(is_stdout).count() > 1 {
            return Err(Usage(
                "two routes have the sink `stdout`, where their lines would mix; give one of them another sink, or run it alone with `--name`".to_owned(),
            ));
        }
        Ok(plans)
    }

    /// Returns the relay whose events are sent again.
    pub(crate) fn replay_plan(
        &self,
        sink: Option<&str>,
        flags: &SinkOptions,
        name: Option<&str>,
    ) -> Result<Plan, Usage> {
        if !self.routes.is_empty() && sink.is_none() {
            self.name(name)?;
        }
        let mut plans = self.plans_of(sink, flags, name, true)?;
        plans
            .pop()
            .ok_or_else(|| Usage("there is no sink; write `--sink SINK`".to_owned()))
    }

    /// Returns the relay names that a command shows: the given one, those of all routes, or `main`.
    pub(crate) fn names<'a>(&'a self, name: Option<&'a str>) -> Vec<&'a str> {
        match name {
            Some(name) => vec![name],
            None if self.routes.is_empty() => vec![MAIN],
            None => self.routes.iter().map(|route| &*route.name).collect(),
        }
    }

    /// Returns the relay name of a command that is about a single one.
    pub(crate) fn name<'a>(&'a self, name: Option<&'a str>) -> Result<&'a str, Usage> {
        match self.names(name)[..] {
            [name] => Ok(name),
            _ => Err(Usage(format!(
                "the file has several routes, and this command is about one; write `--name` with one of {}",
                self.shown_names()
            ))),
        }
    }

    fn route(&self, name: &str) -> Result<&Route, Usage> {
        let route = self.routes.iter().find(|route| route.name == name);
        route.ok_or_else(|| {
            Usage(format!(
                "the file has no route `{name}`; write `--name` with one of {}",
                self.shown_names()
            ))
        })
    }

    fn shown_names(&self) -> String {
        let names: Vec<_> = self.routes.iter().map(|route| &*route.name).collect();
        format!("`{}`", names.join("`, `"))
    }
}
