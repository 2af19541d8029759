//! References within a schema, such as `#/$defs/Address`.

use std::fmt::Write as _;

use serde_json::{Map, Value};

/// Returns the name of a definition in a reference to the definition: a JSON Pointer in a URI fragment, RFC 6901
/// section 6.
pub(super) fn definition_name(reference: &str) -> Option<String> {
    let name = percent_decoded(reference.strip_prefix("#/$defs/")?)?;
    Some(name.replace("~1", "/").replace("~0", "~"))
}

/// Returns the reference to a definition of this name.
pub(super) fn reference_to(name: &str) -> String {
    let mut reference = "#/$defs/".to_owned();
    for byte in pointer_token(name).bytes() {
        // RFC 3986, section 3.5.
        if byte.is_ascii_alphanumeric() || b"!$&'()*+,-./:;=?@_~".contains(&byte) {
            reference.push(char::from(byte));
        } else {
            let _ = write!(reference, "%{byte:02X}");
        }
    }
    reference
}

/// Escapes a name for a JSON Pointer, RFC 6901 section 3.
pub(super) fn pointer_token(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// Returns the schema that a reference leads to; `root` has the definitions.
pub(super) fn resolve_reference<'a>(reference: &str, root: &'a Value) -> Option<&'a Value> {
    if reference == "#" {
        return Some(root);
    }
    root.get("$defs")?.get(&definition_name(reference)?)
}

/// Decodes `%20` and the like, RFC 3986 section 2.1.
fn percent_decoded(text: &str) -> Option<String> {
    let mut parts = text.split('%');
    let mut bytes = parts.next()?.as_bytes().to_vec();
    for part in parts {
        let (digits, rest) = part.split_at_checked(2)?;
        // schemars writes a space for the first digit of a control character.
        bytes.push(u8::from_str_radix(digits.trim_start(), 16).ok()?);
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

/// Calls `visit` with each reference.
pub(super) fn for_each_reference(schema: &Value, visit: &mut dyn FnMut(&str)) {
    match schema {
        Value::Object(schema) => {
            if let Some(Value::String(reference)) = schema.get("$ref") {
                visit(reference);
            }
            schema
                .values()
                .for_each(|value| for_each_reference(value, visit));
        }
        Value::Array(schemas) => schemas
            .iter()
            .for_each(|value| for_each_reference(value, visit)),
        _ => {}
    }
}

/// Returns the name, or one like it that no definition has.
pub(super) fn unused_name(name: &str, definitions: &Map<String, Value>) -> String {
    let mut unused = name.to_owned();
    let mut number = 2;
    while definitions.contains_key(&unused) {
        unused = format!("{name}{number}");
        number += 1;
    }
    unused
}
