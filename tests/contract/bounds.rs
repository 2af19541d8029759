//! Bounds are published as they are written, and a valid event fits its own schema.

use jsonschema::validator_for;
use outbox_core::contract::Catalog;
use outbox_core::{Envelope, OutboxEvent};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

#[derive(Debug, Serialize, Deserialize, JsonSchema, OutboxEvent)]
#[outbox(event_type = "com.example.thing.done", source = "/things")]
struct Done {
    #[aggregate_id]
    id: String,
    #[validate(range(min = 0.1, max = 0.3))]
    inclusive: f32,
    #[validate(range(exclusive_min = 0.1, exclusive_max = 0.7))]
    exclusive: f32,
    #[validate(range(min = -16_777_216.0, max = 1e10))]
    wide: f32,
    #[validate(range(min = 0.1, max = 0.3))]
    double: f64,
}

#[test]
fn bounds_of_floats_are_published_as_they_are_written() {
    let catalog = Catalog::new("Things", "1.0.0").with::<Done>();
    let schema = catalog.json_schema("com.example.thing.done").unwrap();
    let properties = &schema["properties"];
    for (field, keyword, bound) in [
        ("inclusive", "minimum", json!(0.1)),
        ("inclusive", "maximum", json!(0.3)),
        ("exclusive", "exclusiveMinimum", json!(0.1)),
        ("exclusive", "exclusiveMaximum", json!(0.7)),
        ("wide", "minimum", json!(-16_777_216.0)),
        ("double", "minimum", json!(0.1)),
        ("double", "maximum", json!(0.3)),
    ] {
        assert_eq!(properties[field][keyword], bound, "{field} {keyword}");
    }
    assert_eq!(properties["wide"]["maximum"].as_f64(), Some(1e10));
    let validator = validator_for(&schema).unwrap();
    for (inclusive, exclusive) in [(0.1, 0.2), (0.3, 0.699_999), (0.2, 0.100_001)] {
        let event = Done {
            id: "7".to_owned(),
            inclusive,
            exclusive,
            wide: 1e10,
            double: 0.3,
        };
        // A `Value` that is made directly holds each `f32` as the nearest `f64`, which the text does not show.
        let row = Envelope::new(event).unwrap().to_row().unwrap();
        let payload = serde_json::from_str(&row.payload).unwrap();
        assert!(validator.is_valid(&payload), "{payload}");
    }
}
