//! The gate tells the variants of an enum apart by any tag, whatever its name.

use outbox_core::OutboxEvent;
use outbox_core::contract::{Catalog, Compatibility, Update, check_compatible};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

macro_rules! event {
    ({ $($item:item)* } $($field:tt)*) => {{
        $(
            #[derive(Serialize, Deserialize, JsonSchema)]
            #[allow(dead_code, reason = "its contract is all that is looked at")]
            $item
        )*
        #[derive(Serialize, Deserialize, JsonSchema, OutboxEvent)]
        #[outbox(event_type = "com.example.thing.done", source = "/things")]
        struct Done {
            #[aggregate_id]
            id: String,
            $($field)*
        }
        Catalog::new("Test", "1").with::<Done>()
    }};
}

/// Returns the gate's report about the change, if it breaks a reader.
fn told(before: &Catalog, after: &Catalog) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.lock.json");
    let gate = |catalog, update| check_compatible(catalog, &path, Compatibility::Full, update);
    assert_eq!(gate(before, Update::Additions), Ok(()));
    let error = gate(after, Update::Nothing).expect_err("it is not recorded");
    error.is_breaking().then(|| error.to_string())
}

/// The pairs of tags: the tag of the old enum, and the tag of the added enum.
macro_rules! tags {
    ($($test:ident: $old:literal $new:literal;)*) => {$(
        #[test]
        fn $test() {
            let old = || event!({
                #[serde(tag = $old)]
                enum Pay { Card { last4: String }, Cash }
            } #[serde(flatten)] pay: Pay,);
            let with_option = event!({
                #[serde(tag = $old)]
                enum Pay { Card { last4: String }, Cash }
                #[serde(tag = $new)]
                enum Channel { Web, Shop }
            } #[serde(flatten)] pay: Pay, #[serde(flatten)] channel: Option<Channel>,);
            assert_eq!(told(&old(), &with_option), None);
            assert_eq!(told(&with_option, &old()), None);
            let required = event!({
                #[serde(tag = $old)]
                enum Pay { Card { last4: String }, Cash }
                #[serde(tag = $new)]
                enum Channel { Web, Shop }
            } #[serde(flatten)] pay: Pay, #[serde(flatten)] channel: Channel,);
            assert!(told(&old(), &required).is_some());
            let other = event!({
                #[serde(tag = $old)]
                enum Pay { Card { last4: u8 }, Cash }
                #[serde(tag = $new)]
                enum Channel { Web, Shop }
            } #[serde(flatten)] pay: Pay, #[serde(flatten)] channel: Option<Channel>,);
            let told_of_it = told(&old(), &other).expect("another type in a variant");
            assert!(told_of_it.contains("  last4\n    was: a string\n"), "{told_of_it}");
            let within = event!({
                struct Both { #[serde(flatten)] pay: Pay, #[serde(flatten)] channel: Option<Channel> }
                #[serde(tag = $old)]
                enum Pay { Card { last4: String }, Cash }
                #[serde(tag = $new, content = "content")]
                enum Channel { Web(u8), Shop }
            } #[serde(flatten)] both: Both,);
            assert_eq!(told(&old(), &within), None);
        }
    )*};
}

tags! {
    before_and_after: "type" "via";
    after_and_before: "type" "channel";
    first: "m" "a";
    last: "a" "m";
    upper_case: "type" "Type";
    signs: "type" "@type";
}

#[test]
fn a_closed_struct_is_not_a_variant() {
    let before = event!({
        #[serde(deny_unknown_fields)]
        struct Closed { a: u8 }
    } v: Closed,);
    let after = event!({} v: u8,);
    let told = told(&before, &after).expect("another type");
    assert!(told.contains("was: an object\n"), "{told}");
}

#[test]
fn a_variant_is_told_by_its_name() {
    let before = event!({ enum V { A { a: u8 }, B(u8) } } v: V,);
    let after = event!({ enum V { A { a: u8 } } } v: V,);
    let told = told(&before, &after).expect("a variant is gone");
    assert!(
        told.contains("the variant `A` or the variant `B`"),
        "{told}"
    );
}
