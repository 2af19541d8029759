//! Types that serde converts: the written form and the read form differ.

#![allow(dead_code, reason = "serde converts it")]

use std::collections::BTreeMap;

use outbox_core::OutboxEvent;
use outbox_core::contract::{Catalog, Compatibility, Update, check_compatible};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(from = "String")]
struct From {
    amount: i64,
}

#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(into = "String")]
struct Into {
    amount: i64,
}

#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "Vec<i64>", into = "String")]
struct Both {
    amount: i64,
}

/// Old events have a text, new ones an object.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(from = "OldOrNew")]
struct Wider {
    amount: i64,
}

#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
enum OldOrNew {
    Old(String),
    New { amount: i64 },
}

#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(from = "String")]
enum Named {
    One { a: u8 },
    Two(u8, u8),
    Three,
}

#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(into = "u8")]
enum Numbered {
    One { a: u8 },
    Two,
}

#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(from = "bool")]
struct Pair(u8, String);

/// A type that contains itself.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(from = "String")]
struct Tree {
    branches: Vec<Tree>,
}

#[derive(Clone, Serialize, Deserialize, JsonSchema)]
struct Holder {
    one: From,
    other: Into,
}

#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename(serialize = "Written", deserialize = "Read"))]
struct Renamed {
    #[serde(rename(serialize = "w", deserialize = "r"))]
    a: From,
}

macro_rules! converted {
    ($($name:ty: $value:expr),* $(,)?) => {$(
        impl std::convert::From<$name> for String {
            fn from(_: $name) -> Self {
                "1".to_owned()
            }
        }

        impl std::convert::From<String> for $name {
            fn from(_: String) -> Self {
                $value
            }
        }
    )*};
}

converted! {
    From: From { amount: 1 },
    Into: Into { amount: 1 },
    Both: Both { amount: 1 },
    Named: Named::Three,
    Tree: Tree { branches: Vec::new() },
}

impl std::convert::From<Vec<i64>> for Both {
    fn from(_: Vec<i64>) -> Self {
        Self { amount: 1 }
    }
}

impl std::convert::From<OldOrNew> for Wider {
    fn from(_: OldOrNew) -> Self {
        Self { amount: 1 }
    }
}

impl std::convert::From<Numbered> for u8 {
    fn from(_: Numbered) -> Self {
        1
    }
}

impl std::convert::From<bool> for Pair {
    fn from(_: bool) -> Self {
        Self(1, String::new())
    }
}

#[derive(Serialize, Deserialize, JsonSchema, OutboxEvent)]
#[outbox(event_type = "com.example.thing.done", source = "/things")]
struct Done<T> {
    #[aggregate_id]
    id: String,
    m: T,
}

/// Checks every function of the contract, and returns whether the gate accepts the event as its own reader.
fn check<T: Clone + Serialize + for<'de> Deserialize<'de> + JsonSchema>(
    name: &str,
    value: &T,
    read: &[Value],
) -> bool {
    let catalog = Catalog::new("Test", "1").with::<Done<T>>();
    let schema = catalog.json_schema("com.example.thing.done").unwrap();
    let validator = jsonschema::draft202012::new(&schema).expect(name);
    let written = serde_json::to_value(Done {
        id: "1".to_owned(),
        m: value.clone(),
    });
    let written = written.unwrap();
    assert!(validator.is_valid(&written), "{name}: {written} {schema}");
    for read in read {
        let read = json!({ "id": "1", "m": read });
        assert!(serde_json::from_value::<Done<T>>(read.clone()).is_ok());
        assert!(validator.is_valid(&read), "{name}: {read} {schema}");
    }
    let other = json!({ "id": "1", "m": [[[]]] });
    assert!(!validator.is_valid(&other), "{name}: {schema}");
    let whole = catalog.cloudevent_schema("com.example.thing.done").unwrap();
    jsonschema::draft202012::new(&whole).expect(name);
    assert!(catalog.asyncapi().is_object());
    assert!(catalog.markdown().contains("| `m"), "{name}");

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.lock.json");
    let gate = |update| check_compatible(&catalog, &path, Compatibility::Full, update);
    let verdict = gate(Update::Additions);
    assert_eq!(gate(Update::Everything), Ok(()), "{name}");
    assert_eq!(gate(Update::Nothing), Ok(()), "{name}");
    verdict.is_ok()
}

/// The types, each with a value and with other payloads that it reads.
#[test]
fn both_forms_are_told() {
    let from = || From { amount: 1 };
    let text = [json!("1")];
    assert!(!check("from", &from(), &text));
    assert!(!check(
        "into",
        &Into { amount: 1 },
        &[json!({ "amount": 1 })]
    ));
    assert!(!check("both", &Both { amount: 1 }, &[json!([1])]));
    assert!(check(
        "wider",
        &Wider { amount: 1 },
        &[json!({ "amount": 1 })]
    ));
    for named in [Named::One { a: 1 }, Named::Two(1, 2)] {
        assert!(!check("an enum from a text", &named, &text));
    }
    let two = json!("Two");
    assert!(!check("an enum into a number", &Numbered::Two, &[two]));
    assert!(!check("a tuple", &Pair(1, String::new()), &[json!(true)]));
    let tree = Tree {
        branches: Vec::new(),
    };
    let tree = Tree {
        branches: vec![tree],
    };
    assert!(!check("a type that holds itself", &tree, &text));
    let holder = Holder {
        one: from(),
        other: Into { amount: 1 },
    };
    let read = json!({ "one": "1", "other": { "amount": 1 } });
    assert!(!check("within a struct", &holder, &[read]));
    assert!(!check(
        "in a list",
        &vec![from()],
        &[json!(["1"]), json!([])]
    ));
    assert!(!check(
        "in an option",
        &Some(from()),
        &[json!("1"), json!(null)]
    ));
    let map = BTreeMap::from([("a".to_owned(), from())]);
    assert!(!check("in a map", &map, &[json!({ "b": "1" })]));
    let map = BTreeMap::from([(1_u32, from())]);
    assert!(!check("in a map of numbers", &map, &[json!({ "2": "1" })]));
    assert!(!check("in a tuple", &(from(), 1_u8), &[json!(["1", 2])]));
    assert!(!check("by another name", &Renamed { a: from() }, &[]));
    assert!(check("beside itself", &(1_u8, Wider { amount: 1 }), &[]));
}
