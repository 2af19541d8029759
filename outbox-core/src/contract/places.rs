//! Places in a schema, such as `items[].sku`.

use serde_json::Value;

use super::alternatives::Alternative;

/// A member of an object, or every element of a list or a map.
pub(super) struct Place<'a> {
    pub(super) path: String,
    pub(super) schema: &'a Value,
    /// The member's name; `None` for elements.
    pub(super) member: Option<&'a str>,
}

/// Returns the places directly within the schema, which is at `path` itself.
pub(super) fn places_within<'a>(
    schema: &'a Alternative,
    path: &str,
) -> impl Iterator<Item = Place<'a>> {
    let members = schema.get("properties").and_then(Value::as_object);
    let members = members.into_iter().flatten().map(|(name, schema)| Place {
        path: member_path(path, name),
        schema,
        member: Some(name),
    });
    let elements = [("items", "[]"), ("additionalProperties", "[*]")];
    let elements = elements.into_iter().filter_map(move |(keyword, suffix)| {
        Some(Place {
            path: format!("{path}{suffix}"),
            schema: schema.get(keyword)?,
            member: None,
        })
    });
    members.chain(elements)
}

/// Returns the path of an object's member; the path of the payload as a whole is empty.
pub(super) fn member_path(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}
