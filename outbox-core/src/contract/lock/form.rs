//! One recorded form of a payload.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::bare::bare_schema;
use super::canonical::say_the_same;
use crate::contract::alternatives::alternatives;
use crate::contract::payload_schema::Schemas;
use crate::contract::places::places_within;

/// The payload, as JSON Schemas without annotations.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Form {
    pub(crate) written: Value,
    /// The schema that is read, if it differs from the written one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    read: Option<Value>,
}

impl Form {
    pub(super) fn of(schemas: &Schemas) -> Self {
        let (written, read) = (bare_schema(&schemas.written), bare_schema(&schemas.read));
        Self {
            read: Some(read).filter(|read| *read != written),
            written,
        }
    }

    pub(crate) fn read(&self) -> &Value {
        self.read.as_ref().unwrap_or(&self.written)
    }

    /// Returns whether the two differ in words only, such as the names of types within them.
    pub(crate) fn says_the_same(&self, other: &Self) -> bool {
        say_the_same(&self.written, &other.written) && say_the_same(self.read(), other.read())
    }

    /// Returns the paths of all members, such as `items[].sku`.
    pub(crate) fn paths(&self) -> BTreeSet<String> {
        let mut paths = BTreeSet::new();
        for schema in [&self.written, self.read()] {
            collect_paths(schema, schema, "", 0, &mut paths);
        }
        paths
    }
}

/// The limits of a report, since a type that holds itself has endless paths.
const MOST_PATHS: usize = 500;
const DEEPEST: usize = 8;

fn collect_paths(
    schema: &Value,
    root: &Value,
    path: &str,
    depth: usize,
    paths: &mut BTreeSet<String>,
) {
    if depth > DEEPEST || paths.len() > MOST_PATHS {
        return;
    }
    for alternative in alternatives(schema, root) {
        for place in places_within(&alternative, path) {
            if paths.insert(place.path.clone()) {
                collect_paths(place.schema, root, &place.path, depth + 1, paths);
            }
        }
    }
}
