//! The names that an attribute knows.

use crate::error::{Errors, err};
use crate::model::Entry;

pub(super) struct Vocabulary {
    /// What the names are, such as `key`.
    pub(super) what: &'static str,
    /// Where they stand.
    pub(super) place: &'static str,
    pub(super) names: &'static [&'static str],
    /// The name that may stand more than once.
    pub(super) repeatable: Option<&'static str>,
    /// The names of other places, and what to say of them.
    pub(super) elsewhere: &'static [(&'static [&'static str], &'static str)],
}

impl Vocabulary {
    /// The entries whose key is one of the names, each once; what is unknown or stands twice is a
    /// mistake. A key that is mistyped counts as the one that was meant, so that it is not missed as
    /// well.
    pub(super) fn find<'a>(
        &self,
        entries: &'a [Entry],
        errors: &mut Errors,
    ) -> Vec<(&'static str, &'a Entry)> {
        let mut known: Vec<(&'static str, &Entry)> = Vec::new();
        for entry in entries {
            let key = entry.key.to_string();
            let Some(name) = self.names.iter().find(|name| key == **name) else {
                let meant = self.meant(&key, entries);
                errors.push(self.unknown(entry, meant));
                known.extend(meant.map(|name| (name, entry)));
                continue;
            };
            let is_once = self.repeatable != Some(name);
            match known.iter().find(|(other, _)| is_once && other == name) {
                Some((_, first)) => {
                    let message = format!("the {} `{name}` stands twice; remove one", self.what);
                    errors.push_both(&first.key, &entry.key, &message);
                }
                None => known.push((name, entry)),
            }
        }
        known
    }

    /// The name of which this is a misspelling.
    fn meant(&self, key: &str, entries: &[Entry]) -> Option<&'static str> {
        if self.elsewhere(key).is_some() {
            return None;
        }
        let is_missing = |name: &&str| entries.iter().all(|entry| entry.key != *name);
        self.names
            .iter()
            .copied()
            .filter(is_missing)
            .find(|name| is_mistyped(key, name))
    }

    fn unknown(&self, entry: &Entry, meant: Option<&str>) -> syn::Error {
        let (key, what, place) = (&entry.key, self.what, self.place);
        if let Some(remark) = self.elsewhere(&key.to_string()) {
            return err!(key, "`{key}` {remark}");
        }
        let remedy = match (meant, self.names) {
            (Some(name), _) => format!("did you mean `{name}`?"),
            (None, [name]) => format!("the only {what} is `{name}`"),
            (None, names) => format!("the {what}s are `{}`", names.join("`, `")),
        };
        err!(key, "unknown {what} `{key}` in `{place}`; {remedy}")
    }

    fn elsewhere(&self, key: &str) -> Option<&'static str> {
        self.elsewhere
            .iter()
            .find(|(names, _)| names.contains(&key))
            .map(|(_, remark)| *remark)
    }
}

/// Returns whether one or two letters, or one of three, were left out, added or changed (Levenshtein distance).
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
