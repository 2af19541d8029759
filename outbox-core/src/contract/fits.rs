//! Compares the schema that one version writes with the schema that another version reads.
//!
//! A writer may write everything that its schema allows, but no member that the schema does not name. A reader
//! ignores unknown members unless its schema refuses them. A case that this module cannot decide counts as a
//! misfit.

mod arrays;
mod intervals;
mod keywords;
mod objects;
mod patterns;
#[cfg(test)]
mod tests;

use serde_json::Value;

use super::alternatives::{Alternative, alternatives, text_keyword};
use super::variants::{are_both_variants, are_different_variants};
use super::words::{alternative_in_words, alternatives_in_words};
use intervals::number_fits;
use keywords::{admits_constant, other_keywords_fit, text_fits, type_fits};

/// The schema that allows every value.
static ANYTHING: Value = Value::Bool(true);

/// A place where a written value cannot be read.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Misfit {
    /// The path, such as `items[].sku`; empty for the payload as a whole.
    pub(super) path: String,
    pub(super) written: String,
    pub(super) read: String,
}

impl Misfit {
    fn new(path: &str, written: String, read: String) -> Self {
        Self {
            path: path.to_owned(),
            written,
            read,
        }
    }

    fn of_alternatives(path: &str, written: &Alternative, read: &Alternative) -> Vec<Self> {
        let (written, read) = (alternative_in_words(written), alternative_in_words(read));
        vec![Self::new(path, written, read)]
    }
}

/// Returns the places where the written schema does not fit the read one.
pub(super) fn misfits(written: &Value, read: &Value) -> Vec<Misfit> {
    let mut comparison = Comparison {
        written,
        read,
        fitting: Vec::new(),
    };
    comparison.compare_schemas(written, read, "")
}

/// Returns whether a schema fits another one; beside each is the root that has its definitions.
pub(super) fn fits_within(written: [&Value; 2], read: [&Value; 2]) -> bool {
    let mut comparison = Comparison {
        written: written[1],
        read: read[1],
        fitting: Vec::new(),
    };
    let misfits = comparison.compare_schemas(written[0], read[0], "");
    misfits.is_empty()
}

/// A comparison of two root schemas, with what it knows so far.
struct Comparison<'a> {
    written: &'a Value,
    read: &'a Value,
    /// The pairs that fit, or are being compared: a type may hold itself. Their misfits are reported where they are
    /// compared.
    fitting: Vec<(Value, Value)>,
}

impl Comparison<'_> {
    /// Compares two schemas at `path`.
    fn compare_schemas(&mut self, written: &Value, read: &Value, path: &str) -> Vec<Misfit> {
        let pair = (written.clone(), read.clone());
        if self.fitting.contains(&pair) {
            return Vec::new();
        }
        self.fitting.push(pair);
        let written = alternatives(written, self.written);
        let read = alternatives(read, self.read);
        let mut misfits: Vec<Misfit> = Vec::new();
        for one in &written {
            for misfit in self.compare_with_each(one, &read, &written, path) {
                if !misfits.contains(&misfit) {
                    misfits.push(misfit);
                }
            }
        }
        misfits
    }

    /// Finds an alternative that reads this one, or returns the misfits of the nearest.
    fn compare_with_each(
        &mut self,
        written: &Alternative,
        read: &[Alternative],
        all_written: &[Alternative],
        path: &str,
    ) -> Vec<Misfit> {
        let mut nearest = None;
        for candidate in read {
            // The members of two different variants need not be compared.
            if are_different_variants(written, candidate) {
                continue;
            }
            let known = self.fitting.len();
            let misfits = self.compare_alternatives(written, candidate, path);
            if misfits.is_empty() {
                return misfits;
            }
            // The misfits of the pairs within are not reported yet, so those pairs are compared again.
            self.fitting.truncate(known);
            if is_same_kind(written, candidate) {
                nearest.get_or_insert(misfits);
            }
        }
        nearest.unwrap_or_else(|| {
            let written = alternatives_in_words(all_written);
            vec![Misfit::new(path, written, alternatives_in_words(read))]
        })
    }

    fn compare_alternatives(
        &mut self,
        written: &Alternative,
        read: &Alternative,
        path: &str,
    ) -> Vec<Misfit> {
        if read.is_empty() {
            return Vec::new();
        }
        let fits = match (written.get("const"), text_keyword(written, "type")) {
            (Some(constant), _) => admits_constant(read, constant),
            _ if read.contains_key("const")
                || !type_fits(written, read)
                || !other_keywords_fit(written, read) =>
            {
                false
            }
            (None, Some("string")) => text_fits(written, read),
            (None, Some("integer" | "number")) => number_fits(written, read),
            (None, Some("array")) => return self.compare_arrays(written, read, path),
            (None, Some("object")) => return self.compare_objects(written, read, path),
            _ => true,
        };
        if fits {
            Vec::new()
        } else {
            Misfit::of_alternatives(path, written, read)
        }
    }
}

/// Returns whether both are of the same type, and of the same variant if they are variants of an enum.
fn is_same_kind(written: &Alternative, read: &Alternative) -> bool {
    let kind = |schema: &Alternative| match (text_keyword(schema, "type"), schema.get("const")) {
        (Some("integer"), _) => "number".to_owned(),
        (Some(kind), _) => kind.to_owned(),
        (None, constant) => constant.map(Value::to_string).unwrap_or_default(),
    };
    kind(written) == kind(read)
        && are_both_variants(written, read)
        && !are_different_variants(written, read)
}
