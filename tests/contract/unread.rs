//! Values that serde writes but cannot read, because it reads them from a buffer.

use std::collections::BTreeMap;

use outbox_core::contract::{Catalog, Compatibility, Update, check_compatible};
use outbox_core::{Envelope, OutboxEvent, Validate};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

type Counts = BTreeMap<u32, u8>;

fn counts() -> Counts {
    Counts::from([(1, 2)])
}

macro_rules! types {
    ($($item:item)*) => {$(
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
        $item
    )*};
}

types! {
    struct Body { counts: Counts }
    struct Outer { name: String, #[serde(flatten)] counts: Counts }
    struct Tree { counts: Counts, next: Option<Box<Tree>> }
    #[serde(tag = "t")] enum Inner { Counted { counts: Counts }, Named { name: String } }
    #[serde(tag = "t")] enum InnerType { Counted(Body), None }
    #[serde(tag = "t", content = "c")] enum Adjacent { Counted(Body), None }
    #[serde(untagged)] enum Untagged { Counted(Body), Number(u8) }
    enum External { Counted(Body), List(Vec<Counts>), None }
    #[serde(tag = "t")] enum Great { Number { value: u128 }, Named { name: String } }
    #[serde(tag = "t")] enum Small { Number { value: u64 }, Named { name: String } }
    #[derive(PartialOrd, Ord, Eq)] struct Number(i64);
    struct Great128 { value: i128 }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
struct Holder {
    #[serde(flatten)]
    body: Body,
}

/// A type that is read from a text, as it is written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(try_from = "String", into = "String")]
struct Converted {
    #[serde(flatten)]
    body: Body,
}

impl TryFrom<String> for Converted {
    type Error = serde_json::Error;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let counts = serde_json::from_str(&text)?;
        let body = Body { counts };
        Ok(Self { body })
    }
}

impl From<Converted> for String {
    fn from(value: Converted) -> Self {
        serde_json::to_string(&value.body.counts).unwrap_or_default()
    }
}

/// Reads a flattened value with a function.
mod by_hand {
    use super::{BTreeMap, Body};
    use serde::de::{Deserialize, Deserializer, Error};

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Body, D::Error> {
        #[derive(serde::Deserialize)]
        struct Text {
            counts: BTreeMap<String, u8>,
        }
        let Text { counts } = Text::deserialize(from)?;
        let read = |(key, value): (String, u8)| Ok((key.parse().map_err(Error::custom)?, value));
        let counts = counts.into_iter().map(read).collect::<Result<_, _>>()?;
        Ok(Body { counts })
    }
}

/// The cases: a field, its value, and the places that the gate names. No reader can read these events.
macro_rules! cases {
    ($($name:ident: { $($field:tt)* } $value:expr => $places:expr;)*) => {$(
        #[test]
        fn $name() {
            #[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema, OutboxEvent)]
            #[outbox(event_type = "com.example.thing.done", source = "/things")]
            struct Done {
                #[aggregate_id]
                id: String,
                $($field)*
            }

            let done = Done { id: "1".to_owned(), v: $value };
            let row = Envelope::new(done).unwrap().to_row().unwrap();
            let places: &[&str] = &$places;
            assert_eq!(Envelope::<Done>::from_row(&row).is_ok(), places.is_empty());

            let catalog = Catalog::new("Test", "1").with::<Done>();
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("events.lock.json");
            let gate = |update| check_compatible(&catalog, &path, Compatibility::Full, update);
            let verdict = gate(Update::Additions).map_err(|error| {
                assert!(error.is_breaking());
                error.to_string()
            });
            let told = verdict.err().unwrap_or_default();
            for place in places {
                let told_of = format!("\n  {place}\n    was: a form that serde can read");
                assert!(told.contains(&told_of), "{told}");
            }
            assert_eq!(told.matches("was:").count(), places.len(), "{told}");
            // The event can be recorded on purpose.
            assert_eq!(gate(Update::Everything), Ok(()));
            assert_eq!(gate(Update::Nothing), Ok(()));
        }
    )*};
}

cases! {
    a_flattened_map: { #[serde(flatten)] v: Counts } counts() => ["[*]"];
    with_keys_of_an_own_type: { #[serde(flatten)] v: BTreeMap<Number, u8> } [(Number(1), 1)].into() => ["[*]"];
    a_map_in_a_flattened_map: { #[serde(flatten)] v: BTreeMap<String, Counts> } [("a".to_owned(), counts())].into() => ["[*][*]"];
    a_map_in_a_flattened_struct: { #[serde(flatten)] v: Body } Body { counts: counts() } => ["counts[*]"];
    in_a_struct_that_holds_itself: { #[serde(flatten)] v: Tree } Tree { counts: counts(), next: None } => ["counts[*]", "next.counts[*]"];
    flattened_further_down: { v: Vec<Outer> } vec![Outer { name: "a".to_owned(), counts: counts() }] => ["v[][*]"];
    flattened_in_a_value: { v: Vec<Holder> } vec![Holder { body: Body { counts: counts() } }] => ["v[].counts[*]"];
    an_inner_tag: { v: Inner } Inner::Counted { counts: counts() } => ["v.counts[*]"];
    an_inner_tag_beside_a_type: { v: Option<InnerType> } Some(InnerType::Counted(Body { counts: counts() })) => ["v.counts[*]"];
    no_tag: { v: Untagged } Untagged::Counted(Body { counts: counts() }) => ["v.counts[*]"];
    a_flattened_enum: { #[serde(flatten)] v: External } External::Counted(Body { counts: counts() }) => ["Counted.counts[*]", "List[][*]"];
    a_number_of_128_bits: { v: Great } Great::Number { value: 1 } => ["v.value"];
    a_flattened_number_of_128_bits: { #[serde(flatten)] v: Great128 } Great128 { value: 1 } => ["value"];

    a_map: { v: Counts } counts() => [];
    a_map_in_a_struct: { v: Option<Body> } Some(Body { counts: counts() }) => [];
    a_tag_outside: { v: External } External::Counted(Body { counts: counts() }) => [];
    a_list_under_a_tag: { v: External } External::List(vec![counts()]) => [];
    a_tag_beside_the_content: { v: Adjacent } Adjacent::Counted(Body { counts: counts() }) => [];
    a_flattened_map_of_texts: { #[serde(flatten)] v: BTreeMap<String, u8> } [("1".to_owned(), 1)].into() => [];
    a_number_of_64_bits: { v: Small } Small::Number { value: 1 } => [];
    a_lonely_number_of_128_bits: { v: u128 } 1 => [];
    a_type_that_serde_converts: { #[validate(nested)] v: Converted } Converted { body: Body { counts: counts() } } => [];
    a_function_that_reads: { #[serde(flatten, deserialize_with = "by_hand::deserialize")] v: Body } Body { counts: counts() } => [];
}
