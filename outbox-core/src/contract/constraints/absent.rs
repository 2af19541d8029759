//! Flattened enums that may be absent. schemars allows any object beside the variants, so that no rule of a variant
//! would apply.

use serde_json::{Map, Value, json};

use super::SchemaRules;

impl SchemaRules<'_> {
    /// Limits the alternatives to a variant to objects without its tag. Returns whether the variant's rules then
    /// apply.
    pub(super) fn exclude_absent(&mut self, pointer: &str) -> bool {
        let Some(start) = pointer.rfind("/anyOf/") else {
            return true;
        };
        let choices = self.walk.root.pointer_mut(&pointer[..start + 6]);
        let Some(Value::Array(choices)) = choices else {
            return true;
        };
        let Some(absent) = choices.iter().position(|choice| *choice == json!({})) else {
            return true;
        };
        let variants = choices
            .iter()
            .find_map(|choice| choice.get("oneOf")?.as_array());
        let tags = variants.and_then(|variants| variants.iter().map(tag_name).collect());
        let Some(tags): Option<Map<String, Value>> = tags else {
            return false;
        };
        choices[absent] = json!({ "properties": tags });
        true
    }
}

/// Returns the member that only a present variant has (the tag, or the only member), and a schema that allows no
/// value of it.
fn tag_name(variant: &Value) -> Option<(String, Value)> {
    let members = variant.get("properties")?.as_object()?;
    let tag = members
        .iter()
        .find(|(_, member)| member.get("const").is_some());
    let (name, _) = match tag {
        Some(tag) => tag,
        None if members.len() == 1 => members.iter().next()?,
        None => return None,
    };
    Some((name.clone(), Value::Bool(false)))
}
