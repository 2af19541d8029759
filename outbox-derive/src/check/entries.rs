//! The names that an attribute knows.

use crate::error::{Errors, err};
use crate::model::Entry;

/// The entries whose key is one of `names`, each once; what is unknown or stands twice is a mistake. A
/// key that is mistyped counts as the one that was meant, so that it is not missed as well.
pub(super) fn known<'a>(
    entries: &'a [Entry],
    names: &[&'static str],
    what: &str,
    place: &str,
    errors: &mut Errors,
) -> Vec<(&'static str, &'a Entry)> {
    let mut known: Vec<(&'static str, &Entry)> = Vec::new();
    for entry in entries {
        let key = entry.key.to_string();
        let Some(name) = names.iter().find(|name| key == **name) else {
            let is_missing = |name: &&&str| entries.iter().all(|entry| entry.key != **name);
            let meant = names
                .iter()
                .filter(is_missing)
                .find(|name| is_mistyped(&key, name));
            errors.push(unknown(entry, names, what, place, meant));
            known.extend(meant.map(|name| (*name, entry)));
            continue;
        };
        match known.iter().find(|(other, _)| other == name) {
            Some((_, first)) => {
                let message = format!("the {what} `{name}` stands twice; remove one");
                errors.push_both(&first.key, &entry.key, &message);
            }
            None => known.push((name, entry)),
        }
    }
    known
}

fn unknown(
    entry: &Entry,
    names: &[&str],
    what: &str,
    place: &str,
    meant: Option<&&str>,
) -> syn::Error {
    let key = &entry.key;
    let question = meant.map_or_else(String::new, |name| format!("did you mean `{name}`? "));
    let names = names.join("`, `");
    err!(
        key,
        "unknown {what} `{key}` in `{place}`; {question}the {what}s are `{names}`"
    )
}

/// Whether one or two letters were left out, added or changed (Levenshtein distance).
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
    distances[name.len()] <= 2 && name.len() > 3
}
