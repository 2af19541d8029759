//! The gate: the effect of a change on everybody who relies on the events.

mod breaks;
mod remedy;
mod report;

use std::io;
use std::path::Path;

use super::catalog::Catalog;
use super::lock::{Form, Lock};
use crate::recorded::{self, Update};
use breaks::{Change, form_misfits};

pub use report::Incompatible;

/// The readers that a change must not break, within one major version of the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Compatibility {
    /// Both directions.
    #[default]
    Full,
    /// New code reads old events: rows in outbox tables, records in topics. For teams that deploy readers before
    /// writers.
    Backward,
    /// Old readers read new events. For teams that deploy writers before readers.
    Forward,
}

impl Compatibility {
    fn reads_old(self) -> bool {
        self != Self::Forward
    }

    fn reads_new(self) -> bool {
        self != Self::Backward
    }
}

/// Checks as [`assert_compatible_with`] does, in both directions: [`Compatibility::Full`].
///
/// One line in a test guards the contract:
///
/// ```no_run
/// # use outbox_core::OutboxEvent;
/// # use outbox_core::contract::{Catalog, assert_compatible};
/// # #[derive(serde::Serialize, schemars::JsonSchema, OutboxEvent)]
/// # #[outbox(event_type = "com.example.invite.created", source = "/invites")]
/// # struct InviteCreated { #[aggregate_id] invite_id: String }
/// let catalog = Catalog::new("Invites", "1.0.0").with::<InviteCreated>();
/// assert_compatible(&catalog, "events.lock.json");
/// ```
///
/// # Panics
///
/// Panics as [`assert_compatible_with`] does.
#[track_caller]
pub fn assert_compatible(catalog: &Catalog, path: impl AsRef<Path>) {
    assert_compatible_with(catalog, path, Compatibility::Full);
}

/// Checks that the events are compatible with the lock file, and that the file is up to date.
///
/// Keep the file with the code. A relative path starts at the folder of the package, where Cargo runs
/// tests. The environment variable `OUTBOX_UPDATE` decides what is written to the file:
///
/// | `OUTBOX_UPDATE` | what happens |
/// |---|---|
/// | not set | nothing is written; a change that is not in the file is an error, even if it breaks nobody |
/// | `1` | the file is created, and additions and new major versions are recorded; a breaking change is an error |
/// | `breaking` | every change is recorded; earlier schemas that it breaks are removed |
///
/// A file that was recorded for one direction may have schemas that another direction refuses.
///
/// # Panics
///
/// Panics if a change breaks somebody or is not recorded, or if the file cannot be read or written. The
/// message names each field, its old and new form, whom the change breaks, and the remedy.
#[track_caller]
pub fn assert_compatible_with(
    catalog: &Catalog,
    path: impl AsRef<Path>,
    compatibility: Compatibility,
) {
    let verdict = Update::of_environment()
        .map_err(Incompatible::not_recorded)
        .and_then(|update| check_compatible(catalog, path, compatibility, update));
    if let Err(error) = verdict {
        panic!("{error}");
    }
}

/// Checks as [`assert_compatible_with`] does, for a program: the argument `update` replaces the environment
/// variable, and a failure is an error.
///
/// # Errors
///
/// [`Incompatible`] says which change breaks whom, or is not recorded, or why the file cannot be read or written.
pub fn check_compatible(
    catalog: &Catalog,
    path: impl AsRef<Path>,
    compatibility: Compatibility,
    update: Update,
) -> Result<(), Incompatible> {
    let path = path.as_ref();
    let shown = path.display().to_string();
    let failed = |error: io::Error| Incompatible::not_recorded(format!("{shown}: {error}"));
    let stored = Lock::load(path).map_err(failed)?;
    let is_stored = stored.is_some();
    if !is_stored && update == Update::Nothing {
        return Err(Incompatible::not_recorded(recorded::not_there(path)));
    }
    let recorded = stored.unwrap_or_default();
    let mut current = Lock::of(catalog);
    if update != Update::Everything {
        let change = Change {
            catalog,
            current: &current,
            recorded: &recorded,
            compatibility,
        };
        Incompatible::refuse_unplaced(&change.unplaced_rules())?;
        Incompatible::refuse_unreadable(&change.unreadable_events())?;
        Incompatible::refuse_breaks(&shown, &change.breaks())?;
    }
    current = current.with_forms_of(&recorded, |event_type, major, was: &Form, is: &Form| {
        let is_sent = catalog.sends(event_type, major);
        let mut misfits = form_misfits(was, is, compatibility, is_sent);
        misfits.next().is_none()
    });
    if update != Update::Everything {
        current = current.with_versions_of(&recorded);
    }
    if update == Update::Nothing && current != recorded {
        return Err(Incompatible::additions(&shown, &current, &recorded));
    }
    // An up-to-date file is not written again.
    if is_stored && current == recorded {
        return Ok(());
    }
    current.store(path).map_err(failed)
}
