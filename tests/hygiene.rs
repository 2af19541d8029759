//! The derive where names are taken, in macros, in functions, without a prelude, and with parameters.
#![deny(
    warnings,
    missing_docs,
    clippy::pedantic,
    unused_qualifications,
    unreachable_pub
)]
#![allow(
    clippy::trivially_copy_pass_by_ref,
    clippy::unnecessary_wraps,
    clippy::unused_self,
    reason = "a function that an attribute names has the form that the attribute asks for"
)]

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use outbox_core::{Envelope, KeyPart, OutboxEvent, ToExtensionValue, Validate};
use serde::{Deserialize, Serialize};

mod hygiene {
    //! Names that the derive must not look up where it is used.
    #![allow(
        dead_code,
        non_camel_case_types,
        reason = "they are here to be in the way"
    )]

    use ::outbox_core::OutboxEvent;
    use serde::Serialize;

    struct Option;
    struct Some;
    struct None;
    struct Result;
    struct Ok;
    struct Err;
    struct Cow;
    type str = u8;
    mod core {}
    mod std {}
    mod outbox_core {}
    const __OUTBOX_RULE: u8 = 0;

    #[derive(Serialize, OutboxEvent)]
    #[outbox(event_type = "com.example.invite.created", source = "/s")]
    pub(super) struct Shadowed {
        #[aggregate_id]
        pub(super) errors: &'static ::std::primitive::str,
        #[partition_key]
        pub(super) event: char,
        #[validate(length(min = 1), email)]
        pub(super) value: ::std::string::String,
    }
}

#[test]
fn names_that_the_derive_uses_may_be_taken() {
    let event = hygiene::Shadowed {
        errors: "a",
        event: 'b',
        value: String::new(),
    };
    assert_eq!(
        (event.aggregate_id(), event.partition_key()),
        ("a".into(), "b".into())
    );
    assert_eq!(event.validate().unwrap_err().violations().len(), 2);
}

#[test]
fn an_event_may_be_defined_in_a_function() {
    #[derive(Serialize, OutboxEvent)]
    #[outbox(event_type = "com.example.invite.created", source = LOCAL)]
    struct Local {
        #[aggregate_id]
        id: char,
    }
    const LOCAL: &str = "/local";
    assert_eq!(Local { id: 'a' }.definition().source(), "/local");
}

/// Clippy would say that no part is left to a default.
#[test]
fn an_event_may_have_every_part() {
    #[derive(Serialize, Deserialize, OutboxEvent)]
    #[outbox(event_type = "com.example.order.placed", source = "/s")]
    struct Older {
        #[aggregate_id]
        id: String,
    }

    /// It has this description too.
    #[derive(Serialize, Deserialize, OutboxEvent)]
    #[outbox(
        event_type = "com.example.order.placed",
        source = "/s",
        data_version = "2.0",
        aggregate_type = "order",
        topic = "orders",
        dataschema = "https://example.com/order",
        upcast_from(Older)
    )]
    struct Whole {
        aggregate_id: String,
    }

    impl From<Older> for Whole {
        fn from(older: Older) -> Self {
            Self {
                aggregate_id: older.id,
            }
        }
    }

    assert_eq!(Whole::DEFINITION.topic(), Some("orders"));
}

macro_rules! event {
    ($name:ident, $type:expr, $field:ident: $field_type:ty) => {
        #[derive(Serialize, OutboxEvent)]
        #[outbox(event_type = $type, source = "/s")]
        struct $name {
            #[aggregate_id]
            $field: $field_type,
        }
    };
}

event!(FromMacro, "com.example.macro.used", id: u8);

macro_rules! event_of_tokens {
    ($name:ident, $field:ident: $($field_type:tt)*) => {
        #[derive(Debug, Serialize, OutboxEvent)]
        #[outbox(event_type = "com.example.macro.used", source = "/s")]
        struct $name {
            #[aggregate_id]
            #[validate(length(max = 3), email)]
            $field: $($field_type)*,
        }
    };
}

event_of_tokens!(FromTokens, id: &'static str);

macro_rules! event_of_body {
    ($(#[$attribute:meta])* $name:ident { $($body:tt)* }) => {
        $(#[$attribute])*
        struct $name { $($body)* }
    };
}

event_of_body! {
    #[derive(Debug, Serialize, OutboxEvent)]
    #[outbox(event_type = "com.example.macro.used", source = "/s")]
    FromBody {
        #[aggregate_id]
        id: u8,
        #[partition_key]
        #[validate(length(max = 3))]
        key: String,
    }
}

macro_rules! event_of_attributes {
    ($(#[$attribute:meta])*) => {
        $(#[$attribute])*
        #[outbox(event_type = "com.example.macro.used", source = "/s")]
        struct FromAttributes {
            #[aggregate_id]
            #[validate(length(max = 3))]
            id: String,
        }
    };
}

event_of_attributes!(#[derive(Debug, Serialize, OutboxEvent)]);

#[test]
fn an_event_may_be_defined_by_a_macro() {
    assert_eq!(FromMacro::DEFINITION.aggregate_type(), "macro");
    assert_eq!(FromMacro { id: 7 }.aggregate_id(), "7");
    assert_eq!(FromTokens { id: "a@b" }.aggregate_id(), "a@b");
    assert_eq!(
        FromTokens { id: "long" }
            .validate()
            .unwrap_err()
            .violations()
            .len(),
        2
    );
    let key = "eu".to_owned();
    assert_eq!(FromBody { id: 7, key }.partition_key(), "eu");
    assert_eq!(FromAttributes { id: "a".to_owned() }.aggregate_id(), "a");
}

/// Everything that a derive writes, under a name of the user's own.
mod renamed {
    /// The place of outbox-core.
    pub(crate) mod reexports {
        pub(crate) use ::outbox_core as events;
    }

    use serde::Serialize;

    /// A name in the way.
    #[allow(dead_code, reason = "it is here to be in the way")]
    mod outbox_core {}

    /// A value with a rule.
    #[derive(Debug, Clone, Serialize, reexports::events::Validate)]
    #[outbox(crate = self::reexports::events)]
    pub(super) struct Value {
        /// Its text.
        #[validate(length(min = 1))]
        pub(super) text: String,
    }

    /// A key.
    #[derive(
        Debug, Clone, Serialize, reexports::events::KeyPart, reexports::events::ToExtensionValue,
    )]
    #[outbox(crate = reexports::events)]
    pub(super) struct Id(pub(super) u8);

    /// An event.
    #[derive(Debug, Clone, Serialize, reexports::events::OutboxEvent)]
    #[outbox(
        crate = "reexports::events",
        event_type = "com.example.value.set",
        source = "/s"
    )]
    pub(super) struct Set {
        /// The number.
        #[aggregate_id]
        #[outbox(extension = "number")]
        pub(super) id: Id,
        /// The value that is set.
        #[validate(nested)]
        pub(super) value: Value,
    }

    /// A set of events.
    #[derive(Debug, Clone, reexports::events::OutboxEvent)]
    #[outbox(crate = crate::renamed::reexports::events)]
    pub(super) enum Event {
        /// The one.
        Set(Set),
    }
}

#[test]
fn outbox_core_may_have_another_name() {
    let text = String::new();
    let event = renamed::Event::from(renamed::Set {
        id: renamed::Id(1),
        value: renamed::Value { text },
    });
    let errors = Envelope::new(event).unwrap_err();
    assert_eq!(errors.violations()[0].path(), "value.text");
}

/// No name is in scope but those that are used.
mod without_prelude {
    #![no_implicit_prelude]
    #![allow(dead_code, reason = "it need only compile")]

    use ::outbox_core::{KeyPart, OutboxEvent, ToExtensionValue, Validate};
    use ::serde::{Deserialize, Serialize};
    use ::std::convert::From;
    use ::std::string::String;

    #[derive(Serialize, Deserialize, OutboxEvent)]
    #[outbox(event_type = "com.example.all.used", source = "/s")]
    #[partition_key(with = Old::key)]
    struct Old {
        #[aggregate_id(display)]
        id: String,
    }

    impl Old {
        fn key(&self) -> char {
            'a'
        }
    }

    /// Every attribute at once.
    #[derive(Serialize, Deserialize, OutboxEvent)]
    #[outbox(
        event_type = "com.example.all.used",
        source = "/s",
        data_version = "2.0",
        aggregate_type = "all",
        topic = "all",
        dataschema = "https://example.com/all",
        upcast_from(Old),
        validate_with = New::check
    )]
    struct New {
        #[aggregate_id]
        #[partition_key]
        #[outbox(extension)]
        #[validate(length(min = 1), email, url, custom(function = __outbox_text))]
        value_id: String,
        #[partition_key(display)]
        #[validate(range(min = 0, max = 9))]
        #[outbox(extension = "level")]
        number: u8,
        #[outbox(occurred_at)]
        at: ::chrono::DateTime<::chrono::Utc>,
        #[validate(required, nested, custom(function = value))]
        value: ::std::option::Option<Value>,
    }

    fn __outbox_text(_: &::std::primitive::str) -> ::std::result::Result<(), String> {
        ::std::result::Result::Ok(())
    }

    fn value(_: &Value) -> ::std::result::Result<(), String> {
        ::std::result::Result::Ok(())
    }

    impl New {
        fn check(&self) -> ::std::result::Result<(), ::outbox_core::ValidationErrors> {
            ::std::result::Result::Ok(())
        }
    }

    impl From<Old> for New {
        fn from(old: Old) -> Self {
            Self {
                value_id: old.id,
                number: 0,
                at: ::std::convert::From::from(::std::time::SystemTime::UNIX_EPOCH),
                value: ::std::option::Option::None,
            }
        }
    }

    #[derive(KeyPart, ToExtensionValue)]
    struct Id<'a, T>(&'a T, ::std::marker::PhantomData<T>);

    #[derive(Serialize, Deserialize, Validate)]
    enum Value {
        One(#[validate(url)] String),
        Two {
            #[validate(range(min = 1))]
            errors: u8,
        },
    }

    #[derive(OutboxEvent)]
    enum All {
        New(New),
    }
}

/// Only where a parameter is a key or has a rule, is something asked of it.
#[derive(Debug, PartialEq, Serialize, Deserialize, OutboxEvent)]
#[outbox(event_type = "com.example.thing.changed", source = "/s")]
struct Inferred<'a, K, T, D, U, M, E> {
    #[aggregate_id]
    id: Option1<K>,
    #[partition_key(display)]
    display: D,
    #[validate(length(max = 2))]
    value: T,
    #[validate(nested)]
    values: Vec<U>,
    #[validate(email)]
    mail: M,
    #[outbox(extension)]
    route: E,
    #[serde(skip)]
    _unused: PhantomData<&'a NotSerialize>,
}

/// Nothing is asked of it.
#[derive(Debug, PartialEq)]
struct NotSerialize;

/// A key of a type with a parameter.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Option1<K>(K);

impl<K: fmt::Debug> KeyPart for Option1<K> {
    fn key_part(&self) -> Cow<'_, str> {
        format!("{:?}", self.0).into()
    }
}

/// A value with a rule.
#[derive(Debug, PartialEq, Serialize, Deserialize, Validate)]
struct Small(#[validate(range(max = 9))] u8);

#[test]
fn bounds_are_inferred_from_fields() {
    let event = |value: &str, number| Inferred {
        id: Option1([7_u8]),
        display: 1.5_f32,
        value: value.to_owned(),
        values: vec![Small(number)],
        mail: Some("ada@example.com".to_owned()),
        route: 7,
        _unused: PhantomData,
    };
    let envelope = Envelope::new(event("ab", 9)).unwrap();
    assert_eq!(
        (envelope.aggregate_id(), envelope.partition_key()),
        ("[7]".into(), "1.5".into())
    );
    let row = envelope.to_row().unwrap();
    assert_eq!(Envelope::from_row(&row), Ok(envelope));
    let errors = Envelope::new(event("abc", 10)).unwrap_err();
    let paths: Vec<_> = errors.iter().map(outbox_core::Violation::path).collect();
    assert_eq!(paths, ["value", "values[0]"]);
}

/// A parameter that is not in a key and has no rule.
#[derive(Debug, Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.thing.changed", source = "/s")]
struct OfAnything<T>
where
    T: ?Sized,
{
    #[aggregate_id]
    id: u8,
    #[serde(skip)]
    _unused: PhantomData<T>,
}

#[test]
fn nothing_is_asked_of_a_parameter_without_need() {
    let event = OfAnything::<str> {
        id: 1,
        _unused: PhantomData,
    };
    assert!(Envelope::new(event).is_ok());
}

/// The description may be a macro's.
#[doc = concat!("Of ", "macros.")]
///
/// And of text.
#[derive(Debug, Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.thing.described", source = "/s")]
struct Described {
    aggregate_id: String,
}

#[test]
fn a_description_may_come_from_macros() {
    assert_eq!(
        Described::DEFINITION.description(),
        Some("The description may be a macro's.\nOf macros.\n\nAnd of text.")
    );
}

macro_rules! event_of_functions {
    ($check:expr, $key:path, $($custom:tt)*) => {
        /// Functions from elsewhere.
        #[derive(Debug, Serialize, OutboxEvent)]
        #[outbox(event_type = "com.example.macro.used", source = "/s", validate_with = $check)]
        #[partition_key(with = $key)]
        struct OfFunctions {
            #[aggregate_id]
            id: u8,
            #[validate(custom(function = $($custom)*), range(max = 1))]
            optional: Option<u8>,
        }
    };
}

event_of_functions!(all_is_well, key, number_is_well);

fn all_is_well(_: &OfFunctions) -> Result<(), outbox_core::ValidationErrors> {
    Ok(())
}

fn key(event: &OfFunctions) -> u8 {
    event.id
}

fn number_is_well(number: &u8) -> Result<(), String> {
    Err(number.to_string())
}

#[test]
fn functions_may_come_from_a_macro() {
    let event = OfFunctions {
        id: 7,
        optional: Some(1),
    };
    assert_eq!(event.partition_key(), "7");
    let errors = Envelope::new(event).unwrap_err();
    assert_eq!(errors.to_string(), "optional: 1");
}

/// A warning at the use of an item does not appear at its definition.
mod deprecated {
    #![allow(dead_code, reason = "it need only compile")]
    #![allow(non_snake_case, reason = "the names are a foreign system's")]

    use super::{Deserialize, KeyPart, OutboxEvent, Serialize, ToExtensionValue, Validate};

    /// An event that is no longer sent.
    #[deprecated(note = "it is no longer sent")]
    #[derive(Debug, Serialize, Deserialize, OutboxEvent)]
    #[outbox(event_type = "com.example.old.sent", source = "/s")]
    pub(super) struct Old {
        #[aggregate_id]
        #[deprecated(note = "it is no longer sent")]
        Id: u8,
        #[validate(nested)]
        Value: Value,
    }

    #[deprecated(note = "it is no longer sent")]
    #[derive(Debug, KeyPart, ToExtensionValue)]
    struct Id {
        #[deprecated(note = "it is no longer sent")]
        Text: String,
    }

    #[derive(Debug, Serialize, Deserialize, Validate)]
    enum Value {
        #[deprecated(note = "it is no longer sent")]
        One {
            #[validate(range(min = 1))]
            Number: u8,
        },
    }

    #[derive(Debug, OutboxEvent)]
    enum Event {
        #[deprecated(note = "it is no longer sent")]
        #[allow(deprecated, reason = "the set still reads it")]
        Old(Old),
    }
}

/// Statics and constants of names that a method's own variables might have.
mod locals {
    #![allow(
        dead_code,
        non_upper_case_globals,
        reason = "they are here to be in the way"
    )]

    use super::{Deserialize, OutboxEvent, Serialize, Validate};

    static data: u8 = 0;
    static event_type: u8 = 0;
    static data_version: u8 = 0;
    static extensions: u8 = 0;
    static serializer: u8 = 0;
    static old: u8 = 0;
    static errors: u8 = 0;
    const event: u8 = 0;
    const value: u8 = 0;

    #[derive(Serialize, Deserialize, OutboxEvent)]
    #[outbox(event_type = "com.example.local.named", source = "/s")]
    struct Old {
        #[aggregate_id]
        id: u8,
    }

    #[derive(Serialize, Deserialize, OutboxEvent)]
    #[outbox(
        event_type = "com.example.local.named",
        source = "/s",
        data_version = "2.0",
        upcast_from(Old)
    )]
    struct New {
        #[aggregate_id]
        id: u8,
        #[outbox(extension)]
        #[validate(custom(function = even), required)]
        number: Option<u8>,
    }

    fn even(_: &u8) -> Result<(), String> {
        Ok(())
    }

    impl From<Old> for New {
        fn from(one: Old) -> Self {
            Self {
                id: one.id,
                number: None,
            }
        }
    }

    #[derive(OutboxEvent)]
    enum Set {
        New(New),
    }

    #[derive(Validate)]
    enum Value {
        Two(#[validate(range(min = 1))] u8),
    }
}

/// A type with a parameter that has itself in it.
#[derive(Debug, Validate)]
struct Recursive<T> {
    #[validate(nested)]
    next: Option<Box<Recursive<T>>>,
    #[validate(nested)]
    value: T,
}

#[test]
fn a_generic_value_may_have_itself_in_it() {
    let last = Recursive {
        next: None,
        value: Small(10),
    };
    let first = Recursive {
        next: Some(Box::new(last)),
        value: Small(1),
    };
    let errors = first.validate().unwrap_err();
    assert_eq!(errors.violations()[0].path(), "next.value");
}

/// A function of a trait.
trait Check {
    /// Refuses everything.
    fn refuse(&self) -> Result<(), String>;
}

impl Check for u8 {
    fn refuse(&self) -> Result<(), String> {
        Err("no".to_owned())
    }
}

/// A path may be qualified.
#[derive(Debug, Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.thing.checked", source = "/s")]
struct Qualified {
    #[aggregate_id]
    #[validate(custom(function = <u8 as Check>::refuse))]
    id: u8,
}

#[test]
fn a_function_may_be_a_traits() {
    assert!(Envelope::new(Qualified { id: 1 }).is_err());
}

/// Every part of a type with rules as a fragment.
macro_rules! value_of_fragments {
    ($name:ident, $variant:ident, $field:ident, $number:ty, $min:expr, $max:literal, $function:path) => {
        /// A struct with the rules.
        #[derive(Debug, Serialize, Validate)]
        struct $name {
            /// The field, as its type is.
            #[validate(range(min = $min, max = $max), custom(function = $function))]
            $field: $number,
            /// The field, within an `Option`.
            #[validate(range(min = -$max, max = $max))]
            optional: Option<$number>,
            /// The field, within a `Box`.
            #[validate(range(min = ($min), exclusive_max = $max))]
            r#box: Box<Option<$number>>,
        }

        /// An enum with the rules.
        #[derive(Debug, Serialize, Validate)]
        enum $variant {
            /// With a named field.
            Named {
                /// The field.
                #[validate(range(min = $min, max = $max), custom(function = $function))]
                $field: $number,
                /// Its neighbour.
                #[validate(length(max = $max))]
                text: String,
            },
            /// Without a name.
            Unnamed(
                #[validate(range(min = $min, max = $max), custom(function = $function))] $number,
                #[validate(range(max = $max))] Option<$number>,
            ),
        }
    };
}

fn any<T>(_: &T) -> Result<(), String> {
    Ok(())
}

value_of_fragments!(OfFloats, EnumOfFloats, n, f64, 0, 100, any);
value_of_fragments!(OfOptions, EnumOfOptions, errors, Option<f64>, 0, 100, any);
value_of_fragments!(OfPaths, EnumOfPaths, self_, Option<f32>, 0.0, 100, any);
value_of_fragments!(
    OfIntegers,
    EnumOfIntegers,
    r#type,
    i32,
    0,
    100,
    crate::any::<i32>
);

#[test]
fn fragments_are_read_as_what_they_hold() {
    let paths = |result: Result<(), outbox_core::ValidationErrors>| -> Vec<String> {
        let errors = result.err().unwrap_or_default();
        errors.iter().map(|one| one.path().to_owned()).collect()
    };
    let floats = OfFloats {
        n: 101.0,
        optional: Some(-101.0),
        r#box: Box::new(Some(100.0)),
    };
    assert_eq!(paths(floats.validate()), ["n", "optional", "box"]);
    let options = OfOptions {
        errors: Some(-1.0),
        optional: Some(None),
        r#box: Box::new(Some(Some(100.0))),
    };
    assert_eq!(paths(options.validate()), ["errors", "box"]);
    let options = OfPaths {
        self_: None,
        optional: Some(Some(101.0)),
        r#box: Box::new(None),
    };
    assert_eq!(paths(options.validate()), ["optional"]);
    let integers = OfIntegers {
        r#type: 101,
        optional: None,
        r#box: Box::new(Some(99)),
    };
    assert_eq!(paths(integers.validate()), ["type"]);
    for (verdict, expected) in [
        (
            EnumOfFloats::Named {
                n: -1.0,
                text: "a".repeat(101),
            }
            .validate(),
            ["n", "text"],
        ),
        (
            EnumOfOptions::Unnamed(Some(101.0), Some(Some(101.0))).validate(),
            ["0", "1"],
        ),
        (
            EnumOfPaths::Named {
                self_: Some(-1.0),
                text: "a".repeat(101),
            }
            .validate(),
            ["self_", "text"],
        ),
        (
            EnumOfIntegers::Named {
                r#type: -1,
                text: "a".repeat(101),
            }
            .validate(),
            ["type", "text"],
        ),
    ] {
        assert_eq!(paths(verdict), expected);
    }
    assert!(EnumOfFloats::Unnamed(1.0, None).validate().is_ok());
    assert!(EnumOfIntegers::Unnamed(1, None).validate().is_ok());
    let text = String::new();
    assert!(
        EnumOfOptions::Named { errors: None, text }
            .validate()
            .is_ok()
    );
    assert!(EnumOfPaths::Unnamed(None, None).validate().is_ok());
}

/// The parts of a newtype as fragments.
macro_rules! newtype_of_fragments {
    ($(#[$meta:meta])* $name:ident, $field:ident: $ty:ty) => {
        #[derive(Debug, KeyPart, ToExtensionValue)]
        $(#[$meta])*
        struct $name {
            $field: $ty,
        }
    };
}

newtype_of_fragments!(
    /// A key.
    #[outbox(crate = outbox_core)]
    OfText, r#self_: String
);
newtype_of_fragments!(
    /// A key of a key.
    OfKey, of: Box<OfText>
);

#[test]
fn a_newtype_may_be_defined_by_a_macro() {
    let id = OfKey {
        of: Box::new(OfText {
            self_: "a".to_owned(),
        }),
    };
    assert_eq!(id.key_part(), "a");
    assert_eq!(id.to_extension_value(), Some("a".into()));
}

/// Whole attributes and entries as fragments.
macro_rules! event_of_metas {
    ($name:ident, $text:expr, $field:ident: $ty:ty, [$(#[$on_field:meta])*], $rule:meta, $($entries:tt)*) => {
        /// An event.
        #[derive(Debug, Serialize, OutboxEvent)]
        #[outbox(event_type = $text, $($entries)*)]
        struct $name {
            $(#[$on_field])*
            $field: $ty,
            /// Its neighbour.
            #[validate($rule)]
            #[outbox(extension)]
            other: Option<$ty>,
            /// When.
            #[outbox(occurred_at)]
            at: chrono::DateTime<chrono::Utc>,
        }
    };
}

event_of_metas!(
    OfMetas,
    concat!("com", ".example.macro.used"),
    id: String,
    [
        /// The number.
        #[aggregate_id]
        #[partition_key(display)]
        #[validate(length(min = 1, max = 3))]
    ],
    length(max = 3),
    source = "/s", topic = "used"
);

#[test]
fn attributes_may_come_from_a_macro() {
    assert_eq!(OfMetas::DEFINITION.topic(), Some("used"));
    let event = OfMetas {
        id: "long".to_owned(),
        other: Some("long".to_owned()),
        at: chrono::Utc::now(),
    };
    assert_eq!(event.partition_key(), "long");
    let errors = Envelope::new(event).unwrap_err();
    let paths: Vec<_> = errors.iter().map(outbox_core::Violation::path).collect();
    assert_eq!(paths, ["id", "other"]);
}

/// A description and a number of attributes as fragments.
macro_rules! event_of_texts {
    ($name:ident, $doc:expr, $type:literal, $key:path, $older:path, $crate_path:path) => {
        #[doc = $doc]
        #[derive(Debug, Serialize, Deserialize, OutboxEvent)]
        #[outbox(event_type = $type, source = "/s", data_version = "2.0")]
        #[outbox(upcast_from($older), crate = $crate_path)]
        #[partition_key(with = $key)]
        struct $name {
            #[aggregate_id]
            id: u8,
        }

        impl From<$older> for $name {
            fn from(old: $older) -> Self {
                Self { id: old.id }
            }
        }

        impl $name {
            fn key(&self) -> u8 {
                self.id
            }
        }
    };
}

/// The older version.
#[derive(Debug, Serialize, Deserialize, OutboxEvent)]
#[outbox(event_type = "com.example.macro.texted", source = "/s")]
struct Texted {
    #[aggregate_id]
    id: u8,
}

event_of_texts!(
    OfTexts,
    "It has a description.",
    "com.example.macro.texted",
    OfTexts::key,
    Texted,
    outbox_core
);

#[test]
fn texts_and_paths_may_come_from_a_macro() {
    assert_eq!(
        OfTexts::DEFINITION.description(),
        Some("It has a description.")
    );
    let row = Envelope::new(Texted { id: 7 }).unwrap().to_row().unwrap();
    let event = Envelope::<OfTexts>::from_row(&row).unwrap();
    assert_eq!(event.event().partition_key(), "7");
}

/// A set whose variants are fragments.
macro_rules! set {
    ($name:ident { $($variant:ident: $event:ty),* }) => {
        /// A set.
        #[derive(Debug, OutboxEvent)]
        enum $name {
            $(
                /// One of them.
                $variant($event),
            )*
        }
    };
}

set!(SetOfFragments { Noted: Noted, OfMetas: Box<OfMetas> });

/// An event of the set.
#[derive(Debug, Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.macro.noted", source = "/s")]
struct Noted {
    #[aggregate_id]
    id: u8,
}

#[test]
fn a_set_may_be_defined_by_a_macro() {
    let event = SetOfFragments::from(Noted { id: 7 });
    assert_eq!(event.aggregate_id(), "7");
}

/// Types with parameters that hold each other.
mod circles {
    #![allow(dead_code, reason = "most of them need only compile")]

    use std::collections::BTreeMap;

    use outbox_core::Validate;

    macro_rules! circle {
        ($module:ident: $(#[$on_first:meta])* $first:ty, $(#[$on_second:meta])* $second:ty) => {
            pub(super) mod $module {
                use super::{BTreeMap, Validate};

                #[derive(Debug, Validate)]
                pub(crate) struct First<T> {
                    #[validate(range(max = 3))]
                    pub(crate) number: u8,
                    $(#[$on_first])*
                    pub(crate) value: $first,
                    #[validate(nested)]
                    pub(crate) second: Second<T>,
                }

                #[derive(Debug, Validate)]
                pub(crate) struct Second<T> {
                    $(#[$on_second])*
                    pub(crate) value: $second,
                    #[validate(nested)]
                    pub(crate) firsts: Vec<First<T>>,
                    #[validate(nested)]
                    pub(crate) third: Option<Box<Third<T>>>,
                }

                #[derive(Debug, Validate)]
                pub(crate) enum Third<T> {
                    Map(#[validate(nested)] BTreeMap<u8, First<T>>),
                }
            }
        };
    }

    circle!(plain: T, u8);
    circle!(plain_twice: T, Option<T>);
    circle!(nested: #[validate(nested)] T, u8);
    circle!(nested_twice: #[validate(nested)] T, #[validate(nested)] Vec<T>);
    circle!(second_plain: u8, T);
    circle!(second_nested: u8, #[validate(nested)] T);
    circle!(phantom: std::marker::PhantomData<T>, u8);

    /// A type that hands its parameter on to a type that has rules for it.
    #[derive(Debug, Validate)]
    pub(super) struct Batch<T> {
        #[validate(nested)]
        pub(super) items: Vec<Item<T>>,
    }

    #[derive(Debug, Validate)]
    pub(super) struct Item<T> {
        #[validate(nested)]
        pub(super) value: T,
    }
}

#[test]
fn generic_values_may_hold_each_other() {
    use circles::{Batch, Item, nested, phantom, plain, plain_twice};

    let leaf = |number| plain::First {
        number,
        value: "not a value with rules",
        second: plain::Second {
            value: 1,
            firsts: Vec::new(),
            third: None,
        },
    };
    let mut first = leaf(4);
    first.second.firsts.push(leaf(4));
    first.second.third = Some(Box::new(plain::Third::Map([(7, leaf(4))].into())));
    let errors = first.validate().unwrap_err();
    let paths: Vec<_> = errors.iter().map(outbox_core::Violation::path).collect();
    assert_eq!(
        paths,
        [
            "number",
            "second.firsts[0].number",
            "second.third[7].number"
        ]
    );

    let first = nested::First {
        number: 1,
        value: Small(10),
        second: nested::Second {
            value: 1,
            firsts: Vec::new(),
            third: None,
        },
    };
    assert_eq!(
        first.validate().unwrap_err().violations()[0].path(),
        "value"
    );
    let second = plain_twice::Second::<u8> {
        value: None,
        firsts: Vec::new(),
        third: None,
    };
    assert!(second.validate().is_ok());
    let second = phantom::Second::<NotSerialize> {
        value: 1,
        firsts: Vec::new(),
        third: None,
    };
    assert!(second.validate().is_ok());
    let items = vec![Item { value: Small(10) }];
    let errors = Batch { items }.validate().unwrap_err();
    assert_eq!(errors.violations()[0].path(), "items[0].value");
}
