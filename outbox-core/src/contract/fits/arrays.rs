//! Lists, sets and tuples.

use serde_json::Value;

use super::intervals::size_fits;
use super::{ANYTHING, Comparison, Misfit};
use crate::contract::alternatives::Alternative;

impl Comparison<'_> {
    pub(super) fn compare_arrays(
        &mut self,
        written: &Alternative,
        read: &Alternative,
        path: &str,
    ) -> Vec<Misfit> {
        let is_set = |schema: &Alternative| schema.get("uniqueItems") == Some(&Value::Bool(true));
        if !size_fits(written, read, "Items") || (is_set(read) && !is_set(written)) {
            return Misfit::of_alternatives(path, written, read);
        }
        let (written_prefix, written_rest) = elements(written);
        let (read_prefix, read_rest) = elements(read);
        let mut misfits = Vec::new();
        for position in 0..written_prefix.len().max(read_prefix.len()) {
            let one = written_prefix.get(position).unwrap_or(written_rest);
            let other = read_prefix.get(position).unwrap_or(read_rest);
            misfits.extend(self.compare_schemas(one, other, &format!("{path}[{position}]")));
        }
        if written_prefix.is_empty() || *written_rest != ANYTHING {
            misfits.extend(self.compare_schemas(written_rest, read_rest, &format!("{path}[]")));
        }
        misfits
    }
}

/// Returns the schemas of the first elements, which a tuple has, and the schema of all others.
fn elements(array: &Alternative) -> (&[Value], &Value) {
    let prefix = array.get("prefixItems").and_then(Value::as_array);
    (
        prefix.map_or(&[], Vec::as_slice),
        array.get("items").unwrap_or(&ANYTHING),
    )
}
