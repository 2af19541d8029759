//! The environment variables of routes: `OUTBOX_RELAY_ROUTE_`, the name of the route, and what they set.

use super::Route;
use crate::settings::{Environment, KINDS};
use crate::usage::Usage;

/// The beginning of the variables of all routes.
const ALL: &str = "OUTBOX_RELAY_ROUTE_";

impl Route {
    /// Returns the beginning of the environment variables of this route, such as `OUTBOX_RELAY_ROUTE_BILLING_`.
    pub(crate) fn prefix(&self) -> String {
        let of_variable = |c: char| match c {
            c if c.is_ascii_alphanumeric() => c.to_ascii_uppercase(),
            _ => '_',
        };
        let name: String = self.name.chars().map(of_variable).collect();
        format!("{ALL}{name}_")
    }

    /// Returns `true` if a variable of the other route can be one of this route too.
    pub(super) fn has_variables_of(&self, other: &Self) -> bool {
        let (prefix, other) = (self.prefix(), other.prefix());
        let is_setting = |kind: &&str| {
            let settings = other.strip_prefix(&prefix);
            settings.is_some_and(|rest| rest.starts_with(&format!("{}_", kind.to_uppercase())))
        };
        prefix == other || KINDS.iter().any(is_setting)
    }

    /// Returns a variable with a setting of this kind of sink, if there is one.
    fn variable<'a>(&self, kind: &str, environment: &'a Environment) -> Option<&'a str> {
        let prefix = self.prefix();
        let mut names = environment.names();
        names.find(|name| {
            let rest = name.strip_prefix(&prefix);
            rest.is_some_and(|rest| is_of(kind, rest))
        })
    }

    /// Checks that the route has settings of no other kind of sink than its own.
    pub(crate) fn check_kind(
        &self,
        own: Option<&str>,
        environment: &Environment,
    ) -> Result<(), Usage> {
        for kind in KINDS.into_iter().filter(|kind| Some(*kind) != own) {
            let in_file = self.settings.contains_key(kind);
            let table = in_file.then(|| format!("[route.{kind}]"));
            let variable = || self.variable(kind, environment).map(str::to_owned);
            if let Some(place) = table.or_else(variable) {
                return Err(Usage(format!(
                    "`{place}` has settings of another kind of sink; leave it out"
                )));
            }
        }
        Ok(())
    }
}

/// Checks that each variable of a route is one that a route of the file reads. A secret with a wrong name would
/// otherwise be missing without a word.
pub(crate) fn check(routes: &[Route], environment: &Environment) -> Result<(), Usage> {
    for variable in environment.names().filter(|name| name.starts_with(ALL)) {
        let mut found = routes.iter().filter_map(|route| {
            let rest = variable.strip_prefix(&route.prefix())?;
            Some((route, rest))
        });
        let is_known = |rest: &str| {
            matches!(rest, "SINK" | "MODE") || KINDS.iter().any(|kind| is_of(kind, rest))
        };
        if found.any(|(_, rest)| is_known(rest)) {
            continue;
        }
        let names: Vec<_> = routes.iter().map(|route| &*route.name).collect();
        return Err(Usage(format!(
            "the variable `{variable}` sets nothing; write `{ALL}NAME_` with the name of a route in capitals (`{}`), and `SINK`, `MODE`, or a setting of its sink such as `HTTP_TIMEOUT`",
            names.join("`, `")
        )));
    }
    Ok(())
}

/// Returns `true` if the rest of a variable is a setting of this kind of sink, or several of them.
fn is_of(kind: &str, rest: &str) -> bool {
    let rest = rest.strip_prefix(&kind.to_uppercase());
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
}
