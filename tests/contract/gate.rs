//! The gate: which changes break which readers.

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;
use std::process::Command;
use std::{env, fs};

use outbox_core::contract::{
    Catalog, Compatibility, Incompatible, Published, Update, assert_compatible, check_compatible,
};
use outbox_core::{OutboxEvent, Validate};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

fn catalog<E: Published>() -> Catalog {
    Catalog::new("Test", "1").with::<E>()
}

/// A lock file for one test.
struct Gate {
    folder: tempfile::TempDir,
}

impl Gate {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        Self { folder }
    }

    /// Makes a lock file with these events.
    fn of<E: Published>() -> Self {
        let gate = Self::new();
        assert_eq!(gate.update::<E>(Update::Additions), Ok(()));
        gate
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("events.lock.json")
    }

    fn text(&self) -> String {
        fs::read_to_string(self.path()).expect("the file is there")
    }

    fn update<E: Published>(&self, update: Update) -> Result<(), Incompatible> {
        self.check(&catalog::<E>(), Compatibility::Full, update)
    }

    fn check(
        &self,
        catalog: &Catalog,
        compatibility: Compatibility,
        update: Update,
    ) -> Result<(), Incompatible> {
        check_compatible(catalog, self.path(), compatibility, update)
    }
}

/// The gate's verdict on a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// There is nothing to record.
    Same,
    /// The change breaks nobody, and must be recorded.
    Addition,
    /// The change breaks a reader.
    Breaking,
}

fn verdict(before: &Catalog, after: &Catalog, compatibility: Compatibility) -> Verdict {
    let gate = Gate::new();
    let made = gate.check(before, Compatibility::Full, Update::Additions);
    assert_eq!(made, Ok(()));
    match gate.check(after, compatibility, Update::Nothing) {
        Ok(()) => Verdict::Same,
        Err(error) if error.is_breaking() => Verdict::Breaking,
        Err(_) => Verdict::Addition,
    }
}

/// Makes the catalogue of one event with this definition and these fields.
macro_rules! event {
    ($([$($outbox:tt)*])? $(#[$container:meta])* { $($fields:tt)* }) => {{
        #[derive(Serialize, Deserialize, JsonSchema, OutboxEvent)]
        #[outbox(event_type = "com.example.thing.made", source = "/things", $($($outbox)*)?)]
        $(#[$container])*
        #[allow(dead_code, reason = "its contract is all that is looked at")]
        struct Made {
            #[aggregate_id]
            id: String,
            $($fields)*
        }
        catalog::<Made>()
    }};
}

/// `before => after: Full, Backward, Forward`
macro_rules! changes {
    ($($name:ident: $before:expr => $after:expr, $full:ident $backward:ident $forward:ident;)*) => {$(
        #[test]
        fn $name() {
            let (before, after) = ($before, $after);
            let verdicts = [Compatibility::Full, Compatibility::Backward, Compatibility::Forward]
                .map(|compatibility| verdict(&before, &after, compatibility));
            assert_eq!(verdicts, [Verdict::$full, Verdict::$backward, Verdict::$forward]);
        }
    )*};
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Two {
    Red,
    Green,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Three {
    Red,
    Green,
    Blue,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind")]
enum Tagged {
    Small { size: u8 },
    Large { size: u8 },
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind")]
enum TaggedMore {
    Small { size: u8 },
    Large { size: u8, note: Option<String> },
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind")]
enum TaggedOther {
    Small { size: u8 },
    Large { size: String },
}

#[derive(Serialize, Deserialize, JsonSchema)]
enum External {
    Small(u8),
    Large { size: u8 },
}

#[derive(Serialize, Deserialize, JsonSchema)]
enum ExternalLess {
    Small(u8),
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
enum Untagged {
    Number(u8),
    Text(String),
}

#[derive(Serialize, Deserialize, JsonSchema, Validate)]
struct Part {
    #[validate(length(max = 9))]
    name: String,
}

#[derive(Serialize, Deserialize, JsonSchema, Validate)]
struct LongerPart {
    #[validate(length(max = 10))]
    name: String,
}

#[derive(Serialize, Deserialize, JsonSchema, Validate)]
struct PartWithNote {
    #[validate(length(max = 9))]
    name: String,
    note: Option<String>,
}

#[derive(Serialize, Deserialize, JsonSchema, Validate)]
struct PartWithCount {
    #[validate(length(max = 9))]
    name: String,
    count: u8,
}

/// A type that contains itself.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Tree {
    name: String,
    branches: Vec<Tree>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct TreeOfNumbers {
    name: u8,
    branches: Vec<TreeOfNumbers>,
}

#[derive(Serialize, Deserialize, JsonSchema, Validate)]
struct PartByAnotherName {
    #[validate(length(max = 9))]
    name: String,
}

#[derive(Serialize, Deserialize, JsonSchema, OutboxEvent)]
#[outbox(event_type = "com.example.thing.made", source = "/other")]
struct OtherSource {
    #[aggregate_id]
    id: String,
}

#[derive(Serialize, Deserialize, JsonSchema, OutboxEvent)]
#[outbox(event_type = "com.example.thing.made", source = "/things")]
struct OtherId {
    id: String,
    #[aggregate_id]
    a: String,
}

#[derive(Serialize, Deserialize, JsonSchema, OutboxEvent)]
#[outbox(event_type = "com.example.thing.made", source = "/things")]
struct KeyWrittenOut {
    #[aggregate_id]
    #[partition_key]
    id: String,
}

mod odd {
    use super::{Deserialize, JsonSchema, Serialize};

    #[derive(Serialize, Deserialize, JsonSchema)]
    #[serde(rename_all = "snake_case")]
    pub(super) enum Two {
        Green,
        Red,
    }

    #[derive(Serialize, Deserialize, JsonSchema)]
    #[schemars(rename = "Line item / 100%")]
    pub(super) struct Spaced {
        name: u8,
    }

    #[derive(Serialize, Deserialize, JsonSchema)]
    #[schemars(rename = "Line item / 100%")]
    pub(super) struct OtherSpaced {
        name: String,
    }

    /// A definition with the same name as another one.
    #[derive(Serialize, Deserialize, JsonSchema)]
    pub(super) struct Part {
        pub(super) name: u8,
    }
}

changes! {
    nothing: event!({ a: u8 }) => event!({ a: u8 }), Same Same Same;
    another_doc_comment: event!({ a: u8 }) => event!({ /** New. */ a: u8 }), Same Same Same;
    another_order_of_fields: event!({ a: u8, b: u8 }) => event!({ b: u8, a: u8 }), Same Same Same;
    another_minor_version: event!({ a: u8 }) => event!([data_version = "1.1"] { a: u8 }), Addition Addition Addition;
    another_source: event!({}) => catalog::<OtherSource>(), Same Same Same;

    an_optional_field_added: event!({}) => event!({ a: Option<u8> }), Addition Addition Addition;
    a_required_field_added: event!({}) => event!({ a: u8 }), Breaking Breaking Addition;
    a_field_with_a_default_added: event!({}) => event!({ #[serde(default)] a: u8 }), Addition Addition Addition;
    a_field_added_where_unknown_ones_are_refused:
        event!(#[serde(deny_unknown_fields)] {}) => event!(#[serde(deny_unknown_fields)] { a: Option<u8> }),
        Breaking Addition Breaking;
    a_required_field_removed: event!({ a: u8 }) => event!({}), Breaking Addition Breaking;
    an_optional_field_removed: event!({ a: Option<u8> }) => event!({}), Addition Addition Addition;
    a_removed_field_where_unknown_ones_are_refused:
        event!({ a: Option<u8> }) => event!(#[serde(deny_unknown_fields)] {}), Breaking Breaking Addition;
    a_field_renamed: event!({ a: u8 }) => event!({ b: u8 }), Breaking Breaking Breaking;
    a_field_renamed_in_rust_alone:
        event!({ a: u8 }) => event!({ #[serde(rename = "a")] b: u8 }), Same Same Same;
    all_fields_renamed:
        event!({ a_b: u8 }) => event!(#[serde(rename_all = "camelCase")] { a_b: u8 }), Breaking Breaking Breaking;
    a_default_added: event!({ a: u8 }) => event!({ #[serde(default)] a: u8 }), Addition Addition Addition;
    a_default_removed: event!({ #[serde(default)] a: u8 }) => event!({ a: u8 }), Addition Addition Addition;
    a_field_that_may_be_skipped:
        event!({ a: Option<u8> }) => event!({ #[serde(skip_serializing_if = "Option::is_none")] a: Option<u8> }),
        Addition Addition Addition;

    another_type: event!({ a: u8 }) => event!({ a: String }), Breaking Breaking Breaking;
    a_wider_integer: event!({ a: u32 }) => event!({ a: u64 }), Breaking Addition Breaking;
    a_narrower_integer: event!({ a: u32 }) => event!({ a: u16 }), Breaking Breaking Addition;
    a_sign: event!({ a: u64 }) => event!({ a: i64 }), Breaking Breaking Breaking;
    a_small_integer_to_a_float: event!({ a: u32 }) => event!({ a: f64 }), Breaking Addition Breaking;
    a_large_integer_to_a_float: event!({ a: u64 }) => event!({ a: f64 }), Breaking Breaking Breaking;
    a_wider_float: event!({ a: f32 }) => event!({ a: f64 }), Breaking Addition Breaking;
    a_type_to_its_option: event!({ a: u8 }) => event!({ a: Option<u8> }), Breaking Addition Breaking;
    an_option_to_its_type: event!({ a: Option<u8> }) => event!({ a: u8 }), Breaking Breaking Addition;
    a_text_to_a_uuid: event!({ a: String }) => event!({ a: uuid::Uuid }), Breaking Breaking Addition;
    a_uuid_to_a_text: event!({ a: uuid::Uuid }) => event!({ a: String }), Breaking Addition Breaking;
    a_time_to_a_uuid:
        event!({ a: chrono::DateTime<chrono::Utc> }) => event!({ a: uuid::Uuid }), Breaking Breaking Breaking;
    a_type_to_anything: event!({ a: u8 }) => event!({ a: serde_json::Value }), Breaking Addition Breaking;
    one_to_a_list: event!({ a: u8 }) => event!({ a: Vec<u8> }), Breaking Breaking Breaking;
    a_list_to_a_set: event!({ a: Vec<u8> }) => event!({ a: HashSet<u8> }), Breaking Breaking Addition;
    a_list_to_an_array: event!({ a: Vec<u8> }) => event!({ a: [u8; 3] }), Breaking Breaking Addition;
    a_longer_tuple: event!({ a: (u8, u8) }) => event!({ a: (u8, u8, u8) }), Breaking Breaking Breaking;
    another_tuple: event!({ a: (u8, u8) }) => event!({ a: (u8, String) }), Breaking Breaking Breaking;

    a_variant_added: event!({ a: Two }) => event!({ a: Three }), Breaking Addition Breaking;
    a_variant_removed: event!({ a: Three }) => event!({ a: Two }), Breaking Breaking Addition;
    a_text_to_an_enum: event!({ a: String }) => event!({ a: Two }), Breaking Breaking Addition;
    an_enum_to_a_text: event!({ a: Two }) => event!({ a: String }), Breaking Addition Breaking;
    a_field_added_to_a_variant: event!({ a: Tagged }) => event!({ a: TaggedMore }), Addition Addition Addition;
    another_type_in_a_variant: event!({ a: Tagged }) => event!({ a: TaggedOther }), Breaking Breaking Breaking;
    another_tagging: event!({ a: Tagged }) => event!({ a: External }), Breaking Breaking Breaking;
    a_variant_of_data_removed: event!({ a: External }) => event!({ a: ExternalLess }), Breaking Breaking Addition;
    a_choice_of_types: event!({ a: u8 }) => event!({ a: Untagged }), Breaking Addition Breaking;

    a_field_added_within: event!({ a: Part }) => event!({ a: PartWithNote }), Addition Addition Addition;
    a_required_field_added_within: event!({ a: Part }) => event!({ a: PartWithCount }), Breaking Breaking Addition;
    a_required_field_added_in_a_list:
        event!({ a: Vec<Part> }) => event!({ a: Vec<PartWithCount> }), Breaking Breaking Addition;
    a_required_field_added_in_a_map:
        event!({ a: BTreeMap<String, Part> }) => event!({ a: BTreeMap<String, PartWithCount> }),
        Breaking Breaking Addition;
    a_required_field_added_in_an_option:
        event!({ a: Option<Part> }) => event!({ a: Option<PartWithCount> }), Breaking Breaking Addition;
    other_values_in_a_map:
        event!({ a: BTreeMap<String, u8> }) => event!({ a: BTreeMap<String, String> }), Breaking Breaking Breaking;
    a_struct_to_a_map:
        event!({ a: Part }) => event!({ a: BTreeMap<String, String> }), Breaking Addition Breaking;
    a_type_of_the_same_name: event!({ a: Part }) => event!({ a: odd::Part }), Breaking Breaking Breaking;
    a_field_moved_in_by_flatten:
        event!({ name: String }) => event!({ #[serde(flatten)] part: Part }), Same Same Same;
    a_field_with_a_rule_moved_in_by_flatten:
        event!({ name: String }) => event!({ #[serde(flatten)] #[validate(nested)] part: Part }),
        Breaking Breaking Addition;
    a_type_that_holds_itself: event!({ a: Tree }) => event!({ a: Tree }), Same Same Same;
    another_type_that_holds_itself: event!({ a: Tree }) => event!({ a: TreeOfNumbers }), Breaking Breaking Breaking;
    a_flattened_map_added:
        event!({}) => event!({ #[serde(flatten)] rest: BTreeMap<String, serde_json::Value> }),
        Addition Addition Addition;

    a_tighter_length:
        event!({ #[validate(length(max = 9))] a: String }) => event!({ #[validate(length(max = 8))] a: String }),
        Breaking Breaking Addition;
    a_looser_length:
        event!({ #[validate(length(max = 9))] a: String }) => event!({ #[validate(length(max = 10))] a: String }),
        Breaking Addition Breaking;
    a_length_added: event!({ a: Vec<u8> }) => event!({ #[validate(length(min = 1))] a: Vec<u8> }),
        Breaking Breaking Addition;
    a_length_of_a_map_added:
        event!({ a: BTreeMap<String, u8> }) => event!({ #[validate(length(min = 1))] a: BTreeMap<String, u8> }),
        Breaking Breaking Addition;
    a_tighter_range:
        event!({ #[validate(range(max = 9))] a: u8 }) => event!({ #[validate(range(exclusive_max = 9))] a: u8 }),
        Breaking Breaking Addition;
    a_bound_written_in_another_way:
        event!({ #[validate(range(max = 8))] a: u8 }) => event!({ #[validate(range(exclusive_max = 9))] a: u8 }),
        Addition Addition Addition;
    a_range_removed:
        event!({ #[validate(range(exclusive_min = 0.0))] a: f64 }) => event!({ a: f64 }), Breaking Addition Breaking;
    an_email_added: event!({ a: String }) => event!({ #[validate(email)] a: String }), Breaking Breaking Addition;
    an_email_to_a_url:
        event!({ #[validate(email)] a: String }) => event!({ #[validate(url)] a: String }),
        Breaking Breaking Breaking;
    required_added:
        event!({ a: Option<u8> }) => event!({ #[validate(required)] a: Option<u8> }), Breaking Breaking Addition;
    a_looser_rule_within:
        event!({ #[validate(nested)] a: Vec<Part> }) => event!({ #[validate(nested)] a: Vec<LongerPart> }),
        Breaking Addition Breaking;

    another_topic: event!({}) => event!([topic = "things"] {}), Breaking Breaking Breaking;
    the_default_topic_written_out: event!({}) => event!([topic = "outbox.event.thing"] {}), Same Same Same;
    another_aggregate_type:
        event!([topic = "t"] {}) => event!([topic = "t", aggregate_type = "object"] {}), Breaking Breaking Breaking;
    another_aggregate_id: event!({ a: String }) => catalog::<OtherId>(), Breaking Breaking Breaking;
    the_default_key_written_out: event!({}) => catalog::<KeyWrittenOut>(), Same Same Same;
    an_extension_added: event!({ a: String }) => event!({ #[outbox(extension)] a: String }), Addition Addition Addition;
    an_extension_removed: event!({ #[outbox(extension)] a: String }) => event!({ a: String }), Breaking Breaking Breaking;
    an_extension_renamed:
        event!({ #[outbox(extension = "one")] a: String }) => event!({ #[outbox(extension = "two")] a: String }),
        Breaking Breaking Breaking;
    another_order_of_variants: event!({ a: Two }) => event!({ a: odd::Two }), Same Same Same;
    another_name_of_a_type: event!({ a: Part }) => event!({ a: PartByAnotherName }), Same Same Same;
    a_type_whose_name_is_no_uri: event!({ a: odd::Spaced }) => event!({ a: odd::OtherSpaced }), Breaking Breaking Breaking;
    zero_refused: event!({ a: i32 }) => event!({ a: std::num::NonZeroI32 }), Breaking Breaking Addition;
    a_wider_sign: event!({ a: u128 }) => event!({ a: i128 }), Breaking Breaking Breaking;
    a_large_integer: event!({ a: u64 }) => event!({ a: u128 }), Breaking Addition Breaking;
    another_key: event!({ a: String }) => event!({ #[partition_key] a: String }), Breaking Breaking Breaking;
    a_new_major_that_reads_nothing_old:
        event!({ a: u8 }) => event!([data_version = "2.0"] { a: String }), Breaking Breaking Addition;
}

#[derive(Serialize, Deserialize, JsonSchema, OutboxEvent)]
#[outbox(event_type = "com.example.thing.made", source = "/things")]
struct MadeV1 {
    #[aggregate_id]
    id: String,
    count: u8,
}

#[derive(Serialize, Deserialize, JsonSchema, OutboxEvent)]
#[outbox(
    event_type = "com.example.thing.made",
    source = "/things",
    data_version = "2.0",
    upcast_from(MadeV1)
)]
struct MadeV2 {
    #[aggregate_id]
    id: String,
    count: String,
}

impl From<MadeV1> for MadeV2 {
    fn from(old: MadeV1) -> Self {
        let count = old.count.to_string();
        Self { id: old.id, count }
    }
}

#[derive(Serialize, Deserialize, JsonSchema, OutboxEvent)]
#[outbox(event_type = "com.example.thing.lost", source = "/things")]
struct Lost {
    #[aggregate_id]
    id: String,
}

#[derive(OutboxEvent)]
enum ThingEvent {
    Made(MadeV1),
    Lost(Lost),
}

#[test]
fn a_new_major_that_reads_the_old_one_is_an_addition() {
    let gate = Gate::of::<MadeV1>();
    let error = gate.update::<MadeV2>(Update::Nothing).unwrap_err();
    assert!(!error.is_breaking(), "{error}");
    assert!(
        error
            .to_string()
            .contains("com.example.thing.made 2.0: new event or version"),
        "{error}"
    );
    assert_eq!(gate.update::<MadeV2>(Update::Additions), Ok(()));
    assert_eq!(gate.update::<MadeV2>(Update::Nothing), Ok(()));
    // The new code reads both forms.
    let error = gate
        .check(
            &event!([data_version = "2.0"] { count: String }),
            Compatibility::Full,
            Update::Nothing,
        )
        .unwrap_err();
    assert!(error.is_breaking(), "{error}");
    assert!(error.to_string().contains("upcast_from(...)"), "{error}");
}

#[test]
fn the_struct_of_an_old_version_is_guarded_too() {
    let before = event!({ count: u8, note: String });
    let gate = Gate::new();
    assert_eq!(
        gate.check(&before, Compatibility::Full, Update::Additions),
        Ok(())
    );
    // The new form may leave the member out, but may not give it another type.
    let additions = gate.update::<MadeV2>(Update::Nothing).unwrap_err();
    assert!(!additions.is_breaking(), "{additions}");
    let gate = Gate::new();
    let before = event!({ count: String });
    assert_eq!(
        gate.check(&before, Compatibility::Full, Update::Additions),
        Ok(())
    );
    let error = gate.update::<MadeV2>(Update::Nothing).unwrap_err();
    assert!(error.is_breaking(), "{error}");
    assert!(
        error.to_string().contains("  count\n    was: a string\n"),
        "{error}"
    );
}

#[test]
fn an_event_that_disappears_breaks_its_readers() {
    let gate = Gate::of::<ThingEvent>();
    assert_eq!(gate.update::<ThingEvent>(Update::Nothing), Ok(()));
    for compatibility in [
        Compatibility::Full,
        Compatibility::Backward,
        Compatibility::Forward,
    ] {
        let error = gate
            .check(&catalog::<MadeV1>(), compatibility, Update::Additions)
            .unwrap_err();
        assert!(error.is_breaking());
        assert!(
            error
                .to_string()
                .contains("com.example.thing.lost 1.0\n  the event\n"),
            "{error}"
        );
    }
    assert_eq!(gate.update::<MadeV1>(Update::Everything), Ok(()));
    assert_eq!(gate.update::<MadeV1>(Update::Nothing), Ok(()));
}

#[test]
fn a_new_event_is_an_addition() {
    let gate = Gate::of::<MadeV1>();
    let error = gate.update::<ThingEvent>(Update::Nothing).unwrap_err();
    assert!(!error.is_breaking());
    assert_eq!(
        error.to_string(),
        format!(
            "the events are compatible with {}, but the lock file is out of date\n\n  com.example.thing.lost 1.0: new event or version\n\nrecord it with `OUTBOX_UPDATE=1 cargo test`, and commit the file",
            gate.path().display(),
        )
    );
}

#[test]
fn a_break_is_told_in_full() {
    let before = event!({ role: String });
    let after = event!({ #[validate(length(min = 1, max = 20))] role: String });
    let gate = Gate::new();
    assert_eq!(
        gate.check(&before, Compatibility::Full, Update::Additions),
        Ok(())
    );
    let text = gate.text();
    // A breaking change is not recorded as an addition.
    for update in [Update::Nothing, Update::Additions] {
        let error = gate.check(&after, Compatibility::Full, update).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "the events are not compatible with {}

com.example.thing.made 1.0
  role
    was: a string
    is:  a string of 1 to 20 characters
    breaks: new code does not read old events (stored rows, retained records)
    remedy: give the event a new major version, `data_version = \"2.0\"`, keep the old struct under another name, and read it with `upcast_from(...)`

if nothing is stored and nobody reads it, record it with `OUTBOX_UPDATE=breaking cargo test`",
                gate.path().display(),
            )
        );
    }
    assert_eq!(gate.text(), text);
}

/// The README's example, with a new rule on a nested item.
#[test]
fn the_break_that_the_page_shows_is_real() {
    #[derive(Serialize, Deserialize, JsonSchema, Validate)]
    struct Item {
        #[validate(range(min = 1))]
        count: u32,
    }

    #[derive(Serialize, Deserialize, JsonSchema, Validate)]
    struct OtherItem {
        #[validate(range(min = 1, max = 99))]
        count: u32,
    }

    macro_rules! order {
        ($item:ty) => {{
            #[derive(Serialize, Deserialize, JsonSchema, OutboxEvent)]
            #[outbox(
                event_type = "com.example.order.placed",
                source = "/orders",
                data_version = "2.0"
            )]
            struct OrderPlaced {
                #[aggregate_id]
                order_id: u64,
                #[validate(length(min = 1), nested)]
                items: Vec<$item>,
            }
            catalog::<OrderPlaced>()
        }};
    }

    let (_, page) = include_str!("../../docs/contract.md")
        .split_once("```text\ncom.example.order.placed 2.0\n")
        .expect("the page shows it");
    let (shown, _) = page.split_once("```").expect("it ends");
    let gate = Gate::new();
    assert_eq!(
        gate.check(&order!(Item), Compatibility::Full, Update::Additions),
        Ok(())
    );
    let error = gate
        .check(&order!(OtherItem), Compatibility::Full, Update::Nothing)
        .unwrap_err();
    assert!(error.to_string().contains(shown), "{error}");
}

/// Each form is recorded after the one before it. The last one breaks a reader of an earlier form.
fn breaks_an_earlier_one(recorded: &[Catalog], last: &Catalog) {
    let gate = Gate::new();
    for catalog in recorded {
        for update in [Update::Additions, Update::Nothing] {
            assert_eq!(gate.check(catalog, Compatibility::Full, update), Ok(()));
        }
    }
    let error = gate
        .check(last, Compatibility::Full, Update::Additions)
        .unwrap_err();
    assert!(error.is_breaking(), "{error}");
    let newest = recorded.last().expect("there is one");
    assert_ne!(
        verdict(newest, last, Compatibility::Full),
        Verdict::Breaking
    );
}

/// The member was a number two versions ago, and such events may still be stored.
#[test]
fn a_removed_field_is_remembered() {
    let recorded = [event!({ a: Option<u8> }), event!({})];
    breaks_an_earlier_one(&recorded, &event!({ a: Option<String> }));
}

/// The first events have no such member, so it must not become required later.
#[test]
fn an_added_field_stays_one_that_may_be_absent() {
    let recorded = [event!({}), event!({ #[serde(default)] a: u8 })];
    breaks_an_earlier_one(&recorded, &event!({ a: u8 }));
}

/// The first readers require the member, although later readers do not.
#[test]
fn the_first_readers_are_remembered() {
    let recorded = [event!({ a: u8 }), event!({ #[serde(default)] a: u8 })];
    breaks_an_earlier_one(&recorded, &event!({}));
}

#[test]
fn a_field_added_to_a_variant_stays_one_that_may_be_absent() {
    #[derive(Serialize, Deserialize, JsonSchema)]
    #[serde(tag = "kind")]
    enum First {
        Small { size: u8 },
    }

    #[derive(Serialize, Deserialize, JsonSchema)]
    #[serde(tag = "kind")]
    enum Second {
        Small {
            size: u8,
            #[serde(default)]
            note: u8,
        },
    }

    #[derive(Serialize, Deserialize, JsonSchema)]
    #[serde(tag = "kind")]
    enum Third {
        Small { size: u8, note: u8 },
    }

    let recorded = [event!({ a: Vec<First> }), event!({ a: Vec<Second> })];
    breaks_an_earlier_one(&recorded, &event!({ a: Vec<Third> }));
}

/// Two types with the same name get other schema names when one of them is new.
#[test]
fn a_name_of_a_type_may_be_used_again() {
    let gate = Gate::new();
    for catalog in [
        event!({ b: Part }),
        event!({ a: Option<odd::Part>, b: Part }),
        event!({ b: PartByAnotherName }),
        event!({ b: PartByAnotherName, c: Option<Tree> }),
    ] {
        for update in [Update::Additions, Update::Nothing] {
            assert_eq!(gate.check(&catalog, Compatibility::Full, update), Ok(()));
        }
    }
}

#[test]
fn an_event_that_does_not_read_itself_is_recorded_on_purpose() {
    let gate = Gate::new();
    let asymmetric = event!({ #[serde(rename(serialize = "x", deserialize = "y"))] a: u8 });
    let check = |update| gate.check(&asymmetric, Compatibility::Full, update);
    let error = check(Update::Additions).unwrap_err();
    let told = "an event cannot read what it writes\n\ncom.example.thing.made 1.0\n  y\n";
    assert!(error.to_string().starts_with(told), "{error}");
    assert!(!gate.path().exists());
    assert_eq!(check(Update::Everything), Ok(()));
    assert_eq!(check(Update::Nothing), Ok(()));
}

/// A break that is recorded on purpose removes the forms that it breaks, and no others.
#[test]
fn other_events_are_remembered() {
    #[derive(Serialize, Deserialize, JsonSchema, OutboxEvent)]
    #[outbox(event_type = "com.example.thing.lost", source = "/things")]
    struct OtherLost {
        #[aggregate_id]
        id: u8,
    }

    let gate = Gate::new();
    let full = |catalog: Catalog, update| gate.check(&catalog, Compatibility::Full, update);
    assert_eq!(
        full(event!({ a: Option<u8> }).with::<Lost>(), Update::Additions),
        Ok(())
    );
    assert_eq!(full(event!({}).with::<Lost>(), Update::Additions), Ok(()));
    assert_eq!(
        full(event!({}).with::<OtherLost>(), Update::Everything),
        Ok(())
    );
    let error = full(
        event!({ a: Option<String> }).with::<OtherLost>(),
        Update::Additions,
    );
    assert!(error.unwrap_err().is_breaking());
}

#[test]
fn forms_that_come_again_are_kept_once() {
    let gate = Gate::new();
    let (one, other) = (event!({}), event!({ a: Option<u8> }));
    let record = |catalog: &Catalog| {
        assert_eq!(
            gate.check(catalog, Compatibility::Full, Update::Additions),
            Ok(())
        );
        gate.text().len()
    };
    let (_, _, first) = (record(&one), record(&other), record(&one));
    let (_, second) = (record(&other), record(&one));
    assert_eq!(first, second);
}

/// Readers still rely on a version that is no longer sent, and that is sent again later.
#[test]
fn a_version_that_leaves_the_catalogue_stays_in_the_file() {
    let gate = Gate::new();
    let record = |catalog: &Catalog| gate.check(catalog, Compatibility::Forward, Update::Additions);
    assert_eq!(record(&event!({ a: u8 })), Ok(()));
    assert_eq!(
        record(&event!([data_version = "2.0"] { a: String })),
        Ok(())
    );
    assert!(record(&event!({ a: bool })).unwrap_err().is_breaking());
}

/// A member may have the name of a schema keyword.
#[test]
fn members_named_like_keywords_are_members() {
    macro_rules! named {
        ($name:literal, $type:ty) => {
            event!({ #[serde(rename = $name, default, skip_serializing_if = "Option::is_none")] a: Option<$type> })
        };
    }
    for (before, after) in [
        (named!("$ref", u8), named!("$ref", String)),
        (named!("$defs", u8), named!("$defs", String)),
    ] {
        assert_eq!(
            verdict(&event!({}), &before, Compatibility::Full),
            Verdict::Addition
        );
        assert_eq!(
            verdict(&before, &after, Compatibility::Full),
            Verdict::Breaking
        );
    }
}

#[test]
fn types_that_hold_each_other_take_no_long_time() {
    macro_rules! web {
        ($($name:ident)*) => { web!(@each [$($name)*] $($name)*); };
        (@each $all:tt $($name:ident)*) => { $(web!(@one $name $all);)* };
        (@one $name:ident [$($other:ident)*]) => {
            #[derive(Serialize, Deserialize, JsonSchema)]
            #[allow(non_snake_case, dead_code, reason = "its contract is all that is looked at")]
            struct $name { $($other: Vec<$other>,)* }
        };
    }
    web!(A B C D E F G H);

    #[derive(Serialize, Deserialize, JsonSchema)]
    #[serde(tag = "op")]
    enum Expression {
        Add {
            left: Box<Expression>,
            right: Box<Expression>,
        },
        And {
            left: Box<Expression>,
            right: Box<Expression>,
        },
        Not {
            left: Box<Expression>,
        },
        Literal {
            value: u8,
        },
    }

    let before = event!({ a: A, e: Expression });
    let after = event!({ a: A, e: Expression, n: Option<u8> });
    assert_eq!(
        verdict(&before, &before, Compatibility::Full),
        Verdict::Same
    );
    assert_eq!(
        verdict(&before, &after, Compatibility::Full),
        Verdict::Addition
    );
}

#[test]
fn many_variants_take_no_long_time() {
    macro_rules! deep {
        ($name:ident, $inner:ty) => {
            #[derive(Serialize, Deserialize, JsonSchema)]
            #[serde(tag = "t", content = "c")]
            #[allow(dead_code, reason = "its contract is all that is looked at")]
            enum $name {
                A($inner),
                B($inner),
                C($inner),
                D($inner),
                E($inner),
                F($inner),
                G($inner),
                H($inner),
            }
        };
    }
    deep!(First, u8);
    deep!(Second, First);
    deep!(Third, Second);
    deep!(Fourth, Third);
    let verdict = verdict(
        &event!({ a: Fourth }),
        &event!({ a: Fourth }),
        Compatibility::Full,
    );
    assert_eq!(verdict, Verdict::Same);
}

#[test]
fn several_may_write_at_once() {
    let gate = Gate::new();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..20 {
                    assert_eq!(gate.update::<MadeV1>(Update::Everything), Ok(()));
                    assert_eq!(gate.update::<Lost>(Update::Everything), Ok(()));
                }
            });
        }
    });
    assert_eq!(fs::read_dir(gate.folder.path()).unwrap().count(), 1);
}

#[test]
fn the_file_is_made_once_and_is_the_same_each_time() {
    let gate = Gate::new();
    let error = gate.update::<ThingEvent>(Update::Nothing).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("create it with `OUTBOX_UPDATE=1 cargo test`"),
        "{error}"
    );
    assert!(!gate.path().exists());
    assert_eq!(gate.update::<ThingEvent>(Update::Additions), Ok(()));
    let text = gate.text();
    fs::remove_file(gate.path()).unwrap();
    let other_order = catalog::<Lost>().with::<MadeV1>();
    assert_eq!(
        gate.check(&other_order, Compatibility::Full, Update::Additions),
        Ok(())
    );
    assert_eq!(gate.text(), text);
    assert_eq!(fs::read_dir(gate.folder.path()).unwrap().count(), 1);
}

#[test]
fn a_file_that_is_none_is_told_and_kept() {
    let gate = Gate::new();
    for (text, told) in [
        ("", "resolve its conflicts"),
        ("<<<<<<< HEAD", "resolve its conflicts"),
        ("[]", "invalid"),
        ("{}", "it has no `format`"),
        (
            r#"{"format": 2, "events": {}, "more": 1}"#,
            "it has the format 2, and this version of outbox-core reads 1",
        ),
        (
            r#"{"format": 1, "events": {"a.b.c": {"1": {}}}}"#,
            "missing field",
        ),
    ] {
        fs::write(gate.path(), text).unwrap();
        for update in [Update::Nothing, Update::Additions, Update::Everything] {
            let error = gate.update::<MadeV1>(update).unwrap_err();
            assert!(error.to_string().contains("events.lock.json: "), "{error}");
            assert!(error.to_string().contains(told), "{error}");
            assert_eq!(gate.text(), text);
        }
    }
}

#[test]
#[should_panic(expected = "two different definitions of `com.example.thing.made` 1.0")]
fn two_definitions_of_one_version_are_refused() {
    #[derive(Serialize, JsonSchema, OutboxEvent)]
    #[outbox(event_type = "com.example.thing.made", source = "/things")]
    struct Other {
        #[aggregate_id]
        id: String,
    }

    let _ = catalog::<MadeV1>().with::<Other>();
}

#[test]
#[should_panic(expected = "which one struct can read; keep the newer")]
fn two_versions_of_one_major_are_refused() {
    #[derive(Serialize, JsonSchema, OutboxEvent)]
    #[outbox(
        event_type = "com.example.thing.made",
        source = "/things",
        data_version = "1.1"
    )]
    struct Other {
        #[aggregate_id]
        id: String,
    }

    let _ = catalog::<MadeV1>().with::<Other>();
}

#[test]
fn the_same_event_may_be_added_twice() {
    let catalog = catalog::<ThingEvent>().with::<Lost>();
    assert_eq!(catalog.definitions().count(), 2);
}

/// The program that the test below runs with its environment.
#[test]
fn of_the_environment() {
    if let Ok(path) = env::var("OUTBOX_TEST_LOCK") {
        assert_compatible(&catalog::<MadeV1>(), path);
    }
}

#[test]
fn the_environment_says_what_is_recorded() {
    let gate = Gate::new();
    let run = |update: Option<&str>| {
        let mut test = Command::new(env::current_exe().expect("this program"));
        test.args(["--exact", "gate::of_the_environment"]);
        test.env("OUTBOX_TEST_LOCK", gate.path())
            .env_remove("OUTBOX_UPDATE");
        if let Some(update) = update {
            test.env("OUTBOX_UPDATE", update);
        }
        test.output().expect("it runs").status.success()
    };
    assert!(!run(None), "there is no file");
    assert!(!run(Some("yes")), "it is not a value of `OUTBOX_UPDATE`");
    assert!(run(Some("1")));
    assert!(run(None));
    fs::remove_file(gate.path()).unwrap();
    assert_eq!(gate.update::<Lost>(Update::Additions), Ok(()));
    assert!(!run(Some("1")), "an event is gone");
    assert!(run(Some("breaking")));
    assert!(run(None));
}
