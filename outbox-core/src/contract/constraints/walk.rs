//! The walk through a schema. A definition may be used where its rules are checked and where they are not: the walk
//! gives the checked one a copy of its own.

use std::collections::{BTreeMap, BTreeSet};

use schemars::generate::Contract;
use serde_json::{Map, Value};

use super::{SchemaRules, position_beside_null};
use crate::contract::references::{
    definition_name, for_each_reference, pointer_token, reference_to, rewrite_references,
    unused_name,
};
use crate::contract::unread::Unread;

/// The state of the walk.
pub(super) struct Walk {
    pub(super) root: Value,
    pub(super) contract: Contract,
    /// The rules that the schema has no place for.
    pub(super) unplaced: BTreeSet<String>,
    /// The values of flattened types that serde cannot read.
    pub(super) unread: Unread,
    /// The definitions as schemars wrote them.
    originals: Map<String, Value>,
    /// The name of the checked copy of each definition.
    copies: BTreeMap<String, String>,
    /// The types that were described: their places, and whether they are checked there.
    pub(super) described: BTreeSet<(Option<String>, &'static str, bool)>,
}

/// A root schema with its rules.
pub(in crate::contract) struct Described {
    pub(in crate::contract) schema: Value,
    /// The rules that the schema has no place for.
    pub(in crate::contract) unplaced: BTreeSet<String>,
    /// The values of flattened types that serde cannot read.
    pub(in crate::contract) unread: Unread,
}

/// Adds rules to a root schema.
pub(in crate::contract) fn described_schema(
    mut root: Value,
    contract: Contract,
    describe: impl Fn(&mut SchemaRules<'_>),
) -> Described {
    let own_name = define_root(&mut root);
    let originals = root.get("$defs").and_then(Value::as_object).cloned();
    let mut walk = Walk {
        root,
        contract,
        unplaced: BTreeSet::new(),
        unread: Unread::new(),
        originals: originals.unwrap_or_default(),
        copies: BTreeMap::new(),
        described: BTreeSet::new(),
    };
    let mut describe_at = |pointer: String, is_checked| {
        describe(&mut SchemaRules {
            walk: &mut walk,
            pointer: Some(pointer),
            path: String::new(),
            is_checked,
            is_flattened: false,
        });
    };
    describe_at(String::new(), true);
    // Nested in itself, the event is a type like any other.
    if let Some(name) = own_name {
        describe_at(definition_pointer(&name), false);
    }
    walk.name_definitions();
    Described {
        schema: walk.root,
        unplaced: walk.unplaced,
        unread: walk.unread,
    }
}

/// Gives the root a definition, if a type within refers to it. Returns its name.
fn define_root(root: &mut Value) -> Option<String> {
    let mut refers_to_root = false;
    for_each_reference(root, &mut |reference| refers_to_root |= reference == "#");
    if !refers_to_root {
        return None;
    }
    let title = root.get("title").and_then(Value::as_str);
    let title = title.unwrap_or("Payload").to_owned();
    let definitions = root.get("$defs").and_then(Value::as_object).cloned();
    let name = unused_name(&title, &definitions.unwrap_or_default());
    rewrite_references(root, &|reference| match reference {
        "#" => reference_to(&name),
        other => other.to_owned(),
    });
    let mut own = root.clone();
    own.as_object_mut()?.remove("$defs");
    let definitions = root.as_object_mut()?.entry("$defs");
    let definitions = definitions.or_insert_with(|| Map::new().into());
    definitions.as_object_mut()?.insert(name.clone(), own);
    Some(name)
}

fn definition_pointer(name: &str) -> String {
    format!("/$defs/{}", pointer_token(name))
}

impl Walk {
    fn definitions(&mut self) -> Option<&mut Map<String, Value>> {
        self.root.get_mut("$defs")?.as_object_mut()
    }

    /// Returns the name of the checked copy of a definition.
    fn checked_copy(&mut self, name: &str) -> String {
        if self.copies.values().any(|copy| copy == name) {
            return name.to_owned();
        }
        if let Some(copy) = self.copies.get(name) {
            return copy.clone();
        }
        let original = self.originals.get(name).cloned();
        let (Some(original), Some(definitions)) = (original, self.definitions()) else {
            return name.to_owned();
        };
        let copy = unused_name(&format!("{name}Checked"), definitions);
        definitions.insert(copy.clone(), original);
        self.copies.insert(name.to_owned(), copy.clone());
        copy
    }

    /// Removes the definitions that are not used, and gives the name to the copy if only the copy is used.
    fn name_definitions(&mut self) {
        let used = self.used_definitions();
        let Some(definitions) = self.definitions() else {
            return;
        };
        definitions.retain(|name, _| used.contains(name));
        if definitions.is_empty()
            && let Some(root) = self.root.as_object_mut()
        {
            root.remove("$defs");
        }
        let copies = std::mem::take(&mut self.copies);
        let is_free = |name: &String, copy: &String| !used.contains(name) && used.contains(copy);
        let renamed: BTreeMap<String, String> = copies
            .into_iter()
            .filter(|(name, copy)| is_free(name, copy))
            .map(|(name, copy)| (copy, name))
            .collect();
        if let Some(definitions) = self.definitions() {
            for (copy, name) in &renamed {
                if let Some(schema) = definitions.remove(copy) {
                    definitions.insert(name.clone(), schema);
                }
            }
        }
        rewrite_references(
            &mut self.root,
            &|reference| match definition_name(reference) {
                Some(name) => reference_to(renamed.get(&name).unwrap_or(&name)),
                None => reference.to_owned(),
            },
        );
    }

    /// Returns the definitions to which the root leads.
    fn used_definitions(&self) -> BTreeSet<String> {
        let mut used = BTreeSet::new();
        let mut waiting = Vec::new();
        let mut follow = |schema: &Value, waiting: &mut Vec<String>| {
            for_each_reference(schema, &mut |reference| {
                if let Some(name) = definition_name(reference)
                    && used.insert(name.clone())
                {
                    waiting.push(name);
                }
            });
        };
        let keywords = self.root.as_object().into_iter().flatten();
        for (_, schema) in keywords.filter(|(keyword, _)| *keyword != "$defs") {
            follow(schema, &mut waiting);
        }
        while let Some(name) = waiting.pop() {
            if let Some(schema) = self.root.pointer(&definition_pointer(&name)) {
                follow(schema, &mut waiting);
            }
        }
        used
    }
}

impl SchemaRules<'_> {
    /// Returns the place of the type itself: beside the null of an `Option`, behind one reference. The reference
    /// leads to the checked copy afterwards, if the rules are checked.
    pub(super) fn own_type(&mut self) -> Option<String> {
        let mut pointer = self.pointer.clone()?;
        loop {
            let schema = self.walk.root.pointer(&pointer)?;
            if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
                let mut name = definition_name(reference)?;
                if self.is_checked {
                    name = self.walk.checked_copy(&name);
                    let schema = self.walk.root.pointer_mut(&pointer)?;
                    schema["$ref"] = reference_to(&name).into();
                }
                return Some(definition_pointer(&name));
            }
            match schema.get("anyOf").and_then(position_beside_null) {
                Some(one) => pointer = format!("{pointer}/anyOf/{one}"),
                None => return Some(pointer),
            }
        }
    }

    /// Describes each element of a list.
    pub(super) fn items(&mut self, describe: impl Fn(&mut SchemaRules<'_>)) {
        self.elements("[]", &["items"], &[], describe);
    }

    /// Describes each value of a map. The keys are any text, texts of a form such as that of numbers, or constants.
    pub(super) fn values(&mut self, describe: impl Fn(&mut SchemaRules<'_>)) {
        let of_any = ["additionalProperties", "unevaluatedProperties"];
        // The object around a flattened map has members of its own.
        let of_some: &[_] = if self.is_flattened {
            &["patternProperties"]
        } else {
            &["patternProperties", "properties"]
        };
        self.elements("[*]", &of_any, of_some, describe);
    }

    fn elements(
        &mut self,
        suffix: &str,
        schemas: &[&str],
        maps: &[&str],
        describe: impl Fn(&mut SchemaRules<'_>),
    ) {
        let container = self.own_type();
        let path = format!("{}{suffix}", self.path);
        let mut places = Vec::new();
        let mut can_be_empty_only = false;
        if let Some(pointer) = &container
            && let Some(schema) = self.walk.root.pointer(pointer)
        {
            let is_schema = |keyword: &&&str| schema.get(**keyword).is_some_and(Value::is_object);
            let single = schemas.iter().filter(is_schema);
            places.extend(single.map(|keyword| format!("{pointer}/{keyword}")));
            for keyword in maps {
                let members = schema.get(keyword).and_then(Value::as_object);
                let names = members.into_iter().flat_map(Map::keys);
                let place = |name: &String| format!("{pointer}/{keyword}/{}", pointer_token(name));
                places.extend(names.map(place));
            }
            can_be_empty_only = schema.get("maxItems").is_some_and(|most| *most == 0)
                || schema.get("additionalProperties") == Some(&Value::Bool(false));
        }
        if places.is_empty() && !can_be_empty_only {
            self.describe_at(None, path.clone(), &describe);
        }
        for place in places {
            self.describe_at(Some(place), path.clone(), &describe);
        }
    }
}
