//! Names that a reference must encode, and that a key of AsyncAPI must not have.

use outbox_core::contract::Catalog;
use outbox_core::{OutboxEvent, Validate};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

macro_rules! named {
    ($($test:ident: $name:literal, $other:literal;)*) => {$(
        #[test]
        fn $test() {
            #[derive(Serialize, Deserialize, JsonSchema, Validate)]
            #[serde(rename = $name)]
            struct Line {
                #[validate(range(exclusive_min = 3))]
                n: u8,
                #[validate(nested)]
                next: Option<Box<Line>>,
            }

            /// A member with the same, or nearly the same, key in a document.
            #[derive(Serialize, Deserialize, JsonSchema, Validate)]
            #[serde(rename = $other)]
            struct Other {
                #[validate(range(exclusive_min = 5))]
                n: u8,
            }

            #[derive(Serialize, Deserialize, JsonSchema, OutboxEvent)]
            #[outbox(event_type = "com.example.thing.done", source = "/things")]
            struct Done {
                #[aggregate_id]
                id: String,
                #[validate(nested)]
                line: Line,
                #[validate(nested)]
                lines: Vec<Line>,
                #[validate(nested)]
                other: Other,
            }

            let catalog = Catalog::new("Test", "1").with::<Done>();
            let event = |line: u8, next: u8, other: u8| {
                let line = json!({ "n": line, "next": { "n": next, "next": null } });
                json!({ "id": "1", "line": line, "lines": [line], "other": { "n": other } })
            };
            let check = |is_valid: &dyn Fn(&Value) -> bool| {
                assert!(is_valid(&event(4, 4, 6)));
                assert!(!is_valid(&event(3, 4, 6)));
                assert!(!is_valid(&event(4, 3, 6)));
                assert!(!is_valid(&event(4, 4, 5)));
            };
            let schema = catalog.json_schema("com.example.thing.done").unwrap();
            let validator = jsonschema::draft202012::new(&schema).expect("it is a schema");
            check(&|data| validator.is_valid(data));
            let whole = catalog.cloudevent_schema("com.example.thing.done").unwrap();
            jsonschema::draft202012::new(&whole).expect("it is a schema");

            let document = catalog.asyncapi();
            let schemas = document["components"]["schemas"].as_object().unwrap();
            let is_legal = |key: &String| {
                key.chars().all(|letter| letter.is_ascii_alphanumeric() || "._-".contains(letter))
            };
            assert!(schemas.keys().all(is_legal), "{:?}", schemas.keys());
            assert_eq!(schemas.len(), 4, "{:?}", schemas.keys());
            let payload = json!({
                "$schema": "http://json-schema.org/draft-07/schema#",
                "allOf": [{ "$ref": "#/components/schemas/com.example.thing.done.v1" }],
                "components": document["components"],
            });
            let validator = jsonschema::draft7::new(&payload).expect("it is a schema");
            check(&|data| validator.is_valid(data));
        }
    )*};
}

named! {
    a_space: "Line Item", "Line_Item";
    a_percent: "100%", "100_";
    an_encoded_space: "Line%20Item", "Line Item";
    a_slash: "a/b", "a~1b";
    a_tilde: "a~b", "a~0b";
    a_letter_of_two_bytes: "Straße", "Stra_e";
    a_letter_of_four_bytes: "\u{1F41D}", "_";
    a_quotation_mark: "\"", "\\";
    brackets: "Page<Line>", "Page[Line]";
    a_hash: "#", "?";
    a_colon: "crate::Line", "crate..Line";
    a_plus: "a+b", "a b";
    a_dot: ".", "..";
}

/// A type may have names about which the compiler would otherwise warn.
#[test]
fn unusual_names_are_no_warning() {
    #![deny(nonstandard_style)]

    #[derive(Serialize, Deserialize, JsonSchema, Validate)]
    #[allow(
        non_camel_case_types,
        non_snake_case,
        reason = "they are names of another system"
    )]
    enum payment_kind {
        r#in_cash {
            #[validate(range(exclusive_min = 3))]
            amountPaid: u8,
        },
    }

    #[derive(Serialize, Deserialize, JsonSchema, OutboxEvent)]
    #[outbox(event_type = "com.example.thing.done", source = "/things")]
    struct Done {
        #[aggregate_id]
        id: String,
        #[validate(nested)]
        kind: payment_kind,
    }

    let catalog = Catalog::new("Test", "1").with::<Done>();
    let schema = catalog.json_schema("com.example.thing.done").unwrap();
    let place = "/$defs/payment_kind/oneOf/0/properties/in_cash/properties/amountPaid";
    assert_eq!(schema.pointer(place).unwrap()["exclusiveMinimum"], 3);
}

/// schemars writes the one digit of such a character's code after a space.
#[test]
fn a_reference_to_a_control_character_is_a_uri() {
    #[derive(Serialize, Deserialize, JsonSchema)]
    #[serde(rename = "a\tb")]
    struct Line {
        n: u8,
    }

    #[derive(Serialize, Deserialize, JsonSchema, OutboxEvent)]
    #[outbox(event_type = "com.example.thing.done", source = "/things")]
    struct Done {
        #[aggregate_id]
        id: String,
        lines: Vec<Line>,
    }

    let catalog = Catalog::new("Test", "1").with::<Done>();
    let schema = catalog.json_schema("com.example.thing.done").unwrap();
    assert_eq!(
        schema["properties"]["lines"]["items"]["$ref"],
        "#/$defs/a%09b"
    );
    let validator = jsonschema::draft202012::new(&schema).expect("it is a schema");
    assert!(validator.is_valid(&json!({ "id": "1", "lines": [{ "n": 1 }] })));
}
