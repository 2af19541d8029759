//! The gate compared with serde: for every pair of types where the gate accepts the change, serde reads what was
//! written. The reverse does not hold: a schema does not show everything that serde can read.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU8;

use outbox_core::OutboxEvent;
use outbox_core::contract::{Catalog, Compatibility, Update, check_compatible};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Serialize, Deserialize, JsonSchema, OutboxEvent)]
#[outbox(event_type = "com.example.thing.made", source = "/things")]
struct Made<T> {
    #[aggregate_id]
    id: String,
    a: T,
}

/// A type, and values of it in their written form.
struct Case {
    name: &'static str,
    catalog: Catalog,
    written: Vec<Value>,
    reads: fn(&Value) -> bool,
}

impl Case {
    fn of<T>(name: &'static str, values: Vec<T>) -> Self
    where
        T: Serialize + DeserializeOwned + JsonSchema,
    {
        let written = |a: T| {
            let id = "1".to_owned();
            serde_json::to_value(Made { id, a }).expect("it is written")
        };
        Self {
            name,
            catalog: Catalog::new("Test", "1").with::<Made<T>>(),
            written: values.into_iter().map(written).collect(),
            reads: |value| serde_json::from_value::<Made<T>>(value.clone()).is_ok(),
        }
    }

    fn reads_all_of(&self, older: &Self) -> bool {
        older.written.iter().all(self.reads)
    }
}

macro_rules! types {
    ($($item:item)*) => {$(
        #[derive(Clone, Serialize, Deserialize, JsonSchema)]
        $item
    )*};
}

types! {
    struct Empty {}
    struct Name { name: String }
    struct NameOrNot { name: Option<String> }
    struct NameAndSize { name: String, size: u8 }
    struct Defaults { #[serde(default)] name: String, #[serde(default)] size: u8 }
    struct Skipped { #[serde(skip_serializing_if = "Option::is_none")] name: Option<String> }
    #[serde(deny_unknown_fields)] struct Strict { name: String }
    #[serde(rename_all = "UPPERCASE")] struct Upper { name: String }
    struct Flat { #[serde(flatten)] name: Name, size: u8 }
    struct Rest { name: String, #[serde(flatten)] rest: BTreeMap<String, Value> }
    struct Sizes { name: String, #[serde(flatten)] rest: BTreeMap<String, u8> }
    struct FlatEnum { #[serde(flatten)] kind: Internal }
    enum Plain { A, B }
    enum PlainLess { A }
    enum External { A, B { size: u8 }, C(Name), D(u8), E(u8, u8) }
    #[serde(tag = "t")] enum Internal { A, B { size: u8 }, C(Name) }
    #[serde(tag = "t")] enum InternalLess { A, B { size: u8 } }
    #[serde(tag = "t", content = "c")] enum Adjacent { A, B { size: u8 }, D(u8) }
    #[serde(untagged)] enum Untagged { A(u8), B(String), C { size: u8 } }
    struct Tuple(u8, String);
    struct Newtype(u8);
    #[serde(transparent)] struct Transparent { list: Vec<u8> }
    struct Unit;
}

#[allow(clippy::too_many_lines, reason = "it is a table")]
fn cases() -> Vec<Case> {
    let text = str::to_owned;
    let name = || Name { name: text("a") };
    let map = |value: Value| match value {
        Value::Object(map) => map.into_iter().collect::<BTreeMap<_, _>>(),
        _ => BTreeMap::new(),
    };
    let internal = || vec![Internal::A, Internal::B { size: 1 }, Internal::C(name())];
    vec![
        Case::of("u8", vec![0_u8, u8::MAX]),
        Case::of("u16", vec![0_u16, u16::MAX]),
        Case::of("u64", vec![0, u64::MAX]),
        Case::of("i8", vec![i8::MIN, i8::MAX]),
        Case::of("i64", vec![i64::MIN, i64::MAX]),
        Case::of("f32", vec![0.0_f32, 1.5]),
        Case::of("f64", vec![0.0, 1.5, 1e300]),
        Case::of("NonZeroU8", vec![NonZeroU8::MIN, NonZeroU8::MAX]),
        Case::of("bool", vec![true, false]),
        Case::of("char", vec!['a', 'ü']),
        Case::of("String", vec![text(""), text("a"), text("ab")]),
        Case::of("()", vec![()]),
        Case::of("Option<u8>", vec![None, Some(1_u8)]),
        Case::of("Option<String>", vec![None, Some(text("a"))]),
        Case::of("Vec<u8>", vec![vec![], vec![1_u8, 1], vec![1, 2, 3]]),
        Case::of("Vec<Name>", vec![vec![], vec![name()]]),
        Case::of(
            "BTreeSet<u8>",
            vec![BTreeSet::new(), BTreeSet::from([1_u8, 2])],
        ),
        Case::of("[u8; 2]", vec![[1_u8, 2]]),
        Case::of("(u8, String)", vec![(1_u8, text("a"))]),
        Case::of(
            "Map<String, u8>",
            vec![BTreeMap::new(), BTreeMap::from([(text("name"), 1_u8)])],
        ),
        Case::of(
            "Map<String, String>",
            vec![BTreeMap::new(), BTreeMap::from([(text("name"), text("a"))])],
        ),
        Case::of(
            "Value",
            vec![json!(null), json!([1]), json!({ "a": 1 }), json!("a")],
        ),
        Case::of("Uuid", vec![uuid::Uuid::nil()]),
        Case::of("DateTime", vec![chrono::DateTime::UNIX_EPOCH]),
        Case::of("Empty", vec![Empty {}]),
        Case::of("Name", vec![name()]),
        Case::of(
            "NameOrNot",
            vec![
                NameOrNot { name: None },
                NameOrNot {
                    name: Some(text("a")),
                },
            ],
        ),
        Case::of(
            "NameAndSize",
            vec![NameAndSize {
                name: text("a"),
                size: 1,
            }],
        ),
        Case::of(
            "Defaults",
            vec![Defaults {
                name: text(""),
                size: 0,
            }],
        ),
        Case::of(
            "Skipped",
            vec![
                Skipped { name: None },
                Skipped {
                    name: Some(text("a")),
                },
            ],
        ),
        Case::of("Strict", vec![Strict { name: text("a") }]),
        Case::of("Upper", vec![Upper { name: text("a") }]),
        Case::of(
            "Flat",
            vec![Flat {
                name: name(),
                size: 1,
            }],
        ),
        Case::of(
            "Rest",
            vec![
                Rest {
                    name: text("a"),
                    rest: BTreeMap::new(),
                },
                Rest {
                    name: text("a"),
                    rest: map(json!({ "size": "x", "t": 1 })),
                },
            ],
        ),
        Case::of(
            "Sizes",
            vec![
                Sizes {
                    name: text("a"),
                    rest: BTreeMap::new(),
                },
                Sizes {
                    name: text("a"),
                    rest: BTreeMap::from([(text("size"), 1)]),
                },
            ],
        ),
        Case::of(
            "FlatEnum",
            internal()
                .into_iter()
                .map(|kind| FlatEnum { kind })
                .collect(),
        ),
        Case::of("Plain", vec![Plain::A, Plain::B]),
        Case::of("PlainLess", vec![PlainLess::A]),
        Case::of(
            "External",
            vec![
                External::A,
                External::B { size: 1 },
                External::C(name()),
                External::D(1),
                External::E(1, 2),
            ],
        ),
        Case::of("Internal", internal()),
        Case::of(
            "InternalLess",
            vec![InternalLess::A, InternalLess::B { size: 1 }],
        ),
        Case::of(
            "Adjacent",
            vec![Adjacent::A, Adjacent::B { size: 1 }, Adjacent::D(1)],
        ),
        Case::of(
            "Untagged",
            vec![
                Untagged::A(1),
                Untagged::B(text("a")),
                Untagged::C { size: 1 },
            ],
        ),
        Case::of(
            "Option<Internal>",
            internal().into_iter().map(Some).chain([None]).collect(),
        ),
        Case::of("Tuple", vec![Tuple(1, text("a"))]),
        Case::of("Newtype", vec![Newtype(1)]),
        Case::of(
            "Transparent",
            vec![Transparent { list: vec![1] }, Transparent { list: vec![] }],
        ),
        Case::of("Unit", vec![Unit]),
    ]
}

#[test]
fn what_the_gate_lets_pass_is_read() {
    let (cases, folder) = (cases(), tempfile::tempdir().expect("a folder"));
    let path = folder.path().join("events.lock.json");
    let mut wrong = Vec::new();
    for older in &cases {
        assert!(older.reads_all_of(older), "{}", older.name);
        let _ = std::fs::remove_file(&path);
        let made = check_compatible(
            &older.catalog,
            &path,
            Compatibility::Full,
            Update::Additions,
        );
        assert_eq!(made, Ok(()), "{}", older.name);
        for newer in &cases {
            let verdict = check_compatible(
                &newer.catalog,
                &path,
                Compatibility::Backward,
                Update::Nothing,
            );
            let passes = !verdict.is_err_and(|error| error.is_breaking());
            if passes && !newer.reads_all_of(older) {
                wrong.push(format!("{} => {}", older.name, newer.name));
            }
            assert!(
                passes || older.name != newer.name,
                "{} is itself",
                older.name
            );
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
