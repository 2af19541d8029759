//! The report of the gate.

use std::fmt::{self, Write as _};

use super::breaks::Break;
use crate::contract::lock::{Lock, Locked};

/// The reason why the events do not match the lock file. `Display` says all of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incompatible {
    message: String,
    is_breaking: bool,
}

impl Incompatible {
    pub(super) fn not_recorded(message: String) -> Self {
        Self {
            message,
            is_breaking: false,
        }
    }

    /// Refuses events that cannot read what they write.
    pub(super) fn refuse_unreadable(breaks: &[Break]) -> Result<(), Self> {
        Self::refuse(
            breaks,
            "an event cannot read what it writes",
            "if nobody reads it with this struct",
        )
    }

    /// Refuses rules that the schemas have no place for.
    pub(super) fn refuse_unplaced(breaks: &[Break]) -> Result<(), Self> {
        Self::refuse(
            breaks,
            "the schema of an event cannot express all of its rules",
            "if nobody needs to know the rule",
        )
    }

    /// Refuses changes that break somebody.
    pub(super) fn refuse_breaks(path: &str, breaks: &[Break]) -> Result<(), Self> {
        Self::refuse(
            breaks,
            &format!("the events are not compatible with {path}"),
            "if nothing is stored and nobody reads it",
        )
    }

    fn refuse(breaks: &[Break], head: &str, condition: &str) -> Result<(), Self> {
        if breaks.is_empty() {
            return Ok(());
        }
        let list = list_of_breaks(breaks);
        Err(Self {
            message: format!(
                "{head}\n{list}\n{condition}, record it with `OUTBOX_UPDATE=breaking cargo test`"
            ),
            is_breaking: true,
        })
    }

    /// Lists the compatible changes that are not in the file.
    pub(super) fn additions(path: &str, current: &Lock, recorded: &Lock) -> Self {
        let mut message =
            format!("the events are compatible with {path}, but the lock file is out of date\n\n");
        for (event_type, major, is) in current.versions() {
            let difference = match recorded.version(event_type, major) {
                Some(was) if was == is => continue,
                Some(was) => difference_in_words(was, is),
                None => "new event or version".to_owned(),
            };
            let _ = writeln!(message, "  {event_type} {}: {difference}", is.data_version);
        }
        Self::not_recorded(
            message + "\nrecord it with `OUTBOX_UPDATE=1 cargo test`, and commit the file",
        )
    }

    /// Returns whether a change breaks somebody; otherwise a change is not recorded, or the file cannot be read or
    /// written.
    #[must_use]
    pub fn is_breaking(&self) -> bool {
        self.is_breaking
    }
}

impl fmt::Display for Incompatible {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Incompatible {}

fn list_of_breaks(breaks: &[Break]) -> String {
    let mut list = String::new();
    let mut event = "";
    for one in breaks {
        if one.event != event {
            event = &one.event;
            let _ = write!(list, "\n{event}\n");
        }
        let name = match one.path.as_str() {
            "" => "the event",
            path => path,
        };
        let _ = write!(
            list,
            "  {name}\n    was: {}\n    is:  {}\n",
            one.was, one.is
        );
        for whom in &one.whom {
            let _ = writeln!(list, "    breaks: {whom}");
        }
        let _ = writeln!(list, "    remedy: {}", one.remedy);
    }
    list
}

fn difference_in_words(was: &Locked, is: &Locked) -> String {
    let (paths_before, paths) = (was.newest.paths(), is.newest.paths());
    let added: Vec<String> = paths
        .difference(&paths_before)
        .map(|path| format!("`{path}`"))
        .collect();
    if !added.is_empty() {
        return format!("added {}", added.join(", "));
    }
    if was.data_version != is.data_version {
        return format!("it was version {}", was.data_version);
    }
    if was.newest == is.newest {
        return "its topic, key, ids or extension attributes changed".to_owned();
    }
    "a member is no longer written, or is read in other forms than before".to_owned()
}
