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
        within: Vec::new(),
    };
    comparison.schemas(written, read, "")
}

struct Comparison<'a> {
    written: &'a Value,
    read: &'a Value,
    /// The pairs that are being compared: a type may hold itself.
    within: Vec<(Value, Value)>,
}

impl Comparison<'_> {
    fn schemas(&mut self, written: &Value, read: &Value, path: &str) -> Vec<Misfit> {
        let pair = (written.clone(), read.clone());
        if self.within.contains(&pair) {
            return Vec::new();
        }
        self.within.push(pair);
        let misfits = self.alternatives(written, read, path);
        self.within.pop();
        misfits
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
            let misfits = self.alternative(written, other, path);
            if misfits.is_empty() {
                return misfits;
            }
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

const COMPARED: [&str; 24] = [
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
    "contentMediaType",
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
