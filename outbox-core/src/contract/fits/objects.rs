//! Structs and maps.

use serde_json::Value;

use super::intervals::size_fits;
use super::{ANYTHING, Comparison, Misfit};
use crate::contract::alternatives::{Alternative, alternatives};
use crate::contract::places::member_path;
use crate::contract::words::alternatives_in_words;

impl Comparison<'_> {
    pub(super) fn compare_objects(
        &mut self,
        written: &Alternative,
        read: &Alternative,
        path: &str,
    ) -> Vec<Misfit> {
        if !size_fits(written, read, "Properties") {
            return Misfit::of_alternatives(path, written, read);
        }
        let mut misfits = self.missing_members(written, read, path);
        for (name, schema) in properties(written) {
            let at = member_path(path, name);
            match property(read, name).unwrap_or_else(|| unnamed_member(read)) {
                // It is never written.
                _ if *schema == Value::Bool(false) => {}
                Value::Bool(false) => misfits.push(Misfit::new(
                    &at,
                    alternatives_in_words(&alternatives(schema, self.written)),
                    "an unknown member is refused".to_owned(),
                )),
                reader => misfits.extend(self.compare_schemas(schema, reader, &at)),
            }
        }
        misfits.extend(self.compare_unnamed_members(written, read, path));
        misfits
    }

    /// Returns the members that a reader requires and a writer may leave out.
    fn missing_members(
        &self,
        written: &Alternative,
        read: &Alternative,
        path: &str,
    ) -> Vec<Misfit> {
        let is_missing = |name: &&str| required(written).all(|other| other != *name);
        let misfit = |name| {
            let written = match property(written, name) {
                Some(_) => "it is optional",
                None => "it is absent",
            };
            let read = match property(read, name) {
                Some(schema) => {
                    let schema = alternatives_in_words(&alternatives(schema, self.read));
                    format!("{schema}, and is required")
                }
                None => "it is required".to_owned(),
            };
            Misfit::new(&member_path(path, name), written.to_owned(), read)
        };
        required(read).filter(is_missing).map(misfit).collect()
    }

    /// Compares the members of a map, which have any name.
    fn compare_unnamed_members(
        &mut self,
        written: &Alternative,
        read: &Alternative,
        path: &str,
    ) -> Vec<Misfit> {
        let at = format!("{path}[*]");
        let mut misfits = Vec::new();
        for (pattern, schema) in members(written, "patternProperties") {
            let mut readers = members(read, "patternProperties");
            let reader = readers.find(|(other, _)| *other == pattern);
            let reader = reader.map_or_else(|| unnamed_member(read), |(_, reader)| reader);
            misfits.extend(self.compare_schemas(schema, reader, &at));
        }
        let any_name = match written.get("additionalProperties") {
            None | Some(Value::Bool(false)) => return misfits,
            Some(schema) => schema,
        };
        if members(read, "patternProperties").next().is_some() {
            misfits.push(Misfit::new(
                &at,
                "a member of any name".to_owned(),
                "members of some names".to_owned(),
            ));
        }
        misfits.extend(self.compare_schemas(any_name, unnamed_member(read), &at));
        for (name, schema) in properties(read) {
            if property(written, name).is_none() {
                misfits.extend(self.compare_schemas(any_name, schema, &member_path(path, name)));
            }
        }
        misfits
    }
}

fn members<'a>(
    object: &'a Alternative,
    keyword: &str,
) -> impl Iterator<Item = (&'a String, &'a Value)> + use<'a> {
    let members = object.get(keyword).and_then(Value::as_object);
    members.into_iter().flatten()
}

fn properties(object: &Alternative) -> impl Iterator<Item = (&String, &Value)> {
    members(object, "properties")
}

fn property<'a>(object: &'a Alternative, name: &str) -> Option<&'a Value> {
    object.get("properties")?.get(name)
}

fn required(object: &Alternative) -> impl Iterator<Item = &str> {
    let names = object.get("required").and_then(Value::as_array);
    names.into_iter().flatten().filter_map(Value::as_str)
}

/// Returns the schema of a member that the object does not name.
fn unnamed_member(object: &Alternative) -> &Value {
    let schema = object.get("additionalProperties");
    schema
        .or_else(|| object.get("unevaluatedProperties"))
        .unwrap_or(&ANYTHING)
}
