//! Finds the changes that break somebody.

use outbox_rules::major_version;
use serde_json::Value;

use super::Compatibility;
use super::remedy::Remedy;
use crate::contract::catalog::Catalog;
use crate::contract::fits::misfits;
use crate::contract::lock::{Form, Lock, Locked};
use crate::decode;

const READING_OLD: &str = "new code does not read old events (stored rows, retained records)";
const READING_NEW: &str = "old readers do not read new events";
const ROUTING: &str = "consumers that route by it will route differently";

const OLD_TOPIC: &str = "readers of the old topic get no new events";
const OTHER_KEY: &str = "events of one key lose their order across the change";
const OTHER_SUBJECT: &str = "the subject and the row's `aggregateid` change";

/// A change that breaks somebody.
#[derive(Debug, PartialEq)]
pub(super) struct Break {
    pub(super) event: String,
    /// The field; empty for the event as a whole.
    pub(super) path: String,
    pub(super) was: String,
    pub(super) is: String,
    pub(super) whom: Vec<&'static str>,
    pub(super) remedy: Remedy,
}

/// The current events beside the recorded ones.
pub(super) struct Change<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) current: &'a Lock,
    pub(super) recorded: &'a Lock,
    pub(super) compatibility: Compatibility,
}

impl Change<'_> {
    /// Returns the places where a new or changed event cannot read what it writes.
    pub(super) fn unreadable_events(&self) -> Vec<Break> {
        let mut breaks = Vec::new();
        for (event_type, major, is) in self.current.versions() {
            let was = self.recorded.version(event_type, major);
            let is_same = was.is_some_and(|was| was.newest.says_the_same(&is.newest));
            if is_same || !self.catalog.sends(event_type, major) {
                continue;
            }
            let mut add = |path, was, is_written, remedy| {
                breaks.push(Break {
                    event: format!("{event_type} {}", is.data_version),
                    path,
                    was,
                    is: is_written,
                    whom: vec!["the event cannot read what it writes"],
                    remedy,
                });
            };
            for misfit in misfits(&is.newest.written, is.newest.read()) {
                add(misfit.path, misfit.read, misfit.written, Remedy::MendSerde);
            }
            let versions = self.catalog.of_type(event_type);
            let version = versions.filter(|version| version.major() == major);
            for (path, value) in version.flat_map(|version| &version.schemas.unread) {
                let was = "a form that serde can read from its buffer".to_owned();
                add(path.clone(), was, (*value).to_owned(), Remedy::LeaveBuffer);
            }
        }
        breaks
    }

    /// Returns the rules that no schema has a place for, so that nobody would see them change. Rules that were
    /// recorded on purpose are known.
    pub(super) fn unplaced_rules(&self) -> Vec<Break> {
        let mut breaks = Vec::new();
        for (event_type, major, is) in self.current.versions() {
            let was = self.recorded.version(event_type, major);
            let is_known =
                |rule: &&String| was.is_some_and(|was| was.unplaced_rules.contains(*rule));
            let unknown = is.unplaced_rules.iter().filter(|rule| !is_known(rule));
            breaks.extend(unknown.map(|rule| {
                let (path, rule) = rule.split_once(": ").unwrap_or(("", rule));
                Break {
                    event: format!("{event_type} {}", is.data_version),
                    path: path.to_owned(),
                    was: "no place in the schema for the rule".to_owned(),
                    is: format!("`{rule}`"),
                    whom: vec![
                        "readers do not see the rule, and the gate does not notice when it changes",
                    ],
                    remedy: Remedy::PlaceRule,
                }
            }));
        }
        breaks
    }

    /// Returns the changes that break a recorded version.
    pub(super) fn breaks(&self) -> Vec<Break> {
        let mut breaks = Vec::new();
        for (event_type, major, was) in self.recorded.versions() {
            if !self.current.events.contains_key(event_type) {
                breaks.push(Break {
                    event: format!("{event_type} {}", was.data_version),
                    path: String::new(),
                    was: "an event".to_owned(),
                    is: "not in the catalogue".to_owned(),
                    whom: vec![
                        "readers will no longer receive it",
                        "stored events of it can no longer be read",
                    ],
                    remedy: Remedy::KeepEvent,
                });
                continue;
            }
            if let Some(is) = self.current.version(event_type, major) {
                let mut changes = VersionChanges {
                    event: format!("{event_type} {}", was.data_version),
                    breaks: Vec::new(),
                };
                let is_sent = self.catalog.sends(event_type, major);
                if is_sent {
                    changes.compare_routing(was, is);
                }
                let misfits = was
                    .forms()
                    .flat_map(|form| form_misfits(form, &is.newest, self.compatibility, is_sent));
                for (path, [was, is], whom) in misfits {
                    changes.add(&path, [&was, &is], whom, Remedy::NewMajorAfter(major));
                }
                breaks.extend(changes.breaks);
            }
            breaks.extend(self.missing_upcast(event_type, was));
        }
        breaks
    }

    /// Returns a break if the newest version cannot be made from this one, and the newest version is new or this
    /// one is gone.
    fn missing_upcast(&self, event_type: &str, was: &Locked) -> Option<Break> {
        let mut versions = self.catalog.of_type(event_type);
        let newest = versions.rfind(|event| event.is_sent)?;
        let is_new = self.recorded.version(event_type, newest.major()).is_none();
        let was_major = major_version(&was.data_version)?;
        let is_gone = self.current.version(event_type, was_major).is_none();
        if !self.compatibility.reads_old()
            || !(is_new || is_gone)
            || decode::reading_definition(&newest.definition, &was.data_version).is_some()
        {
            return None;
        }
        Some(Break {
            event: format!("{event_type} {}", was.data_version),
            path: String::new(),
            was: format!("read as version {}", was.data_version),
            is: format!(
                "version {} has no upcast from a version that reads it",
                newest.definition.data_version()
            ),
            whom: vec![READING_OLD],
            remedy: Remedy::Upcast,
        })
    }
}

/// The breaks of one version, each field once.
struct VersionChanges {
    event: String,
    breaks: Vec<Break>,
}

impl VersionChanges {
    /// Adds a break; a field with several breaks keeps the first description.
    fn add(&mut self, path: &str, [was, is]: [&str; 2], whom: &'static str, remedy: Remedy) {
        match self.breaks.iter_mut().find(|known| known.path == path) {
            Some(known) if known.whom.contains(&whom) => {}
            Some(known) => known.whom.push(whom),
            None => self.breaks.push(Break {
                event: self.event.clone(),
                path: path.to_owned(),
                was: was.to_owned(),
                is: is.to_owned(),
                whom: vec![whom],
                remedy,
            }),
        }
    }

    /// Compares the facts beside the payload.
    fn compare_routing(&mut self, was: &Locked, is: &Locked) {
        let mut compare = |what: &str, was: &str, is: &str, whom| {
            if was != is {
                self.add(what, [was, is], whom, Remedy::NewEventType);
            }
        };
        compare("the topic", &was.topic, &is.topic, OLD_TOPIC);
        compare("the partition key", &was.key, &is.key, OTHER_KEY);
        let (id, other_id) = (&was.aggregate_id, &is.aggregate_id);
        compare("the aggregate id", id, other_id, OTHER_SUBJECT);
        let (kind, other_kind) = (&was.aggregate_type, &is.aggregate_type);
        compare("the aggregate type", kind, other_kind, ROUTING);
        for name in was.extensions.difference(&is.extensions) {
            let path = format!("the extension `{name}`");
            let change = ["an attribute", "not there"];
            self.add(&path, change, ROUTING, Remedy::NewEventType);
        }
    }
}

/// Returns the places where one form does not fit another: the path, the old and the new form, and
/// whom it breaks.
pub(super) fn form_misfits(
    was: &Form,
    is: &Form,
    compatibility: Compatibility,
    is_sent: bool,
) -> impl Iterator<Item = (String, [String; 2], &'static str)> + use<> {
    let differ = !was.says_the_same(is);
    let compared = |is_asked: bool, written: &Value, read: &Value| {
        let misfits = (is_asked && differ).then(|| misfits(written, read));
        misfits.into_iter().flatten()
    };
    let backward = compared(compatibility.reads_old(), &was.written, is.read());
    let forward = compared(
        compatibility.reads_new() && is_sent,
        &is.written,
        was.read(),
    );
    let backward = backward.map(|misfit| (misfit.path, [misfit.written, misfit.read], READING_OLD));
    let forward = forward.map(|misfit| (misfit.path, [misfit.read, misfit.written], READING_NEW));
    backward.chain(forward)
}
