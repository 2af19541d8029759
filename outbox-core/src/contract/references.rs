//! References within a schema, such as `#/$defs/Address`.

use serde_json::Value;

/// Returns the name of a definition in a reference to the definition.
pub(super) fn definition_name(reference: &str) -> Option<&str> {
    reference.strip_prefix("#/$defs/")
}

/// Returns the schema that a reference leads to; `root` has the definitions.
pub(super) fn resolve_reference<'a>(reference: &str, root: &'a Value) -> Option<&'a Value> {
    if reference == "#" {
        return Some(root);
    }
    let name = percent_decoded(definition_name(reference)?)?;
    let name = name.replace("~1", "/").replace("~0", "~");
    root.get("$defs")?.get(&name)
}

/// Decodes `%20` and the like, RFC 3986 section 2.1.
fn percent_decoded(text: &str) -> Option<String> {
    let mut parts = text.split('%');
    let mut bytes = parts.next()?.as_bytes().to_vec();
    for part in parts {
        let (digits, rest) = part.split_at_checked(2)?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        bytes.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8(bytes).ok()
}

/// Rewrites every reference, to move the schema under another root.
pub(super) fn rewrite_references(schema: &mut Value, rewritten: &dyn Fn(&str) -> String) {
    match schema {
        Value::Object(schema) => {
            if let Some(Value::String(reference)) = schema.get_mut("$ref") {
                *reference = rewritten(reference);
            }
            for value in schema.values_mut() {
                rewrite_references(value, rewritten);
            }
        }
        Value::Array(schemas) => {
            for value in schemas {
                rewrite_references(value, rewritten);
            }
        }
        _ => {}
    }
}
