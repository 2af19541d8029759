//! The contract that others rely on, as the lock file records it.

mod bare;
mod canonical;
mod file;
mod form;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::catalog::Catalog;
use super::entry::Event;

pub(super) use form::Form;

/// The version of the file's own format.
const FORMAT: u32 = 1;

/// A record of every event by its type, and of its versions by their majors.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Lock {
    format: u32,
    pub(super) events: BTreeMap<String, BTreeMap<u32, Locked>>,
}

/// A record of what others rely on in one major version of one event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Locked {
    pub(super) data_version: String,
    pub(super) aggregate_type: String,
    pub(super) aggregate_id: String,
    pub(super) topic: String,
    pub(super) key: String,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(super) extensions: BTreeSet<String>,
    /// The rules that the schemas have no place for.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(super) unplaced_rules: BTreeSet<String>,
    #[serde(flatten)]
    pub(super) newest: Form,
    /// The forms that were recorded before, the oldest first: stored events and deployed readers may still have them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    earlier: Vec<Form>,
}

impl Default for Lock {
    fn default() -> Self {
        Self {
            format: FORMAT,
            events: BTreeMap::new(),
        }
    }
}

impl Lock {
    pub(super) fn of(catalog: &Catalog) -> Self {
        let mut lock = Self::default();
        for event in &catalog.events {
            let event_type = event.definition.event_type().to_owned();
            let versions = lock.events.entry(event_type).or_default();
            versions.insert(event.major(), Locked::of(event));
        }
        lock
    }

    /// Adds the forms that were recorded before: an equivalent form stays as it was, and an earlier form that still
    /// fits is kept.
    pub(super) fn with_forms_of(
        mut self,
        recorded: &Self,
        fits: impl Fn(&str, u32, &Form, &Form) -> bool,
    ) -> Self {
        for (event_type, versions) in &mut self.events {
            for (&major, locked) in versions {
                if let Some(older) = recorded.version(event_type, major) {
                    locked.remember(older, |was, is| fits(event_type, major, was, is));
                }
            }
        }
        self
    }

    /// Adds the recorded versions that are gone.
    pub(super) fn with_versions_of(mut self, recorded: &Self) -> Self {
        for (event_type, major, locked) in recorded.versions() {
            let versions = self.events.entry(event_type.to_owned()).or_default();
            versions.entry(major).or_insert_with(|| locked.clone());
        }
        self
    }

    /// Returns every version of every event: the event type, the major and what was locked.
    pub(super) fn versions(&self) -> impl Iterator<Item = (&str, u32, &Locked)> {
        self.events.iter().flat_map(|(event_type, versions)| {
            versions
                .iter()
                .map(|(major, locked)| (event_type.as_str(), *major, locked))
        })
    }

    pub(super) fn version(&self, event_type: &str, major: u32) -> Option<&Locked> {
        self.events.get(event_type)?.get(&major)
    }
}

impl Locked {
    fn of(event: &Event) -> Self {
        let definition = &event.definition;
        Self {
            data_version: definition.data_version().to_owned(),
            aggregate_type: definition.aggregate_type().to_owned(),
            aggregate_id: event.facts.aggregate_id.unwrap_or("computed").to_owned(),
            topic: definition.topic_or_default().into_owned(),
            key: event.key_in_words(),
            extensions: event
                .facts
                .extensions
                .iter()
                .map(|&name| name.to_owned())
                .collect(),
            unplaced_rules: event.schemas.unplaced.clone(),
            newest: Form::of(&event.schemas),
            earlier: Vec::new(),
        }
    }

    /// Returns every form that was recorded, the oldest first.
    pub(super) fn forms(&self) -> impl Iterator<Item = &Form> {
        self.earlier.iter().chain([&self.newest])
    }

    fn remember(&mut self, older: &Self, fits: impl Fn(&Form, &Form) -> bool) {
        if self.newest.says_the_same(&older.newest) {
            self.newest = older.newest.clone();
        }
        for form in older.forms() {
            let is_known = self.forms().any(|known| known.says_the_same(form));
            if !is_known && fits(form, &self.newest) {
                self.earlier.push(form.clone());
            }
        }
    }
}
