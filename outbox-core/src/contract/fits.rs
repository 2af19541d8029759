//! Whether what one version writes is what another one reads.
//!
//! A writer is taken to write all that its schema allows, and no member that it does not name. A reader passes
//! over a member that it does not know, unless its schema refuses it. Where neither can be told, it does not
//! fit.

use serde_json::{Map, Number, Value, json};

use super::alternatives::{Alternative, alternatives, compare};
use super::words;

/// A place where something is written that is not read.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Misfit {
    /// Such as `items[].sku`; empty for the payload as a whole.
    pub(super) path: String,
    pub(super) written: String,
    pub(super) read: String,
}

/// Where what is written does not fit what is read.
pub(super) fn misfits(written: &Value, read: &Value) -> Vec<Misfit> {
    let mut comparison = Comparison {
        written,
        read,
        fitting: Vec::new(),
    };
    comparison.schemas(written, read, "")
}

struct Comparison<'a> {
    written: &'a Value,
    read: &'a Value,
    /// The pairs that fit, or are being compared: a type may hold itself. A misfit of theirs is told where they are
    /// compared.
    fitting: Vec<(Value, Value)>,
}

impl Comparison<'_> {
    fn schemas(&mut self, written: &Value, read: &Value, path: &str) -> Vec<Misfit> {
        let pair = (written.clone(), read.clone());
        if self.fitting.contains(&pair) {
            return Vec::new();
        }
        self.fitting.push(pair);
        self.alternatives(written, read, path)
    }

    /// Each that may be written is one that is read.
    fn alternatives(&mut self, written: &Value, read: &Value, path: &str) -> Vec<Misfit> {
        let written = alternatives(written, self.written);
        let read = alternatives(read, self.read);
        let mut misfits: Vec<Misfit> = Vec::new();
        for one in &written {
            for misfit in self.one_of(one, &read, &written, path) {
                if !misfits.contains(&misfit) {
                    misfits.push(misfit);
                }
            }
        }
        misfits
    }

    fn one_of(
        &mut self,
        written: &Alternative,
        read: &[Alternative],
        all_written: &[Alternative],
        path: &str,
    ) -> Vec<Misfit> {
        let mut nearest = None;
        for other in read {
            // Of two variants of an enum, no member need be compared.
            if are_others(written, other) {
                continue;
            }
            let known = self.fitting.len();
            let misfits = self.alternative(written, other, path);
            if misfits.is_empty() {
                return misfits;
            }
            // What was taken to fit within it is not told, so it is compared again.
            self.fitting.truncate(known);
            if is_meant(written, other) {
                nearest.get_or_insert(misfits);
            }
        }
        nearest.unwrap_or_else(|| vec![misfit(path, words::all(all_written), words::all(read))])
    }

    fn alternative(
        &mut self,
        written: &Alternative,
        read: &Alternative,
        path: &str,
    ) -> Vec<Misfit> {
        if read.is_empty() {
            return Vec::new();
        }
        let differ = || {
            vec![misfit(
                path,
                words::alternative(written),
                words::alternative(read),
            )]
        };
        if let Some(value) = written.get("const") {
            return if admits(read, value) {
                Vec::new()
            } else {
                differ()
            };
        }
        if read.contains_key("const") || !kind_fits(written, read) || !rest_fits(written, read) {
            return differ();
        }
        match written.get("type").and_then(Value::as_str) {
            Some("string") if !text_fits(written, read) => differ(),
            Some("integer" | "number") if !number_fits(written, read) => differ(),
            Some("array") => self.arrays(written, read, path),
            Some("object") => self.objects(written, read, path),
            _ => Vec::new(),
        }
    }

    fn arrays(&mut self, written: &Alternative, read: &Alternative, path: &str) -> Vec<Misfit> {
        let is_unique =
            |schema: &Alternative| schema.get("uniqueItems") == Some(&Value::Bool(true));
        if !size_fits(written, read, "minItems", "maxItems")
            || (is_unique(read) && !is_unique(written))
        {
            return vec![misfit(
                path,
                words::alternative(written),
                words::alternative(read),
            )];
        }
        let prefix = |schema: &Alternative| {
            schema
                .get("prefixItems")
                .and_then(Value::as_array)
                .cloned()
                .unwrap_or_default()
        };
        let (written_prefix, read_prefix) = (prefix(written), prefix(read));
        let anything = Value::Bool(true);
        let rest = |schema: &Alternative| schema.get("items").cloned().unwrap_or(Value::Bool(true));
        let (written_rest, read_rest) = (rest(written), rest(read));
        let mut misfits = Vec::new();
        for position in 0..written_prefix.len().max(read_prefix.len()) {
            let one = written_prefix.get(position).unwrap_or(&written_rest);
            let other = read_prefix.get(position).unwrap_or(&read_rest);
            misfits.extend(self.schemas(one, other, &format!("{path}[{position}]")));
        }
        if written_prefix.is_empty() || written_rest != anything {
            misfits.extend(self.schemas(&written_rest, &read_rest, &format!("{path}[]")));
        }
        misfits
    }

    fn objects(&mut self, written: &Alternative, read: &Alternative, path: &str) -> Vec<Misfit> {
        if !size_fits(written, read, "minProperties", "maxProperties") {
            return vec![misfit(
                path,
                words::alternative(written),
                words::alternative(read),
            )];
        }
        let (ours, theirs) = (members(written), members(read));
        let mut misfits = Vec::new();
        for name in required(read) {
            if !required(written).any(|other| other == name) {
                let written = match ours.get(name) {
                    Some(_) => "it may be absent".to_owned(),
                    None => "it is not there".to_owned(),
                };
                let read = theirs.get(name).map_or_else(
                    || "it must be there".to_owned(),
                    |schema| {
                        format!(
                            "{}, and must be there",
                            words::all(&alternatives(schema, self.read))
                        )
                    },
                );
                misfits.push(misfit(&member(path, name), written, read));
            }
        }
        for (name, schema) in &ours {
            let at = member(path, name);
            match reader_of(name, read) {
                Value::Bool(false) => {
                    let written = words::all(&alternatives(schema, self.written));
                    misfits.push(misfit(
                        &at,
                        written,
                        "an unknown member is refused".to_owned(),
                    ));
                }
                other => misfits.extend(self.schemas(schema, &other, &at)),
            }
        }
        misfits.extend(self.other_members(written, read, path));
        misfits
    }

    /// The members of a map, which have any name.
    fn other_members(
        &mut self,
        written: &Alternative,
        read: &Alternative,
        path: &str,
    ) -> Vec<Misfit> {
        let (ours, theirs) = (members(written), members(read));
        let at = format!("{path}[*]");
        let mut misfits = Vec::new();
        let patterns = |schema: &Alternative| {
            schema
                .get("patternProperties")
                .and_then(Value::as_object)
                .cloned()
                .unwrap_or_default()
        };
        let read_patterns = patterns(read);
        for (pattern, schema) in patterns(written) {
            let other = read_patterns
                .get(&pattern)
                .cloned()
                .unwrap_or_else(|| others(read));
            misfits.extend(self.schemas(&schema, &other, &at));
        }
        let any_name = match written.get("additionalProperties") {
            None | Some(Value::Bool(false)) => return misfits,
            Some(schema) => schema.clone(),
        };
        if !read_patterns.is_empty() {
            misfits.push(misfit(
                &at,
                "a member of any name".to_owned(),
                "members of some names".to_owned(),
            ));
        }
        misfits.extend(self.schemas(&any_name, &others(read), &at));
        for (name, schema) in &theirs {
            if !ours.contains_key(name) {
                misfits.extend(self.schemas(&any_name, schema, &member(path, name)));
            }
        }
        misfits
    }
}

fn misfit(path: &str, written: String, read: String) -> Misfit {
    Misfit {
        path: path.to_owned(),
        written,
        read,
    }
}

pub(super) fn member(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

fn members(object: &Alternative) -> Map<String, Value> {
    object
        .get("properties")
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default()
}

fn required(object: &Alternative) -> impl Iterator<Item = &str> {
    let names = object.get("required").and_then(Value::as_array);
    names.into_iter().flatten().filter_map(Value::as_str)
}

/// What reads a member of this name.
fn reader_of(name: &str, read: &Alternative) -> Value {
    match read.get("properties").and_then(|members| members.get(name)) {
        Some(schema) => schema.clone(),
        None => others(read),
    }
}

/// What reads a member whose name says nothing.
fn others(read: &Alternative) -> Value {
    let of_rest = ["additionalProperties", "unevaluatedProperties"];
    let schema = of_rest.iter().find_map(|keyword| read.get(*keyword));
    schema.cloned().unwrap_or(Value::Bool(true))
}

/// Whether a reader means the same by it: it is of the same type, and of the same variant if it is one of an
/// enum.
fn is_meant(written: &Alternative, read: &Alternative) -> bool {
    let kind = |schema: &Alternative| match (
        schema.get("type").and_then(Value::as_str),
        schema.get("const"),
    ) {
        (Some("integer"), _) => "number".to_owned(),
        (Some(kind), _) => kind.to_owned(),
        (None, constant) => constant.map(Value::to_string).unwrap_or_default(),
    };
    kind(written) == kind(read) && words::variant(written) == words::variant(read)
}

/// Whether they are two variants of an enum, by their tags.
fn are_others(written: &Alternative, read: &Alternative) -> bool {
    let (one, other) = (words::variant(written), words::variant(read));
    one.is_some() && other.is_some() && one != other
}

/// What this file does not compare must be the same.
fn rest_fits(written: &Alternative, read: &Alternative) -> bool {
    read.iter()
        .filter(|(keyword, _)| !COMPARED.contains(&keyword.as_str()))
        .all(|(keyword, value)| written.get(keyword) == Some(value))
}

const COMPARED: [&str; 23] = [
    "type",
    "const",
    "format",
    "pattern",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "items",
    "prefixItems",
    "minItems",
    "maxItems",
    "uniqueItems",
    "properties",
    "required",
    "additionalProperties",
    "patternProperties",
    "unevaluatedProperties",
    "minProperties",
    "maxProperties",
];

fn kind_fits(written: &Alternative, read: &Alternative) -> bool {
    match (
        written.get("type").and_then(Value::as_str),
        read.get("type").and_then(Value::as_str),
    ) {
        (Some("integer"), Some("number")) | (_, None) => true,
        (one, other) => one == other,
    }
}

fn text_fits(written: &Alternative, read: &Alternative) -> bool {
    let is_kept = |keyword: &str| {
        read.get(keyword)
            .is_none_or(|value| written.get(keyword) == Some(value))
    };
    is_kept("format") && is_kept("pattern") && size_fits(written, read, "minLength", "maxLength")
}

/// Whether whatever is of one size is of the other.
fn size_fits(written: &Alternative, read: &Alternative, min: &str, max: &str) -> bool {
    let number = |schema: &Alternative, keyword: &str| schema.get(keyword).and_then(Value::as_u64);
    let (least, most) = (
        number(written, min).unwrap_or(0),
        number(written, max).unwrap_or(u64::MAX),
    );
    number(read, min).is_none_or(|min| least >= min)
        && number(read, max).is_none_or(|max| most <= max)
}

fn number_fits(written: &Alternative, read: &Alternative) -> bool {
    let is_integer =
        |schema: &Alternative| schema.get("type").is_some_and(|kind| kind == "integer");
    let format = |schema: &Alternative| {
        schema
            .get("format")
            .and_then(Value::as_str)
            .map(str::to_owned)
    };
    let (one, other) = (Interval::of(written), Interval::of(read));
    if let Some(wide @ ("int128" | "uint128")) = format(read).as_deref() {
        let is_bounded = one.min.is_some() && one.max.is_some();
        if format(written).as_deref() != Some(wide) && !is_bounded {
            return false;
        }
    }
    if !is_integer(read) {
        let is_exact = match (
            is_integer(written),
            format(written).as_deref(),
            format(read).as_deref(),
        ) {
            (true, _, Some("float")) => Interval::exactly(24).contains(&one),
            (true, _, Some("double")) => Interval::exactly(53).contains(&one),
            (false, Some("float"), _) | (_, _, None) => true,
            (false, one, other) => one == other,
            (true, _, Some(_)) => false,
        };
        if !is_exact {
            return false;
        }
    }
    let steps = read.get("multipleOf");
    other.contains(&one) && steps.is_none_or(|steps| written.get("multipleOf") == Some(steps))
}

/// The numbers from one to another one; a bound is out of it if it is exclusive.
#[derive(Default)]
struct Interval {
    min: Option<(Number, bool)>,
    max: Option<(Number, bool)>,
}

impl Interval {
    fn of(schema: &Alternative) -> Self {
        let is_integer = schema.get("type").is_some_and(|kind| kind == "integer");
        let keyword = |keyword: &str| schema.get(keyword).and_then(Value::as_number).cloned();
        let mut interval = schema
            .get("format")
            .and_then(Value::as_str)
            .map(Self::of_format)
            .unwrap_or_default();
        if let Some(min) = keyword("minimum") {
            interval.at_least((min, false));
        }
        if let Some(min) = keyword("exclusiveMinimum") {
            interval.at_least(next(min, 1, is_integer));
        }
        if let Some(max) = keyword("maximum") {
            interval.at_most((max, false));
        }
        if let Some(max) = keyword("exclusiveMaximum") {
            interval.at_most(next(max, -1, is_integer));
        }
        interval
    }

    /// Those of 64 bits; smaller ones have their bounds as keywords.
    fn of_format(format: &str) -> Self {
        let inclusive = |min: Number, max: Number| Self {
            min: Some((min, false)),
            max: Some((max, false)),
        };
        match format {
            "int64" | "int" => inclusive(i64::MIN.into(), i64::MAX.into()),
            "uint64" | "uint" => inclusive(0.into(), u64::MAX.into()),
            _ => Self::default(),
        }
    }

    /// The integers that a float of so many bits tells apart.
    fn exactly(bits: u32) -> Self {
        let most = 1_i64 << bits;
        Self {
            min: Some(((-most).into(), false)),
            max: Some((most.into(), false)),
        }
    }

    fn at_least(&mut self, min: (Number, bool)) {
        if self
            .min
            .as_ref()
            .is_none_or(|first| !is_inner(first, &min, false))
        {
            self.min = Some(min);
        }
    }

    fn at_most(&mut self, max: (Number, bool)) {
        if self
            .max
            .as_ref()
            .is_none_or(|first| !is_inner(first, &max, true))
        {
            self.max = Some(max);
        }
    }

    fn contains(&self, other: &Self) -> bool {
        let fits = |inner: &Option<(Number, bool)>, outer: &Option<(Number, bool)>, is_max| match (
            inner, outer,
        ) {
            (_, None) => true,
            (None, Some(_)) => false,
            (Some(inner), Some(outer)) => is_inner(inner, outer, is_max),
        };
        fits(&other.min, &self.min, false) && fits(&other.max, &self.max, true)
    }
}

/// An exclusive bound of an integer as the inclusive one beside it.
fn next(bound: Number, step: i64, is_integer: bool) -> (Number, bool) {
    match bound.as_i64().and_then(|bound| bound.checked_add(step)) {
        Some(next) if is_integer => (next.into(), false),
        _ => (bound, true),
    }
}

/// Whether a bound is as narrow as the other one.
fn is_inner(inner: &(Number, bool), outer: &(Number, bool), is_max: bool) -> bool {
    let order = compare(&inner.0, &outer.0);
    let order = if is_max { order.reverse() } else { order };
    order.is_gt() || (order.is_eq() && (inner.1 || !outer.1))
}

/// Whether a reader takes this value.
fn admits(read: &Alternative, value: &Value) -> bool {
    if let Some(constant) = read.get("const") {
        return constant == value;
    }
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::String(_) => "string",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let written = match value {
        Value::String(text) => {
            let length = text.chars().count();
            json!({ "type": kind, "minLength": length, "maxLength": length })
        }
        Value::Number(number) => json!({ "type": kind, "minimum": number, "maximum": number }),
        _ => json!({ "type": kind }),
    };
    let Value::Object(written) = written else {
        return false;
    };
    kind_fits(&written, read)
        && match kind {
            "string" => text_fits(&written, read),
            "number" | "integer" => number_fits(&written, read),
            // No constant of an event is one.
            "array" | "object" => read.keys().eq(["type"]),
            _ => true,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(written: &Value, read: &Value) -> bool {
        misfits(written, read).is_empty()
    }

    /// Of each two, whether the first is read by the second, and the second by the first.
    #[test]
    #[allow(clippy::too_many_lines, reason = "it is a table")]
    fn what_fits_what() {
        let text = |keyword: &str, value: Value| json!({ "type": "string", keyword: value });
        let integer =
            |min: i64, max: i64| json!({ "type": "integer", "minimum": min, "maximum": max });
        let float = |format: &str| json!({ "type": "number", "format": format });
        let object = |properties: Value| json!({ "type": "object", "properties": properties });
        let map = |values: Value| json!({ "type": "object", "additionalProperties": values });
        let by_pattern = |pattern: &str| {
            json!({
                "type": "object", "additionalProperties": false,
                "patternProperties": { pattern: { "type": "integer" } },
            })
        };
        let (anything, nothing) = (json!(true), json!(false));
        for (one, other, forth, back) in [
            (json!({}), anything.clone(), true, true),
            (nothing.clone(), json!({ "type": "null" }), true, false),
            (json!({ "not": {} }), nothing, true, true),
            (json!({ "type": "string" }), anything.clone(), true, false),
            (
                text("pattern", json!("^a")),
                text("pattern", json!("^a")),
                true,
                true,
            ),
            (
                text("pattern", json!("^a")),
                text("pattern", json!("^b")),
                false,
                false,
            ),
            (
                text("pattern", json!("^a")),
                json!({ "type": "string" }),
                true,
                false,
            ),
            (
                text("format", json!("uuid")),
                text("format", json!("email")),
                false,
                false,
            ),
            (
                text("contentEncoding", json!("base64")),
                json!({ "type": "string" }),
                true,
                false,
            ),
            (
                text("const", json!("ab")),
                text("maxLength", json!(2)),
                true,
                false,
            ),
            (
                text("const", json!("abc")),
                text("maxLength", json!(2)),
                false,
                false,
            ),
            (json!({ "const": 3 }), integer(0, 3), true, false),
            (json!({ "const": 4 }), integer(0, 3), false, false),
            (
                json!({ "const": 1.5 }),
                json!({ "type": "number", "format": "double" }),
                false,
                false,
            ),
            (
                json!({ "const": [1] }),
                json!({ "type": "array" }),
                true,
                false,
            ),
            (
                json!({ "const": [1] }),
                json!({ "type": "array", "maxItems": 0 }),
                false,
                false,
            ),
            (
                json!({ "enum": ["a", "b"] }),
                json!({ "enum": ["b", "c", "a"] }),
                true,
                false,
            ),
            (integer(0, 3), json!({ "type": "integer" }), true, false),
            (
                integer(0, 3),
                json!({ "type": "integer", "exclusiveMinimum": -1, "exclusiveMaximum": 4 }),
                true,
                true,
            ),
            (
                json!({ "type": "number", "minimum": 0 }),
                json!({ "type": "number", "exclusiveMinimum": 0 }),
                false,
                true,
            ),
            (
                json!({ "type": "number", "maximum": 0 }),
                json!({ "type": "number", "exclusiveMaximum": 0 }),
                false,
                true,
            ),
            (
                json!({ "type": "integer", "multipleOf": 2 }),
                json!({ "type": "integer" }),
                true,
                false,
            ),
            (
                json!({ "type": "integer" }),
                json!({ "type": "number" }),
                true,
                false,
            ),
            (integer(0, 1 << 24), float("float"), true, false),
            (integer(0, (1 << 24) + 1), float("float"), false, false),
            (integer(0, 1 << 53), float("double"), true, false),
            (integer(0, (1 << 53) + 1), float("double"), false, false),
            (float("float"), float("double"), true, false),
            (
                json!({ "type": "integer", "format": "uint128" }),
                json!({ "type": "integer", "format": "int128" }),
                false,
                false,
            ),
            (
                json!({ "type": "integer", "format": "uint64" }),
                json!({ "type": "integer", "format": "uint128" }),
                true,
                false,
            ),
            (
                json!({ "type": ["string", "null"] }),
                json!({ "anyOf": [{ "type": "null" }, { "type": "string" }] }),
                true,
                true,
            ),
            (
                json!({ "type": ["string", "null"], "maxLength": 3 }),
                json!({ "type": ["string", "null"] }),
                true,
                false,
            ),
            (
                json!({ "allOf": [{ "type": "string" }, { "maxLength": 3 }] }),
                text("maxLength", json!(3)),
                true,
                true,
            ),
            (
                json!({ "allOf": [{ "maxLength": 3 }, { "type": "string", "maxLength": 2 }] }),
                text("maxLength", json!(2)),
                true,
                true,
            ),
            (
                json!({ "allOf": [{ "type": "string", "minLength": 3 }, { "minLength": 2 }] }),
                text("minLength", json!(3)),
                true,
                true,
            ),
            (
                json!({ "allOf": [{ "type": "integer" }, { "type": "number", "maximum": 3 }] }),
                json!({ "type": "integer", "maximum": 3 }),
                true,
                true,
            ),
            (
                json!({ "allOf": [{ "type": "integer" }, { "type": "string" }] }),
                json!({ "type": "null" }),
                true,
                false,
            ),
            (
                object(json!({ "a": { "type": "null" } })),
                object(json!({})),
                true,
                true,
            ),
            (
                object(json!({ "a": { "type": "null" } })),
                json!({ "type": "object", "additionalProperties": false }),
                false,
                true,
            ),
            (
                object(json!({ "a": { "type": "null" } })),
                json!({ "type": "object", "unevaluatedProperties": false }),
                false,
                true,
            ),
            (
                json!({ "allOf": [
                    { "type": "object", "properties": { "a": true }, "required": ["a"] },
                    { "type": "object", "properties": { "b": true }, "required": ["b"] },
                ] }),
                json!({ "type": "object", "properties": { "a": true, "b": true }, "required": ["b", "a"] }),
                true,
                true,
            ),
            (
                json!({ "allOf": [object(json!({ "a": { "type": "string" } })), object(json!({ "a": { "maxLength": 3 } }))] }),
                object(json!({ "a": { "type": "string", "maxLength": 3 } })),
                true,
                true,
            ),
            (
                map(json!({ "type": "integer" })),
                map(json!({ "type": "number" })),
                true,
                false,
            ),
            (
                map(json!({ "type": "integer" })),
                object(json!({ "a": { "type": "string" } })),
                false,
                false,
            ),
            (
                map(json!({ "type": "integer" })),
                by_pattern("^\\d+$"),
                false,
                true,
            ),
            (by_pattern("^\\d+$"), by_pattern("^\\d+$"), true, true),
            (by_pattern("^\\d+$"), by_pattern("^-?\\d+$"), false, false),
            (
                json!({ "type": "object", "minProperties": 1 }),
                json!({ "type": "object" }),
                true,
                false,
            ),
            (
                json!({ "type": "object", "propertyNames": { "maxLength": 1 } }),
                json!({ "type": "object" }),
                true,
                false,
            ),
            (
                json!({ "type": "array", "uniqueItems": true }),
                json!({ "type": "array" }),
                true,
                false,
            ),
            (
                json!({ "type": "array", "items": { "type": "integer" } }),
                json!({ "type": "array" }),
                true,
                false,
            ),
            (
                json!({ "type": "array", "contains": { "const": 1 } }),
                json!({ "type": "array" }),
                true,
                false,
            ),
            (
                json!({ "type": "array", "prefixItems": [{ "type": "integer" }], "minItems": 1, "maxItems": 1 }),
                json!({ "type": "array", "items": { "type": "integer" } }),
                true,
                false,
            ),
        ] {
            assert_eq!(fits(&one, &other), forth, "{one} => {other}");
            assert_eq!(fits(&other, &one), back, "{other} => {one}");
            assert!(
                fits(&one, &one) && fits(&other, &other),
                "{one} or {other} is not itself"
            );
        }
    }

    #[test]
    fn a_reference_is_followed_whatever_the_name() {
        let schema = |kind: &str| {
            json!({
                "$ref": "#/$defs/a%20b~1c",
                "$defs": { "a b/c": { "type": kind } },
            })
        };
        assert!(fits(&schema("string"), &schema("string")));
        assert!(!fits(&schema("string"), &schema("null")));
        let nowhere = json!({ "$ref": "#/$defs/none" });
        assert!(fits(&nowhere, &nowhere));
        assert!(!fits(&schema("string"), &nowhere));
    }

    /// What is too much to be compared is not taken for the same.
    #[test]
    fn too_many_alternatives_fit_themselves_alone() {
        let choices = |kind: &str| {
            let one: Vec<Value> = (0..50)
                .map(|i| json!({ "properties": { format!("{kind}{i}"): {} } }))
                .collect();
            json!({ "oneOf": one })
        };
        let both = |one: &str, other: &str| json!({ "allOf": [choices(one), choices(other)] });
        assert!(fits(&both("a", "b"), &both("a", "b")));
        assert!(!fits(&both("a", "b"), &both("a", "c")));
    }
}
