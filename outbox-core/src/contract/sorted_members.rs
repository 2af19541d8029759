//! One order of members, whichever features of `serde_json` another crate turns on.

use std::collections::BTreeMap;

use serde_json::Value;

/// Sorts the members of every object by their names. With `preserve_order`, `serde_json` keeps the order in which
/// they were added.
pub(super) fn sort_members(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.values_mut().for_each(sort_members);
            let sorted: BTreeMap<String, Value> = std::mem::take(members).into_iter().collect();
            members.extend(sorted);
        }
        Value::Array(values) => values.iter_mut().for_each(sort_members),
        _ => {}
    }
}
