//! Definitions that compile, and their results: the corrected twins of the programs in `ui`.
#![deny(warnings, missing_docs)]

use std::borrow::Cow;
use std::collections::BTreeMap;

use outbox_core::{ContentMode, Envelope, EventDefinition, KeyPart, OutboxEvent};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A person was invited.
///
/// They have a week to answer:
///
///     now + 7 days
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/invite-service")]
struct Invited {
    #[aggregate_id]
    id: u64,
}

#[test]
fn a_definition_has_its_defaults() {
    let definition = Invited::DEFINITION;
    assert_eq!(definition.event_type(), "com.example.invite.created");
    assert_eq!(definition.source(), "/invite-service");
    assert_eq!(definition.data_version(), "1.0");
    assert_eq!(definition.aggregate_type(), "invite");
    assert_eq!(definition.topic(), None);
    assert_eq!(definition.dataschema(), None);
    assert_eq!(
        definition.description(),
        Some("A person was invited.\n\nThey have a week to answer:\n\n    now + 7 days")
    );
    assert_eq!(Invited::DEFINITIONS, &[definition]);
    assert_eq!(Invited { id: 1 }.definition(), &definition);
}

const SOURCE: &str = "https://example.com/orders";

/// Constants for the values of attributes.
mod values {
    /// The topic of all events.
    pub(crate) const TOPIC: &str = "orders.v2";
}

#[derive(Serialize, OutboxEvent)]
#[outbox(
    event_type = concat!("com.example.", "order.placed"),
    source = SOURCE,
    data_version = "2.1",
    aggregate_type = "PurchaseOrder",
    topic = values::TOPIC
)]
struct Placed {
    #[aggregate_id]
    id: Uuid,
}

#[test]
fn values_may_be_constant_expressions() {
    const DEFINITION: EventDefinition = Placed::DEFINITION;
    assert_eq!(DEFINITION.event_type(), "com.example.order.placed");
    assert_eq!(DEFINITION.source(), "https://example.com/orders");
    assert_eq!(DEFINITION.data_version(), "2.1");
    assert_eq!(DEFINITION.aggregate_type(), "PurchaseOrder");
    assert_eq!(DEFINITION.topic(), Some("orders.v2"));
    assert_eq!(DEFINITION.description(), None);
}

/// Existing event names, in literals and in constants.
mod legacy {
    use super::{OutboxEvent, Serialize};

    pub(super) const NAME: &str = "billing.InvoiceSent";

    // Its second-to-last segment is the aggregate type.
    #[derive(Debug, Serialize, OutboxEvent)]
    #[outbox(legacy_event_type = "billing.InvoiceSent", source = "/s")]
    pub(super) struct Literal {
        #[aggregate_id]
        pub(super) id: u8,
    }

    #[derive(Debug, Serialize, OutboxEvent)]
    #[outbox(legacy_event_type = NAME, source = "/s")]
    pub(super) struct Constant {
        #[aggregate_id]
        pub(super) id: u8,
    }

    #[derive(Debug, Serialize, OutboxEvent)]
    #[outbox(
        legacy_event_type = "Invoice sent!",
        source = "/s",
        aggregate_type = "invoice",
        dataschema = "https://example.com/invoice.json"
    )]
    pub(super) struct Named {
        #[aggregate_id]
        pub(super) id: u8,
    }
}

#[test]
fn a_name_that_exists_already_may_stay() {
    assert_eq!(legacy::Literal::DEFINITION, legacy::Constant::DEFINITION);
    assert_eq!(legacy::Literal::DEFINITION.event_type(), legacy::NAME);
    assert_eq!(legacy::Literal::DEFINITION.aggregate_type(), "billing");
    assert_eq!(legacy::Named::DEFINITION.event_type(), "Invoice sent!");
    assert_eq!(legacy::Named::DEFINITION.aggregate_type(), "invoice");
    assert_eq!(
        legacy::Named::DEFINITION.dataschema(),
        Some("https://example.com/invoice.json")
    );
    assert!(Envelope::new(legacy::Literal { id: 1 }).is_ok());
    assert!(Envelope::new(legacy::Constant { id: 1 }).is_ok());
    assert!(Envelope::new(legacy::Named { id: 1 }).is_ok());
}

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created")]
#[outbox(source = "/s")]
#[serde(rename_all = "lowercase")]
#[allow(
    non_snake_case,
    reason = "serde leaves the case of a field alone, so this one is not `source`"
)]
struct InTwoAttributes {
    #[aggregate_id]
    #[partition_key]
    id: String,
    Source: String,
}

#[test]
fn settings_may_be_spread() {
    let event = InTwoAttributes {
        id: "a".to_owned(),
        Source: "x".to_owned(),
    };
    assert_eq!(event.definition().source(), "/s");
    assert_eq!(
        (event.aggregate_id(), event.partition_key()),
        ("a".into(), "a".into())
    );
    let message = Envelope::new(event).unwrap().to_message().unwrap();
    assert_eq!(
        (&message["source"], &message["Source"]),
        (&"/s".into(), &"x".into())
    );
}

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s")]
struct NamedField {
    aggregate_id: String,
}

#[test]
fn a_field_named_aggregate_id_needs_no_attribute() {
    let event = NamedField {
        aggregate_id: "a".to_owned(),
    };
    assert_eq!(event.aggregate_id(), "a");
}

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.stock.moved", source = "/s")]
struct Moved {
    #[partition_key]
    shelf: i16,
    #[aggregate_id]
    article: &'static str,
    #[partition_key]
    tenant: String,
}

#[test]
fn several_fields_make_a_key_in_their_order() {
    for (shelf, tenant, key) in [
        (7, "acme", "7:acme"),
        (-7, "a:b", "-7:a%3Ab"),
        (7, "100%", "7:100%25"),
        (7, "a%3Ab", "7:a%253Ab"),
    ] {
        let event = Moved {
            shelf,
            article: "bolt",
            tenant: tenant.to_owned(),
        };
        assert_eq!(event.aggregate_id(), "bolt");
        assert_eq!(event.partition_key(), key);
    }
}

/// A type of the user's own as a key.
#[derive(Debug, Serialize)]
struct TenantId(u32);

impl KeyPart for TenantId {
    fn key_part(&self) -> Cow<'_, str> {
        format!("tenant-{}", self.0).into()
    }
}

type Alias<'a> = Cow<'a, str>;

#[derive(Debug, Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.tenant.renamed", source = "/s")]
struct Renamed<'a, const EU: bool, const MOST: usize> {
    #[aggregate_id]
    id: TenantId,
    #[partition_key]
    region: Alias<'a>,
    #[partition_key]
    r#type: &'a str,
    #[validate(length(min = 2, max = LONGEST))]
    name: String,
    #[validate(length(max = 2))]
    tags: Option<BTreeMap<String, u8>>,
    #[validate(length(min = 1, max = MOST))]
    nick: &'static str,
}

const LONGEST: usize = 5;

#[test]
fn lifetimes_constants_and_raw_names_are_supported() {
    let event = |name: &str, r#type| Renamed::<true, 3> {
        id: TenantId(7),
        region: "eu".into(),
        r#type,
        name: name.to_owned(),
        tags: None,
        nick: "a",
    };
    assert_eq!(event("acme", "x").partition_key(), "eu:x");
    assert_eq!(event("acme", "x").aggregate_id(), "tenant-7");
    assert!(Envelope::new(event("acme", "x")).is_ok());
    let errors = Envelope::new(event("a", "")).unwrap_err();
    let paths: Vec<&str> = errors.iter().map(outbox_core::Violation::path).collect();
    assert_eq!(paths, ["name", "type"]);
    let event = Renamed {
        nick: "long",
        ..event("acme", "x")
    };
    assert_eq!(Envelope::new(event).unwrap_err().violations().len(), 1);
}

#[derive(Debug, PartialEq, Serialize, Deserialize, OutboxEvent)]
#[outbox(event_type = "com.example.thing.changed", source = "/s")]
struct Changed<K, T>
where
    K: KeyPart + Serialize,
    T: Serialize,
{
    #[aggregate_id]
    id: K,
    value: T,
}

#[test]
fn a_generic_event_is_one_where_its_parameters_allow_it() {
    let event = Changed {
        id: 7_u8,
        value: vec![1, 2],
    };
    let envelope = Envelope::new(event).unwrap();
    let json = envelope.to_cloudevent_json().unwrap();
    assert_eq!(Envelope::from_cloudevent_json(&json), Ok(envelope));
}

/// An event that is written by hand, without the derive.
#[derive(Debug, Serialize)]
struct ByHand {
    name: &'static str,
}

impl OutboxEvent for ByHand {
    const DEFINITIONS: &'static [EventDefinition] = &[EventDefinition::legacy("Renamed!", "/s")
        .with_aggregate_type("person")
        .with_topic("people")
        .with_dataschema("https://example.com/renamed.json")
        .with_description("A person has a new name.")];

    fn aggregate_id(&self) -> Cow<'_, str> {
        self.name.into()
    }
}

#[test]
fn an_event_may_be_written_by_hand() {
    let event = Envelope::new(ByHand { name: "ada" }).unwrap();
    assert_eq!(event.event_type(), "Renamed!");
    assert_eq!(event.aggregate_type(), "person");
    assert_eq!(event.partition_key(), "ada");
    let schema = "https://example.com/renamed.json";
    let cloudevent: serde_json::Value =
        serde_json::from_slice(&event.to_cloudevent_json().unwrap()).unwrap();
    assert_eq!(cloudevent["dataschema"], schema);
    assert_eq!(event.to_row().unwrap().data_schema.as_deref(), Some(schema));
    let record = event.to_kafka_record(ContentMode::Binary).unwrap();
    assert_eq!(record.topic(), "people");
    let header = ("ce_dataschema", schema.as_bytes());
    assert!(record.headers().any(|one| one == header));
    let errors = Envelope::new(ByHand { name: "" }).unwrap_err();
    assert_eq!(errors.violations().len(), 1, "{errors}");
    let errors = Envelope::new(ByHand { name: "\u{7}" }).unwrap_err();
    assert_eq!(errors.violations()[0].path(), "aggregate_id");
}

/// A hand-written event whose key is not its aggregate id.
#[derive(Debug, Serialize)]
struct Keyed(&'static str);

impl OutboxEvent for Keyed {
    const DEFINITIONS: &'static [EventDefinition] =
        &[EventDefinition::new("com.example.key.turned", "/s")];

    fn definition(&self) -> &'static EventDefinition {
        &Self::DEFINITIONS[0]
    }

    fn aggregate_id(&self) -> Cow<'_, str> {
        "lock".into()
    }

    fn partition_key(&self) -> Cow<'_, str> {
        self.0.into()
    }
}

#[test]
fn the_key_of_an_event_by_hand_is_checked_too() {
    assert_eq!(Envelope::new(Keyed("a")).unwrap().partition_key(), "a");
    for key in ["", "\0"] {
        let errors = Envelope::new(Keyed(key)).unwrap_err();
        assert_eq!(errors.violations()[0].path(), "partition_key");
    }
}

/// serde's names count, and a field that is not written has no name.
#[derive(Debug, Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.name.given", source = "/s")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
struct Given {
    #[aggregate_id]
    id: u8,
    source: u8,
    #[serde(skip)]
    _event_id: u8,
    #[serde(rename = "when")]
    occurred_at: u8,
}

#[derive(Debug, Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.name.given", source = "/s")]
#[serde(rename_all = "PascalCase")]
struct InPascalCase {
    #[aggregate_id]
    source: u8,
}

/// A flattened field has no name of its own, and a field with its own serializer may look different.
#[derive(Debug, Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.name.given", source = "/s")]
struct Otherwise {
    #[serde(serialize_with = "as_text")]
    aggregate_id: u8,
    #[serde(flatten)]
    source: BTreeMap<String, u8>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes it so")]
fn as_text<S: serde::Serializer>(id: &u8, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(id)
}

/// The payload is that of its one field, whose name does not appear.
#[derive(Debug, Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.name.given", source = "/s")]
#[serde(transparent)]
struct Transparent {
    #[aggregate_id]
    source: u8,
}

#[test]
fn fields_are_named_as_serde_names_them() {
    let event = Envelope::new(InPascalCase { source: 7 }).unwrap();
    assert_eq!(event.to_message().unwrap()["Source"], 7);
    let source = BTreeMap::from([("a".to_owned(), 1)]);
    let event = Otherwise {
        aggregate_id: 7,
        source,
    };
    let message = Envelope::new(event).unwrap().to_message().unwrap();
    assert_eq!(
        (&message["aggregate_id"], &message["a"]),
        (&"7".into(), &1.into())
    );
    let event = Envelope::new(Transparent { source: 7 }).unwrap();
    assert_eq!(event.to_row().unwrap().payload, "7");

    let event = Envelope::new(Given {
        id: 7,
        source: 8,
        _event_id: 9,
        occurred_at: 10,
    })
    .unwrap();
    let message = event.to_message().unwrap();
    assert_eq!(
        (&message["SOURCE"], &message["when"]),
        (&8.into(), &10.into())
    );
}

#[test]
fn a_legacy_type_without_an_aggregate_type_is_refused() {
    #[derive(Debug, Serialize)]
    struct Legacy;

    impl OutboxEvent for Legacy {
        const DEFINITIONS: &'static [EventDefinition] = &[EventDefinition::legacy("Renamed", "/s")];

        fn definition(&self) -> &'static EventDefinition {
            &Self::DEFINITIONS[0]
        }

        fn aggregate_id(&self) -> Cow<'_, str> {
            "a".into()
        }
    }

    let errors = Envelope::new(Legacy).unwrap_err();
    assert_eq!(errors.violations()[0].path(), "aggregate_type");
}

/// Members that serde may leave out when it writes, and does not need when it reads.
mod left_out {
    use std::collections::BTreeMap;

    use outbox_core::OutboxEvent;
    use serde::{Deserialize, Serialize};

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, OutboxEvent)]
    #[outbox(event_type = "com.example.thing.done", source = "/s")]
    pub(super) struct ByField {
        #[aggregate_id]
        pub(super) id: u8,
        #[serde(skip)]
        pub(super) skipped: String,
        #[serde(skip_serializing, skip_deserializing)]
        pub(super) skipped_twice: String,
        #[serde(skip_serializing, default)]
        pub(super) default: String,
        #[serde(default = "seven", skip_serializing)]
        pub(super) default_of_a_function: u8,
        #[serde(skip_serializing)]
        pub(super) option: Option<u8>,
        #[serde(skip_serializing)]
        pub(super) option_by_its_path: std::option::Option<u8>,
        #[serde(skip_serializing)]
        pub(super) option_in_a_box: Box<Option<u8>>,
        #[serde(
            skip_serializing_if = "Option::is_some",
            serialize_with = "super::write"
        )]
        pub(super) option_written_otherwise: Option<u8>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub(super) absent: Option<u8>,
        #[serde(skip_serializing_if = "Vec::is_empty", default)]
        pub(super) empty: Vec<u8>,
        #[serde(skip_deserializing)]
        pub(super) only_written: u8,
        #[serde(flatten, skip_serializing)]
        pub(super) rest: BTreeMap<String, u8>,
        #[outbox(extension)]
        #[serde(skip_serializing_if = "Option::is_none")]
        pub(super) extension: Option<String>,
    }

    fn seven() -> u8 {
        7
    }

    #[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, OutboxEvent)]
    #[outbox(event_type = "com.example.thing.done", source = "/s")]
    #[serde(default, deny_unknown_fields)]
    pub(super) struct ByStruct {
        #[aggregate_id]
        pub(super) id: u8,
        #[serde(skip_serializing)]
        pub(super) text: String,
        #[serde(skip)]
        pub(super) skipped: String,
        #[serde(skip_serializing, skip_deserializing)]
        pub(super) skipped_twice: String,
    }
}

#[allow(
    clippy::ref_option,
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes the field by reference"
)]
fn write<S: serde::Serializer>(value: &Option<u8>, serializer: S) -> Result<S::Ok, S::Error> {
    value.serialize(serializer)
}

#[test]
fn a_member_that_is_left_out_is_read_as_its_default() {
    use left_out::{ByField, ByStruct};

    let text = || "text".to_owned();
    let event = ByField {
        id: 1,
        skipped: text(),
        skipped_twice: text(),
        default: text(),
        default_of_a_function: 1,
        option: Some(1),
        option_by_its_path: Some(1),
        option_in_a_box: Box::new(Some(1)),
        option_written_otherwise: Some(1),
        absent: None,
        empty: Vec::new(),
        only_written: 1,
        rest: [(text(), 1)].into(),
        extension: None,
    };
    let row = Envelope::new(event).unwrap().to_row().unwrap();
    let read = Envelope::<ByField>::from_row(&row).unwrap().into_event();
    let expected = ByField {
        id: 1,
        skipped: String::new(),
        skipped_twice: String::new(),
        default: String::new(),
        default_of_a_function: 7,
        option: None,
        option_by_its_path: None,
        option_in_a_box: Box::new(None),
        option_written_otherwise: None,
        absent: None,
        empty: Vec::new(),
        only_written: 0,
        rest: [("only_written".to_owned(), 1)].into(),
        extension: None,
    };
    assert_eq!(read, expected);

    let (text, skipped) = (text(), text());
    let event = ByStruct {
        id: 1,
        text,
        skipped_twice: skipped.clone(),
        skipped,
    };
    let row = Envelope::new(event).unwrap().to_row().unwrap();
    let read = Envelope::<ByStruct>::from_row(&row).unwrap().into_event();
    assert_eq!(
        read,
        ByStruct {
            id: 1,
            ..ByStruct::default()
        }
    );
}

/// Maps with keys that serde can read back.
mod flattened_maps {
    use std::collections::{BTreeMap, HashMap};

    use outbox_core::OutboxEvent;
    use serde::{Deserialize, Serialize};

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, OutboxEvent)]
    #[outbox(event_type = "com.example.stock.counted", source = "/stock")]
    pub(super) struct ByText {
        #[aggregate_id]
        pub(super) id: u64,
        #[serde(flatten)]
        pub(super) counts: HashMap<String, u8>,
        pub(super) by_number: BTreeMap<u32, u8>,
    }

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, OutboxEvent)]
    #[outbox(event_type = "com.example.stock.marked", source = "/stock")]
    pub(super) struct ByCharacter {
        #[aggregate_id]
        pub(super) id: u64,
        #[serde(flatten)]
        pub(super) counts: BTreeMap<char, u8>,
    }
}

#[test]
fn a_flattened_map_of_text_keys_is_read_back() {
    use flattened_maps::{ByCharacter, ByText};

    let event = Envelope::new(ByText {
        id: 1,
        counts: [("a".to_owned(), 2)].into(),
        by_number: [(3, 4)].into(),
    })
    .unwrap();
    let json = event.to_cloudevent_json().unwrap();
    assert_eq!(Envelope::from_cloudevent_json(&json), Ok(event));
    let event = Envelope::new(ByCharacter {
        id: 1,
        counts: [('x', 2)].into(),
    })
    .unwrap();
    let json = event.to_cloudevent_json().unwrap();
    assert_eq!(Envelope::from_cloudevent_json(&json), Ok(event));
}

/// An event may have methods with the names of its envelope's methods.
#[derive(Debug, Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.name.given", source = "/s")]
struct WithMethods {
    #[aggregate_id]
    id: u8,
}

impl WithMethods {
    fn to_row(&self) -> u8 {
        self.id
    }

    fn to_message_json(&self) -> String {
        self.id.to_string()
    }
}

#[test]
fn the_methods_of_an_event_are_its_own() {
    let event = WithMethods { id: 7 };
    assert_eq!(event.to_row(), 7);
    assert_eq!(event.to_message_json(), "7");
    let row = Envelope::new(event).unwrap().to_row().unwrap();
    assert_eq!(row.aggregate_id, "7");
}
