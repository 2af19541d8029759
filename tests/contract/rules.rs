//! The place of a rule in the schema: every place where serde writes the value.

use outbox_core::contract::{Catalog, Compatibility, Update, check_compatible};
use outbox_core::{Envelope, OutboxEvent};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

const DONE: &str = "com.example.thing.done";

/// Compares the schema with the event: for each number, whether the event is valid.
fn check_schema<E>(catalog: &Catalog, name: &str, payload: fn(u8) -> Value, is_checked: bool)
where
    E: OutboxEvent + Serialize + DeserializeOwned,
{
    let schema = catalog.json_schema(DONE).unwrap();
    let validator = jsonschema::draft202012::new(&schema).expect(name);
    for (number, is_greater) in [(3, false), (4, true)] {
        let event: E = serde_json::from_value(payload(number)).expect(name);
        let written = serde_json::to_value(&event).unwrap();
        let is_valid = is_greater || !is_checked;
        assert_eq!(Envelope::new(event).is_ok(), is_valid, "{name} {number}");
        assert_eq!(
            validator.is_valid(&written),
            is_valid,
            "{name} {number}: {schema:#}"
        );
    }
}

fn gate(catalogs: [&Catalog; 2]) -> [bool; 2] {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.lock.json");
    let passes = |catalog, update| {
        let verdict = check_compatible(catalog, &path, Compatibility::Full, update);
        !verdict.is_err_and(|error| error.is_breaking())
    };
    [
        passes(catalogs[0], Update::Additions),
        passes(catalogs[1], Update::Nothing),
    ]
}

/// The cases: an event with the rule that a number is greater than `MIN`, a payload with that number, and whether the
/// rule is checked at all.
macro_rules! cases {
    ($($name:ident: $is_checked:literal, $payload:expr, { $($item:item)* } { $($field:tt)* };)*) => {$(
        mod $name {
            cases!(@version before 3 [$($item)*] [$($field)*]);
            cases!(@version after 100 [$($item)*] [$($field)*]);

            #[test]
            fn is_in_the_schema() {
                let catalog = super::Catalog::new("Test", "1").with::<before::Done>();
                let payload: fn(u8) -> super::Value = $payload;
                let name = stringify!($name);
                super::check_schema::<before::Done>(&catalog, name, payload, $is_checked);
                let after = super::Catalog::new("Test", "1").with::<after::Done>();
                assert_eq!(super::gate([&catalog, &after]), [true, !$is_checked], "the gate");
            }
        }
    )*};
    (@version $version:ident $min:literal [$($item:item)*] [$($field:tt)*]) => {
        mod $version {
            #![allow(unused_imports, dead_code, reason = "not every case needs all")]
            #![allow(clippy::linkedlist, reason = "a user may")]

            use std::borrow::Cow;
            use std::collections::{BTreeMap, BTreeSet, HashMap, LinkedList, VecDeque};
            use std::rc::Rc;
            use std::sync::Arc;

            use outbox_core::{OutboxEvent, Validate};
            use schemars::JsonSchema;
            use serde::{Deserialize, Serialize};

            const MIN: u8 = $min;

            #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
            #[derive(Serialize, Deserialize, JsonSchema, Validate)]
            pub(super) struct T {
                #[validate(range(exclusive_min = MIN))]
                n: u8,
            }

            $(
                #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
                #[derive(Serialize, Deserialize, JsonSchema, Validate)]
                $item
            )*

            #[derive(Serialize, Deserialize, JsonSchema, OutboxEvent)]
            #[outbox(event_type = "com.example.thing.done", source = "/things")]
            pub(super) struct Done {
                #[aggregate_id]
                id: String,
                $($field)*
            }
        }
    };
}

#[derive(PartialEq, Eq, PartialOrd, Ord, Serialize, serde::Deserialize, schemars::JsonSchema)]
enum Key {
    One,
    Two,
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("key")
    }
}

fn v(value: &Value) -> Value {
    json!({ "id": "1", "v": value })
}

cases! {
    plain: true, |n| super::v(&super::json!({ "n": n })), {} {#[validate(nested)] v: T};
    field: true, |n| super::v(&super::json!(n)), {} {#[validate(range(exclusive_min = MIN))] v: u8};
    renamed: true, |n| super::json!({ "id": "1", "w/~ %": { "n": n } }), {} {#[validate(nested)] #[serde(rename = "w/~ %")] v: T};
    boxed: true, |n| super::v(&super::json!({ "n": n })), {} {#[validate(nested)] v: Box<T>};
    option: true, |n| super::v(&super::json!({ "n": n })), {} {#[validate(nested)] v: Option<T>};
    option_of_option: true, |n| super::v(&super::json!([null, { "n": n }])), {} {#[validate(nested)] v: Option<Vec<Option<T>>>};
    list: true, |n| super::v(&super::json!([{ "n": n }])), {} {#[validate(nested)] v: Vec<T>};
    slice: true, |n| super::v(&super::json!([{ "n": n }])), {} {#[validate(nested)] v: Box<[T]>};
    array: true, |n| super::v(&super::json!([{ "n": 9 }, { "n": n }])), {} {#[validate(nested)] v: [T; 2]};
    queue: true, |n| super::v(&super::json!([{ "n": n }])), {} {#[validate(nested)] v: VecDeque<T>};
    linked_list: true, |n| super::v(&super::json!([{ "n": n }])), {} {#[validate(nested)] v: LinkedList<T>};
    set: true, |n| super::v(&super::json!([{ "n": n }])), {} {#[validate(nested)] v: BTreeSet<T>};
    map: true, |n| super::v(&super::json!({ "a": { "n": n } })), {} {#[validate(nested)] v: BTreeMap<String, T>};
    map_of_numbers: true, |n| super::v(&super::json!({ "1": { "n": n } })), {} {#[validate(nested)] v: BTreeMap<u32, T>};
    map_of_signed_numbers: true, |n| super::v(&super::json!({ "-1": { "n": n } })), {} {#[validate(nested)] v: HashMap<i64, T>};
    map_of_uuids: true, |n| super::v(&super::json!({ "67e55044-10b1-426f-9247-bb680e5fe0c8": { "n": n } })), {} {#[validate(nested)] v: BTreeMap<uuid::Uuid, T>};
    map_of_characters: true, |n| super::v(&super::json!({ "a": { "n": n } })), {} {#[validate(nested)] v: BTreeMap<char, T>};
    map_of_booleans: true, |n| super::v(&super::json!({ "true": { "n": n } })), {} {#[validate(nested)] v: BTreeMap<bool, T>};
    map_of_constants: true, |n| super::v(&super::json!({ "Two": { "n": n } })), { } {#[validate(nested)] v: BTreeMap<super::super::Key, T>};
    map_of_newtypes: true, |n| super::v(&super::json!({ "1": { "n": n } })), {} {#[validate(nested)] v: BTreeMap<std::num::NonZeroU8, T>};
    map_of_maps: true, |n| super::v(&super::json!({ "1": { "a": [{ "n": n }] } })), {} {#[validate(nested)] v: BTreeMap<u8, BTreeMap<String, Vec<T>>>};
    flattened: true, |n| super::json!({ "id": "1", "n": n }), {} {#[validate(nested)] #[serde(flatten)] v: T};
    flattened_option: true, |n| super::json!({ "id": "1", "n": n }), {} {#[validate(nested)] #[serde(flatten)] v: Option<T>};
    flattened_map: true, |n| super::json!({ "id": "1", "a": { "n": n } }), {} {#[validate(nested)] #[serde(flatten)] v: BTreeMap<String, T>};
    flattened_twice: true, |n| super::json!({ "id": "1", "n": n }), {
        struct Middle { #[validate(nested)] #[serde(flatten)] t: T }
    } {#[validate(nested)] #[serde(flatten)] v: Middle};
    newtype: true, |n| super::v(&super::json!({ "n": n })), { struct N(#[validate(nested)] T); } {#[validate(nested)] v: N};
    newtype_of_a_number: true, |n| super::v(&super::json!(n)), {
        struct N(#[validate(range(exclusive_min = MIN))] u8);
    } {#[validate(nested)] v: N};
    newtype_of_a_list: true, |n| super::v(&super::json!([{ "n": n }])), {
        struct N(#[validate(nested)] Vec<T>);
    } {#[validate(nested)] v: N};
    newtypes_deep: true, |n| super::v(&super::json!([n])), {
        struct A(#[validate(range(exclusive_min = MIN))] u8);
        struct B(#[validate(nested)] A);
        struct C(#[validate(nested)] Vec<B>);
    } {#[validate(nested)] v: C};
    transparent: true, |n| super::v(&super::json!([{ "n": n }])), {
        #[serde(transparent)]
        struct N { #[validate(nested)] v: Vec<T>, p: std::marker::PhantomData<u8> }
    } {#[validate(nested)] v: N};
    tuple_struct: true, |n| super::v(&super::json!(["a", n])), {
        struct P(String, #[validate(range(exclusive_min = MIN))] u8);
    } {#[validate(nested)] v: P};
    tuple_struct_nested: true, |n| super::v(&super::json!([[{ "n": n }, 1]])), {
        struct P(#[validate(nested)] T, u8);
    } {#[validate(nested)] v: Vec<P>};
    tuple_struct_with_a_skipped_field: true, |n| super::v(&super::json!([n, 1])), {
        struct P(#[serde(skip)] u8, #[validate(range(exclusive_min = MIN))] u8, u8);
    } {#[validate(nested)] v: P};
    enum_named: true, |n| super::v(&super::json!({ "A": { "n": n } })), {
        enum V { Unit, A { #[validate(range(exclusive_min = MIN))] n: u8 }, B { n: u8 } }
    } {#[validate(nested)] v: V};
    enum_newtype: true, |n| super::v(&super::json!({ "A": n })), {
        enum V { Unit, B(u8), A(#[validate(range(exclusive_min = MIN))] u8) }
    } {#[validate(nested)] v: V};
    enum_tuple: true, |n| super::v(&super::json!({ "A": [1, n] })), {
        enum V { B(u8, u8), A(u8, #[validate(range(exclusive_min = MIN))] u8) }
    } {#[validate(nested)] v: V};
    enum_nested: true, |n| super::v(&super::json!({ "A": { "n": n } })), {
        enum V { Other(T), A(#[validate(nested)] T) }
    } {#[validate(nested)] v: V};
    enum_unchecked_variant: false, |n| super::v(&super::json!({ "Other": { "n": n } })), {
        enum V { Other(T) }
    } {#[validate(nested)] v: V};
    enum_renamed: true, |n| super::v(&super::json!({ "some-name": { "someField": n } })), {
        #[serde(rename_all = "kebab-case", rename_all_fields = "camelCase")]
        enum V { Other, SomeName { #[validate(range(exclusive_min = MIN))] some_field: u8 } }
    } {#[validate(nested)] v: V};
    enum_renamed_one_by_one: true, |n| super::v(&super::json!({ "x/y": { "1": n } })), {
        enum V { #[serde(rename = "x/y")] A { #[serde(rename = "1")] #[validate(range(exclusive_min = MIN))] n: u8 } }
    } {#[validate(nested)] v: V};
    enum_variant_renamed: true, |n| super::v(&super::json!({ "A": { "SOME": n } })), {
        enum V { #[serde(rename_all = "UPPERCASE")] A { #[validate(range(exclusive_min = MIN))] some: u8 } }
    } {#[validate(nested)] v: V};
    enum_internal: true, |n| super::v(&super::json!([{ "t": "A", "n": n }])), {
        #[serde(tag = "t")]
        enum V { Unit, B { n: u8 }, A { #[validate(range(exclusive_min = MIN))] n: u8 } }
    } {#[validate(nested)] v: Vec<V>};
    enum_internal_newtype: true, |n| super::v(&super::json!({ "t": "A", "n": n })), {
        #[serde(tag = "t")]
        enum V { B(T), A(#[validate(nested)] T) }
    } {#[validate(nested)] v: V};
    enum_internal_newtype_that_is_closed: true, |n| super::v(&super::json!({ "t": "A", "n": n })), {
        #[serde(deny_unknown_fields)]
        struct Closed { #[validate(range(exclusive_min = MIN))] n: u8 }
        #[serde(tag = "t")]
        enum V { B(T), A(#[validate(nested)] Closed) }
    } {#[validate(nested)] v: V};
    enum_adjacent: true, |n| super::v(&super::json!({ "t": "A", "c": [n, 1] })), {
        #[serde(tag = "t", content = "c")]
        enum V { Unit, B(T), A(#[validate(range(exclusive_min = MIN))] u8, u8) }
    } {#[validate(nested)] v: V};
    enum_adjacent_named: true, |n| super::v(&super::json!({ "1": { "t": "A", "c": { "n": n } } })), {
        #[serde(tag = "t", content = "c")]
        enum V { A { #[validate(range(exclusive_min = MIN))] n: u8 } }
    } {#[validate(nested)] v: BTreeMap<u8, V>};
    enum_untagged: true, |n| super::v(&super::json!({ "n": n })), {
        #[serde(untagged)]
        enum V { Text(String), A { #[validate(range(exclusive_min = MIN))] n: u8 } }
    } {#[validate(nested)] v: V};
    enum_untagged_newtype: true, |n| super::v(&super::json!({ "n": n })), {
        #[serde(untagged)]
        enum V { A(#[validate(nested)] T), Nothing }
    } {#[validate(nested)] v: Option<V>};
    enum_with_a_skipped_variant: true, |n| super::v(&super::json!({ "A": { "n": n } })), {
        enum V { #[serde(skip)] No { n: u8 }, A { #[validate(range(exclusive_min = MIN))] n: u8 } }
    } {#[validate(nested)] v: V};
    enum_flattened: true, |n| super::json!({ "id": "1", "t": "A", "n": n }), {
        #[serde(tag = "t")]
        enum V { Unit, A { #[validate(range(exclusive_min = MIN))] n: u8 } }
    } {#[validate(nested)] #[serde(flatten)] v: V};
    enum_external_flattened: true, |n| super::json!({ "id": "1", "A": { "n": n } }), {
        enum V { Unit, B { n: u8 }, A { #[validate(range(exclusive_min = MIN))] n: u8 } }
    } {#[validate(nested)] #[serde(flatten)] v: V};
    enum_option_flattened: true, |n| super::json!({ "id": "1", "t": "A", "n": n }), {
        #[serde(tag = "t")]
        enum V { Unit, A { #[validate(range(exclusive_min = MIN))] n: u8 } }
    } {#[validate(nested)] #[serde(flatten)] v: Option<V>};
    enums_flattened: true, |n| super::json!({ "id": "1", "t": "A", "s": "A", "m": 1, "n": n }), {
        #[serde(tag = "t")]
        enum First { Unit, A { m: u8 } }
        #[serde(tag = "s")]
        enum V { Unit, A { #[validate(range(exclusive_min = MIN))] n: u8 } }
    } {#[serde(flatten)] first: First, #[validate(nested)] #[serde(flatten)] v: V};
    three_enums_flattened: true, |n| super::json!({ "id": "1", "t": "A", "s": "A", "u": "A", "m": 1, "n": n }), {
        #[serde(tag = "t")]
        enum First { Unit, A { m: u8 } }
        #[serde(tag = "s")]
        enum V { Unit, A { #[validate(range(exclusive_min = MIN))] n: u8 } }
        #[serde(tag = "u")]
        enum Last { Unit, A }
        struct Both { #[validate(nested)] #[serde(flatten)] v: V, #[serde(flatten)] last: Last }
    } {#[serde(flatten)] first: First, #[validate(nested)] #[serde(flatten)] v: Both};
    a_type_that_holds_itself: true, |n| super::v(&super::json!({ "n": 9, "m": { "1": { "n": n, "m": {} } } })), {
        struct N { #[validate(range(exclusive_min = MIN))] n: u8, #[validate(nested)] m: BTreeMap<u8, N> }
    } {#[validate(nested)] v: N};
    types_that_hold_each_other: true, |n| super::v(&super::json!({ "q": [{ "p": { "q": [] }, "n": n }] })), {
        struct P { #[validate(nested)] q: Vec<Q> }
        struct Q { #[validate(nested)] p: Option<Box<P>>, #[validate(range(exclusive_min = MIN))] n: u8 }
    } {#[validate(nested)] v: P};
    a_generic_type: true, |n| super::v(&super::json!({ "items": [{ "n": n }] })), {
        struct Page<I> { #[validate(nested)] items: Vec<I> }
    } {#[validate(nested)] v: Page<T>};
    a_generic_enum: true, |n| super::v(&super::json!({ "A": [{ "n": n }, 1] })), {
        enum Page<I> { A(#[validate(nested)] I, u8) }
    } {#[validate(nested)] v: Page<T>};
    generic_types_that_hold_each_other: true, |n| super::v(&super::json!({ "q": [{ "p": null, "n": n }], "own": 1 })), {
        struct P<I> { #[validate(nested)] q: Vec<Q<I>>, own: I }
        struct Q<I> { #[validate(nested)] p: Option<Box<P<I>>>, #[validate(range(exclusive_min = MIN))] n: u8 }
    } {#[validate(nested)] v: P<u8>};
    generic_types_that_hold_each_other_and_a_value: true, |n| super::v(&super::json!({ "p": { "q": [{ "p": null }], "own": { "n": n } } })), {
        struct P<I> { #[validate(nested)] q: Vec<Q<I>>, #[validate(nested)] own: I }
        struct Q<I> { #[validate(nested)] p: Option<Box<P<I>>> }
    } {#[validate(nested)] v: Q<T>, #[serde(default)] w: Option<P<T>>};
    a_parameter_of_a_generic_type: true, |n| super::v(&super::json!({ "own": { "n": 1 }, "other": { "i": { "n": n } } })), {
        struct Other<I> { #[validate(nested)] i: I }
        struct Both<I> where I: Validate { own: I, #[validate(nested)] other: Other<I> }
    } {#[validate(nested)] v: Both<T>};
    a_type_of_its_own_length: true, |n| super::v(&super::json!(["a"; 1].iter().cycle().take(n.into()).collect::<Vec<_>>())), {
        struct N(#[validate(length(min = MIN as usize + 1))] Vec<String>);
    } {#[validate(nested)] v: N};
    a_map_and_its_length: true, |n| super::v(&(0..n).map(|key| (key.to_string(), super::json!(1))).collect::<serde_json::Map<_, _>>().into()), {
        struct N { m: u8 }
    } {#[validate(length(min = MIN as usize + 1))] v: BTreeMap<u32, u8>};

    nobody_asks: false, |n| super::v(&super::json!({ "n": n })), {
        struct Own { #[validate(range(min = 4))] n: u8 }
    } {v: Own};
    nobody_asks_of_a_list: false, |n| super::v(&super::json!([{ "n": n }])), {
        struct Own { #[validate(range(min = 4, max = 9))] n: Option<u8> }
    } {v: Vec<Own>};
    nobody_asks_of_a_map: false, |n| super::v(&super::json!({ "1": n })), {
        struct Own(#[validate(range(min = 4))] u64);
    } {v: BTreeMap<u8, Own>};
    nobody_asks_of_an_enum: false, |n| super::v(&super::json!({ "A": { "n": n } })), {
        enum V { A { #[validate(range(min = 4))] n: u8 } }
    } {v: V};
    nobody_asks_within: false, |n| super::v(&super::json!({ "own": { "n": n } })), {
        struct Own { #[validate(range(min = 4))] n: u8 }
        struct Outer { own: Own }
    } {#[validate(nested)] v: Outer};
    nobody_asks_the_one_who_asks: false, |n| super::v(&super::json!({ "own": { "n": n } })), {
        struct Own { #[validate(range(min = 4))] n: u8 }
        struct Outer { #[validate(nested)] own: Own }
    } {v: Outer};
    nobody_asks_of_a_length: false, |n| super::v(&super::json!({ "n": "a".repeat(n.into()) })), {
        struct Own { #[validate(length(min = 4))] n: String }
    } {v: Own};
    nobody_asks_for_mail: false, |n| super::v(&super::json!({ "n": n.to_string() })), {
        struct Own { #[validate(email)] n: String }
    } {v: Own};
    nobody_asks_for_a_url: false, |n| super::v(&super::json!({ "n": n.to_string() })), {
        struct Own { #[validate(url)] n: String }
    } {v: Own};
    nobody_requires: false, |n| super::v(&super::json!({ "n": (n > 3).then_some(n) })), {
        struct Own { #[validate(required)] n: Option<u8> }
    } {v: Own};
    nobody_requires_a_type: false, |n| super::v(&super::json!({ "n": (n > 3).then_some(super::json!({ "n": n })) })), {
        struct Own { #[validate(required, nested)] n: Option<T> }
    } {v: Own};
    nobody_asks_of_what_is_flattened: false, |n| super::json!({ "id": "1", "n": n }), {
        struct Own { #[validate(range(min = 4))] n: u8 }
    } {#[serde(flatten)] v: Own};

    one_field_asks: true, |n| super::json!({ "id": "1", "loose": { "n": 1 }, "strict": { "n": n } }), {} {loose: T, #[validate(nested)] strict: T};
    one_field_asks_for_an_inclusive_bound: true, |n| super::json!({ "id": "1", "loose": [{ "n": 1 }], "strict": { "n": n } }), {
        struct Own { #[validate(range(min = MIN + 1))] n: u8 }
    } {loose: Vec<Own>, #[validate(nested)] strict: Own};
    one_field_asks_deep: true,
        |n| super::json!({ "id": "1", "loose": { "own": { "n": 1 } }, "strict": { "own": { "n": n } } }), {
        struct Own { #[validate(range(min = MIN + 1))] n: u8 }
        struct Outer { #[validate(nested)] own: Own }
    } {loose: Outer, #[validate(nested)] strict: Outer};
    one_field_of_a_variant_asks: true, |n| super::v(&super::json!({ "A": [{ "n": 1 }, { "n": n }] })), {
        enum V { A(T, #[validate(nested)] T) }
    } {#[validate(nested)] v: V};
    one_who_holds_itself_asks: true, |n| super::v(&super::json!({ "n": n, "loose": { "n": 1, "loose": null } })), {
        struct N { #[validate(range(min = MIN + 1))] n: u8, loose: Option<Box<N>> }
    } {#[validate(nested)] v: N};
    one_field_is_required: true,
        |n| super::json!({ "id": "1", "loose": { "n": null }, "strict": { "n": (n > 3).then_some(n) } }), {
        struct Own { #[validate(required, range(exclusive_min = MIN))] n: Option<u8> }
    } {loose: Own, #[validate(nested)] strict: Own};
    a_type_between_that_has_no_rules: true, |n| super::json!({ "id": "1", "w": { "t": { "n": 1 } }, "v": { "n": n } }), {
        struct W { t: T }
    } {w: W, #[validate(nested)] v: T};
}
