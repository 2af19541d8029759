//! Rules that no schema has a place for are reported.

use std::borrow::Cow;

use outbox_core::contract::{Catalog, Compatibility, Update, check_compatible};
use outbox_core::{AsNumber, OutboxEvent, Validate, ValidationErrors};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// A number that is written as a text.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
struct Digits(String);

impl AsNumber for Digits {
    type Number = u32;

    fn as_number(&self) -> Option<u32> {
        self.0.parse().ok()
    }
}

/// A type with a hand-written schema.
#[derive(Serialize, Deserialize, Validate)]
struct ByHand {
    #[validate(length(max = 3))]
    name: String,
    #[validate(nested)]
    next: Option<Box<ByHand>>,
}

impl JsonSchema for ByHand {
    fn schema_name() -> Cow<'static, str> {
        "ByHand".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["object"] })
    }
}

#[derive(Clone, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(into = "String", try_from = "String")]
struct Converted {
    #[validate(range(min = 1))]
    amount: u8,
}

impl From<Converted> for String {
    fn from(value: Converted) -> Self {
        value.amount.to_string()
    }
}

impl TryFrom<String> for Converted {
    type Error = std::num::ParseIntError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Ok(Self {
            amount: text.parse()?,
        })
    }
}

/// A text of any value.
#[derive(Clone, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(into = "String", from = "String")]
struct Text<T: Clone> {
    #[validate(range(min = 1))]
    n: u8,
    #[validate(nested)]
    inner: Option<T>,
}

impl<T: Clone> From<Text<T>> for String {
    fn from(value: Text<T>) -> Self {
        value.n.to_string()
    }
}

impl<T: Clone> From<String> for Text<T> {
    fn from(text: String) -> Self {
        let n = text.parse().unwrap_or_default();
        Self { n, inner: None }
    }
}

/// A type without rules.
#[derive(Clone, Serialize, Deserialize, JsonSchema, Validate)]
struct Anything {}

/// A type with functions as rules.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Function(u8);

impl Validate for Function {
    fn validate(&self) -> Result<(), ValidationErrors> {
        Ok(())
    }
}

#[derive(Serialize, Deserialize, JsonSchema, Validate)]
#[serde(untagged)]
enum Untagged {
    One {
        #[validate(range(exclusive_min = 1))]
        n: u8,
    },
    Two {
        m: u8,
    },
}

macro_rules! event {
    ($($field:tt)*) => {{
        #[derive(Serialize, Deserialize, JsonSchema, OutboxEvent)]
        #[outbox(event_type = "com.example.thing.done", source = "/things")]
        #[allow(dead_code, reason = "its contract is all that is looked at")]
        struct Done {
            #[aggregate_id]
            id: String,
            $($field)*
        }
        Catalog::new("Test", "1").with::<Done>()
    }};
}

fn rules(catalog: &Catalog) -> Vec<&str> {
    catalog.unplaced_rules().map(|(_, rule)| rule).collect()
}

#[test]
fn each_is_listed_with_its_path() {
    let cases: [(Catalog, &[&str]); 14] = [
        (
            event!(#[validate(range(max = 3))] v: Digits,),
            &["v: range(max = 3)"],
        ),
        (
            event!(#[validate(nested)] v: Vec<ByHand>,),
            &[
                "v[].name: length(max = 3)",
                "v[].next.name: length(max = 3)",
            ],
        ),
        (
            event!(#[validate(nested)] v: std::collections::BTreeMap<u8, Converted>,),
            &["v[*].amount: range(min = 1)"],
        ),
        // A rule that is never checked is not reported.
        (
            event!(loose: Converted, #[validate(nested)] strict: Converted,),
            &["strict.amount: range(min = 1)"],
        ),
        (
            event!(#[validate(nested)] v: Text<Anything>, #[validate(nested)] w: Text<Converted>,),
            &[
                "v.n: range(min = 1)",
                "w.inner.amount: range(min = 1)",
                "w.n: range(min = 1)",
            ],
        ),
        (
            event!(#[validate(length(min = 1))] #[schemars(with = "serde_json::Value")] v: String,),
            &["v: length(min = 1)"],
        ),
        (
            event!(#[validate(email)] #[schemars(with = "u8")] v: String,),
            &["v: email"],
        ),
        (
            event!(#[validate(url)] #[schemars(with = "Vec<u8>")] v: String,),
            &["v: url"],
        ),
        (
            event!(#[validate(range(exclusive_max = 18_446_744_073_709_551_616_u128))] v: u128,),
            &["v: range(exclusive_max = 18446744073709551616)"],
        ),
        (
            event!(#[validate(nested)] #[serde(flatten)] v: Option<Untagged>,),
            &["v.n: range(exclusive_min = 1)"],
        ),
        // None of these rules is lost.
        (event!(#[validate(nested)] v: Function,), &[]),
        (event!(v: ByHand, w: Converted, u: Digits,), &[]),
        (
            event!(#[validate(range(max = 3))] #[serde(skip)] v: u8,),
            &[],
        ),
        (
            event!(#[validate(range(max = f64::INFINITY, min = 0.5))] v: f64,),
            &[],
        ),
    ];
    for (catalog, expected) in cases {
        assert_eq!(rules(&catalog), expected);
        assert!(catalog.json_schema("com.example.thing.done").is_some());
    }
}

#[test]
fn a_function_is_a_comment() {
    let catalog = event!(#[validate(nested)] v: Function,);
    let schema = catalog.json_schema("com.example.thing.done").unwrap();
    let comment = &schema["properties"]["v"]["$comment"];
    assert_eq!(comment, "also checked by `Validate`");
}

/// The rule is recorded on purpose, and a later change of it is reported.
#[test]
fn the_gate_refuses_them() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.lock.json");
    let gate =
        |catalog: &Catalog, update| check_compatible(catalog, &path, Compatibility::Full, update);
    let three = event!(#[validate(range(max = 3))] v: Digits,);
    let error = gate(&three, Update::Additions).unwrap_err();
    assert!(error.is_breaking());
    let told = "the schema of an event cannot express all of its rules\n\ncom.example.thing.done 1.0\n  v\n    was: no place in the schema for the rule\n    is:  `range(max = 3)`\n";
    assert!(error.to_string().starts_with(told), "{error}");
    assert!(!path.exists());
    assert_eq!(gate(&three, Update::Everything), Ok(()));
    assert_eq!(gate(&three, Update::Nothing), Ok(()));
    let four = event!(#[validate(range(max = 4))] v: Digits,);
    assert!(gate(&four, Update::Additions).unwrap_err().is_breaking());
    let none = event!(v: Digits,);
    assert!(!gate(&none, Update::Nothing).unwrap_err().is_breaking());
    assert_eq!(gate(&none, Update::Additions), Ok(()));
}
