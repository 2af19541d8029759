//! The names that an attribute knows.

use syn::Expr;

use crate::entries::{Entry, EntryValue};
use crate::mistakes::{Errors, err};

pub(super) struct Vocabulary {
    /// The noun for the names, such as `key`.
    pub(super) what: &'static str,
    /// The place of the names, such as `#[outbox(...)]`.
    pub(super) place: &'static str,
    pub(super) names: &'static [&'static str],
    /// The name that may appear more than once.
    pub(super) repeatable: Option<&'static str>,
    /// Other words for the names, each with the name that is meant.
    pub(super) synonyms: &'static [(&'static str, &'static str)],
    /// The names that belong elsewhere, and the remark about them.
    pub(super) elsewhere: &'static [(&'static [&'static str], &'static str)],
}

impl Vocabulary {
    /// Finds the entries whose key is one of the names, each once; an unknown or duplicate key is a mistake. A
    /// mistyped key counts as the one that was meant, so that it is not reported as missing too.
    pub(super) fn find<'a>(&self, entries: &'a [Entry], errors: &mut Errors) -> KnownEntries<'a> {
        let mut known: Vec<(&'static str, &Entry)> = Vec::new();
        for entry in entries {
            let key = entry.key.to_string();
            let Some(name) = self.names.iter().find(|name| key == **name) else {
                let meant = self.meant_name(&key, entries);
                errors.push(self.unknown_key(entry, meant));
                known.extend(meant.map(|name| (name, entry)));
                continue;
            };
            let is_once = self.repeatable != Some(name);
            match known.iter().find(|(other, _)| is_once && other == name) {
                Some((_, first)) => {
                    let message = format!("duplicate {} `{name}`; remove one", self.what);
                    errors.push_both(&first.key, &entry.key, &message);
                }
                None => known.push((name, entry)),
            }
        }
        KnownEntries(known)
    }

    /// Returns the name that the key misspells.
    fn meant_name(&self, key: &str, entries: &[Entry]) -> Option<&'static str> {
        if self.remark_elsewhere(key).is_some() {
            return None;
        }
        let is_missing = |name: &&str| entries.iter().all(|entry| entry.key != *name);
        let mut synonyms = self.synonyms.iter();
        let meant = synonyms.find_map(|(word, name)| (*word == key).then_some(*name));
        let names = meant.into_iter().chain(self.names.iter().copied());
        names
            .filter(is_missing)
            .find(|name| meant == Some(name) || is_mistyped(key, name))
    }

    fn unknown_key(&self, entry: &Entry, meant: Option<&str>) -> syn::Error {
        let (key, what, place) = (&entry.key, self.what, self.place);
        if let Some(remark) = self.remark_elsewhere(&key.to_string()) {
            return err!(key, "`{key}` {remark}");
        }
        let remedy = match (meant, self.names) {
            (Some(name), _) => format!("did you mean `{name}`?"),
            (None, [name]) => format!("the only {what} is `{name}`"),
            (None, names) => format!("the {what}s are `{}`", names.join("`, `")),
        };
        err!(key, "unknown {what} `{key}` in `{place}`; {remedy}")
    }

    fn remark_elsewhere(&self, key: &str) -> Option<&'static str> {
        self.elsewhere
            .iter()
            .find(|(names, _)| names.contains(&key))
            .map(|(_, remark)| *remark)
    }
}

/// The entries that a vocabulary knows, by their names.
#[derive(Default)]
pub(super) struct KnownEntries<'a>(Vec<(&'static str, &'a Entry)>);

impl<'a> KnownEntries<'a> {
    pub(super) fn iter(&self) -> impl Iterator<Item = (&'static str, &'a Entry)> {
        self.0.iter().copied()
    }

    /// Returns whether one of these names is required and none is given.
    pub(super) fn has_none_of(&self, names: &[&str]) -> bool {
        !names.is_empty() && names.iter().all(|name| self.get(name).is_none())
    }

    pub(super) fn get(&self, name: &str) -> Option<&'a Entry> {
        self.0
            .iter()
            .find(|(other, _)| *other == name)
            .map(|(_, entry)| *entry)
    }

    /// Returns the entry's value; an entry without a value is a mistake.
    pub(super) fn expression(&self, name: &str, errors: &mut Errors) -> Option<Expr> {
        let entry = self.get(name)?;
        if let EntryValue::Expr(value) = &entry.value {
            return Some(value.clone());
        }
        errors.push(err!(entry, "`{name}` needs a value; write `{name} = 1`"));
        None
    }

    /// Refuses two entries that exclude each other, each at its own place.
    pub(super) fn exclude(&self, one: &str, other: &str, message: &str, errors: &mut Errors) {
        if let (Some(one), Some(other)) = (self.get(one), self.get(other)) {
            errors.push_both(one, other, message);
        }
    }
}

/// Returns whether the key is two edits away from the name, or one from a name of three letters (Levenshtein
/// distance).
pub(super) fn is_mistyped(key: &str, name: &str) -> bool {
    let mut distances: Vec<usize> = (0..=name.len()).collect();
    for (i, typed) in key.bytes().enumerate() {
        let mut diagonal = i;
        distances[0] = i + 1;
        for (j, meant) in name.bytes().enumerate() {
            let changed = diagonal + usize::from(typed != meant);
            diagonal = distances[j + 1];
            distances[j + 1] = changed.min(diagonal + 1).min(distances[j] + 1);
        }
    }
    match name.len() {
        0..=2 => false,
        3 => distances[3] <= 1,
        length => distances[length] <= 2,
    }
}
