//! The rules of `#[validate(...)]` and of keys: a table of values that each accepts and refuses.

#![allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "a function that `custom` names takes a reference"
)]

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::fmt;
use std::num::NonZero;

use outbox_core::{
    AsNumber, CloudEvent, ContentMode, DecodeError, Envelope, HasLength, KafkaRecord, OutboxEvent,
    Validate, ValidationErrors, Violation,
};
use serde::{Deserialize, Serialize};

/// Returns `(path, code)` of each violation.
fn told<E: OutboxEvent>(event: E) -> Vec<(String, String)> {
    match Envelope::new(event) {
        Ok(_) => Vec::new(),
        Err(errors) => errors
            .iter()
            .map(|violation| (violation.path().to_owned(), violation.code().to_owned()))
            .collect(),
    }
}

fn is_valid<E: OutboxEvent>(event: E) -> bool {
    told(event).is_empty()
}

#[derive(Debug, Clone, Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.person.invited", source = "/s")]
struct Invited {
    #[aggregate_id]
    id: u8,
    #[validate(email)]
    email: Option<Cow<'static, str>>,
}

#[test]
fn email_is_the_html_standards() {
    let mail = |email: &str| Invited {
        id: 1,
        email: Some(email.to_owned().into()),
    };
    let longest_label = "a".repeat(63);
    for accepted in [
        "ada@example.com",
        "a@b",
        "a.b+c@x-y.z9",
        "!#$%&'*+/=?^_`{|}~-@example.com",
        &format!("a@{longest_label}.{longest_label}"),
    ] {
        assert!(is_valid(mail(accepted)), "{accepted}");
    }
    for refused in [
        "",
        "ada",
        "ada@",
        "@example.com",
        "ada@@example.com",
        "ada@example..com",
        "ada@-example.com",
        "ada@example-.com",
        "ada lovelace@example.com",
        " ada@example.com",
        "ada@example.com\n",
        "ada@[127.0.0.1]",
        "ädä@example.com",
        "ada@exämple.com",
        &format!("a@{longest_label}a"),
    ] {
        assert_eq!(
            told(mail(refused)),
            [("email".into(), "email".into())],
            "{refused}"
        );
    }
    assert!(is_valid(Invited { id: 1, email: None }));
}

#[derive(Debug, Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.text.written", source = "/s")]
struct Written {
    #[aggregate_id]
    id: u8,
    #[validate(length(min = 2, max = 4))]
    text: &'static str,
    #[validate(length(equal = 2))]
    pair: Option<String>,
    #[validate(length(min = 1))]
    lines: Vec<u8>,
    #[validate(length(max = 1))]
    r#type: BTreeMap<u8, u8>,
}

fn written(text: &'static str) -> Written {
    Written {
        id: 1,
        text,
        pair: None,
        lines: vec![1],
        r#type: BTreeMap::new(),
    }
}

#[test]
fn length_counts_unicode_scalar_values() {
    for accepted in [
        "ab",
        "abcd",
        "äöüß",
        "日本",
        "🦀🦀🦀🦀",
        "e\u{301}e\u{301}",
        "\u{0}\u{0}",
    ] {
        assert!(is_valid(written(accepted)), "{accepted}");
    }
    for refused in ["", "a", "abcde", "日", "e\u{301}e\u{301}e", "👩‍👩‍👧"] {
        assert_eq!(
            told(written(refused)),
            [("text".into(), "length".into())],
            "{refused}"
        );
    }
}

#[test]
fn length_counts_elements_and_skips_what_is_absent() {
    let with_pair = |pair: &str| Written {
        pair: Some(pair.to_owned()),
        ..written("ab")
    };
    assert!(is_valid(with_pair("ab")));
    for refused in ["", "a", "abc"] {
        assert_eq!(told(with_pair(refused)), [("pair".into(), "length".into())]);
    }
    let many = Written {
        lines: Vec::new(),
        r#type: BTreeMap::from([(1, 1), (2, 2)]),
        ..written("ab")
    };
    assert_eq!(
        told(many),
        [
            ("lines".into(), "length".into()),
            ("type".into(), "length".into())
        ]
    );
}

#[test]
fn every_kind_of_collection_has_a_length() {
    assert_eq!([1, 2].length(), Some(2));
    assert_eq!([1, 2][..].length(), Some(2));
    assert_eq!(Box::<str>::from("äb").length(), Some(2));
    assert_eq!(VecDeque::from([1]).length(), Some(1));
    assert_eq!(BTreeSet::from([1]).length(), Some(1));
    assert_eq!(HashMap::from([(1, 1)]).length(), Some(1));
    assert_eq!(Some(Some("a")).length(), Some(1));
    assert_eq!(Some(None::<&str>).length(), None);
    assert_eq!(Cow::Borrowed("äb").length(), Some(2));
    assert_eq!(Cow::<u8>::Owned(7).as_number(), Some(7));
}

#[derive(Debug, Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.link.shared", source = "/s")]
struct Shared {
    #[aggregate_id]
    id: u8,
    #[validate(url)]
    url: Option<String>,
}

#[test]
fn url_is_an_rfc_3986_uri() {
    let link = |url: &str| Shared {
        id: 1,
        url: Some(url.to_owned()),
    };
    for accepted in [
        "https://example.com",
        "https://ada@example.com:8080/a/b?c=d#e",
        "http://[2001:db8::1]/",
        "urn:isbn:0451450523",
        "mailto:ada@example.com",
        "file:///etc/hosts",
        "x:",
        "https://example.com/%C3%A4",
        "https://example.com/#",
    ] {
        assert!(is_valid(link(accepted)), "{accepted}");
    }
    for refused in [
        "",
        "example.com",
        "//example.com/",
        "/a",
        "#a",
        "://example.com",
        "1https://example.com",
        "https://example.com/a b",
        "https://example.com/ä",
        "https://example.com/%4",
        "https://example.com:port/",
        "https://[::1/",
        "https://exa<mple.com",
        " https://example.com",
        "https://example.com\n",
    ] {
        assert_eq!(
            told(link(refused)),
            [("url".into(), "url".into())],
            "{refused}"
        );
    }
    assert!(is_valid(Shared { id: 1, url: None }));
}

const LEAST: i64 = -5;

/// A numeric type of the user's own.
#[derive(Debug, Serialize)]
struct Cents(u64);

impl AsNumber for Cents {
    type Number = u64;

    fn as_number(&self) -> Option<u64> {
        Some(self.0)
    }
}

#[derive(Debug, Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.thing.measured", source = "/s")]
struct Measured {
    #[aggregate_id]
    id: u8,
    #[validate(range(min = 1, max = 100))]
    inside: u8,
    #[validate(range(exclusive_min = 0.0, exclusive_max = 1.0))]
    between: f64,
    #[validate(range(min = LEAST))]
    above: Option<i64>,
    #[validate(range(max = 100))]
    below: Cents,
    #[validate(range(min = 2, exclusive_max = LEAST.unsigned_abs()))]
    other: Box<NonZero<u64>>,
}

fn measured() -> Measured {
    Measured {
        id: 1,
        inside: 1,
        between: 0.5,
        above: None,
        below: Cents(0),
        other: Box::new(NonZero::new(2).unwrap()),
    }
}

#[test]
fn range_has_bounds_that_are_included_or_not() {
    assert!(is_valid(measured()));
    for (inside, is_inside) in [(0, false), (1, true), (100, true), (101, false)] {
        let event = Measured {
            inside,
            ..measured()
        };
        assert_eq!(is_valid(event), is_inside, "{inside}");
    }
    for (between, is_inside) in [
        (0.0, false),
        (-0.0, false),
        (f64::MIN_POSITIVE, true),
        (1.0_f64.next_down(), true),
        (1.0, false),
        (f64::NAN, false),
        (f64::INFINITY, false),
        (f64::NEG_INFINITY, false),
    ] {
        let event = Measured {
            between,
            ..measured()
        };
        assert_eq!(is_valid(event), is_inside, "{between}");
    }
    for (above, is_inside) in [
        (None, true),
        (Some(LEAST), true),
        (Some(LEAST - 1), false),
        (Some(i64::MAX), true),
        (Some(i64::MIN), false),
    ] {
        let event = Measured {
            above,
            ..measured()
        };
        assert_eq!(is_valid(event), is_inside, "{above:?}");
    }
    for (below, is_inside) in [(0, true), (100, true), (101, false), (u64::MAX, false)] {
        let event = Measured {
            below: Cents(below),
            ..measured()
        };
        assert_eq!(is_valid(event), is_inside, "{below}");
    }
    for (other, is_inside) in [(1, false), (2, true), (4, true), (5, false)] {
        let event = Measured {
            other: Box::new(NonZero::new(other).unwrap()),
            ..measured()
        };
        assert_eq!(is_valid(event), is_inside, "{other}");
    }
}

#[test]
fn range_says_what_is_allowed() {
    let event = Measured {
        inside: 101,
        between: 1.5,
        above: Some(-6),
        below: Cents(101),
        ..measured()
    };
    assert_eq!(
        Envelope::new(event).unwrap_err().to_string(),
        "inside: must be at least 1 and at most 100, and is 101; \
         between: must be greater than 0 and less than 1, and is 1.5; \
         above: must be at least -5, and is -6; \
         below: must be at most 100, and is 101"
    );
}

#[derive(Debug, Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.form.sent", source = "/s")]
struct Sent {
    #[aggregate_id]
    id: u8,
    #[validate(required, length(min = 2))]
    name: Option<String>,
    #[validate(custom(function = is_even))]
    number: u8,
    #[validate(custom(function = "lower_case"))]
    nick: Option<String>,
    #[validate(custom(function = Sent::not_nothing))]
    unit: Option<()>,
}

fn is_even(number: &u8) -> Result<(), String> {
    if number.is_multiple_of(2) {
        Ok(())
    } else {
        Err(format!("must be even, and is {number}"))
    }
}

fn lower_case(text: &str) -> Result<(), &'static str> {
    if text.contains(char::is_uppercase) {
        Err("must be in lower case")
    } else {
        Ok(())
    }
}

impl Sent {
    fn not_nothing((): &()) -> Result<(), fmt::Error> {
        Err(fmt::Error)
    }
}

fn sent() -> Sent {
    Sent {
        id: 1,
        name: Some("Ada".to_owned()),
        number: 2,
        nick: None,
        unit: None,
    }
}

#[test]
fn required_is_there() {
    let name = |name: Option<&str>| Sent {
        name: name.map(str::to_owned),
        ..sent()
    };
    assert_eq!(told(name(None)), [("name".into(), "required".into())]);
    assert_eq!(told(name(Some(""))), [("name".into(), "length".into())]);
    assert!(is_valid(name(Some("Ada"))));
}

#[test]
fn custom_is_a_function_of_the_value() {
    assert!(is_valid(sent()));
    let event = Sent {
        number: 3,
        nick: Some("Ada".to_owned()),
        unit: Some(()),
        ..sent()
    };
    let errors = Envelope::new(event).unwrap_err();
    let violations: Vec<_> = errors
        .iter()
        .map(|one| (one.path(), one.code(), one.message()))
        .collect();
    let format_error = fmt::Error.to_string();
    assert_eq!(
        violations,
        [
            ("number", "custom", "must be even, and is 3"),
            ("nick", "custom", "must be in lower case"),
            ("unit", "custom", format_error.as_str()),
        ]
    );
}

#[derive(Debug, Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.thing.measured", source = "/s")]
struct OfMany {
    #[aggregate_id]
    id: u8,
    #[validate(custom(function = is_even), custom(function = is_small, message = "is too much"))]
    number: u8,
    /// A whole number can be the bound of a float too.
    #[validate(range(min = -1, exclusive_max = 1))]
    ratio: f32,
    #[validate(range(min = 0))]
    share: Option<f64>,
    #[validate(range(min = b'a', max = b'z'))]
    letter: u8,
    #[validate(length(min = Self::LEAST, max = Self::MOST))]
    text: &'static str,
    #[validate(range(
        exclusive_min = 340282366920938463463374607431768211453,
        max = 340282366920938463463374607431768211455
    ))]
    large: u128,
    #[validate(range(max = if Self::MOST > 2 { 7 } else { 9 }))]
    other: u8,
}

impl OfMany {
    const LEAST: usize = 1;
    const MOST: usize = 3;
}

fn is_small(number: &u8) -> Result<(), bool> {
    if *number < 10 { Ok(()) } else { Err(false) }
}

#[test]
fn a_field_may_have_many_rules_and_bounds_of_many_kinds() {
    let event = |number, ratio, letter, text, other| OfMany {
        id: 1,
        number,
        ratio,
        share: Some(f64::from(ratio).abs()),
        letter,
        text,
        large: u128::MAX,
        other,
    };
    assert!(is_valid(event(2, -1.0, b'z', "abc", 7)));
    let errors = Envelope::new(event(11, 1.0, b'A', "", 8)).unwrap_err();
    let told: Vec<_> = errors
        .iter()
        .map(|one| (one.path(), one.message()))
        .collect();
    assert_eq!(
        told,
        [
            ("number", "must be even, and is 11"),
            ("number", "is too much"),
            ("ratio", "must be at least -1 and less than 1, and is 1"),
            ("letter", "must be at least 97 and at most 122, and is 65"),
            ("text", "must have 1 to 3 characters, and has 0"),
            ("other", "must be at most 7, and is 8"),
        ]
    );
}

const TOO_LONG: &str = "is too long";

#[derive(Debug, Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.form.sent", source = "/s")]
struct WithMessages {
    #[aggregate_id]
    id: u8,
    #[validate(length(max = 1, message = TOO_LONG), email(message = "no mail"), url(message = "no url"))]
    text: String,
    #[validate(range(max = 1, message = "is too much"), custom(function = is_even, message = "is odd"))]
    number: u8,
    #[validate(required(message = concat!("is ", "missing")))]
    option: Option<u8>,
}

#[test]
fn a_message_takes_the_place_of_the_rules_own() {
    let event = WithMessages {
        id: 1,
        text: "text".to_owned(),
        number: 3,
        option: None,
    };
    assert_eq!(
        Envelope::new(event).unwrap_err().to_string(),
        "text: is too long; text: no mail; text: no url; \
         number: is too much; number: is odd; option: is missing"
    );
}

#[derive(Debug, PartialEq, Serialize, Deserialize, OutboxEvent)]
#[outbox(
    event_type = "com.example.period.set",
    source = "/s",
    validate_with = Period::check
)]
struct Period {
    #[aggregate_id]
    id: u8,
    from: u8,
    #[validate(range(max = 100))]
    to: u8,
}

impl Period {
    fn check(&self) -> Result<(), ValidationErrors> {
        let mut errors = ValidationErrors::new();
        if self.from > self.to {
            errors.push(Violation::new("to", "order", "must not be before `from`"));
        }
        errors.into_result()
    }
}

#[test]
fn validate_with_is_run_after_the_rules() {
    let period = |from, to| Period { id: 1, from, to };
    assert!(is_valid(period(1, 2)));
    assert_eq!(told(period(2, 1)), [("to".into(), "order".into())]);
    assert_eq!(
        told(period(102, 101)),
        [("to".into(), "range".into()), ("to".into(), "order".into())]
    );
}

#[derive(Debug, Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.period.set", source = "/s", validate_with = refuse)]
struct Refused {
    #[aggregate_id]
    id: u8,
    #[validate(nested)]
    values: Vec<RefusedValue>,
}

#[derive(Debug, Serialize)]
struct RefusedValue;

impl Validate for RefusedValue {
    fn validate(&self) -> Result<(), ValidationErrors> {
        Err(ValidationErrors::new())
    }
}

fn refuse(_: &Refused) -> Result<(), ValidationErrors> {
    Err(ValidationErrors::new())
}

#[test]
fn an_error_that_names_nothing_is_an_error_all_the_same() {
    let values = vec![RefusedValue];
    let errors = Envelope::new(Refused { id: 1, values }).unwrap_err();
    let paths: Vec<_> = errors.iter().map(Violation::path).collect();
    assert_eq!(paths, ["values[0]", ""]);
}

#[test]
fn every_reader_validates() {
    let event = Envelope::new(Period {
        id: 1,
        from: 1,
        to: 2,
    })
    .unwrap();
    let reversed = |json: Vec<u8>| {
        String::from_utf8(json)
            .unwrap()
            .replace("\"to\":2", "\"to\":0")
            .into_bytes()
    };
    let mut row = event.to_row().unwrap();
    row.payload = String::from_utf8(reversed(row.payload.into_bytes())).unwrap();
    let record = |mode| {
        let record = event.to_kafka_record(mode).unwrap();
        let headers = record.headers();
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_vec()));
        let value = reversed(record.value().unwrap().to_vec());
        KafkaRecord::from_parts("t", None, headers.collect(), Some(value))
    };
    for read in [
        Envelope::<Period>::from_row(&row),
        Envelope::from_cloudevent_json(&reversed(event.to_cloudevent_json().unwrap())),
        Envelope::from_message_json(&reversed(event.to_message_json().unwrap())),
        Envelope::from_kafka_record(&record(ContentMode::Binary)),
        Envelope::from_kafka_record(&record(ContentMode::Structured)),
        Envelope::from_cloudevent(
            CloudEvent::from_kafka_record(&record(ContentMode::Binary)).unwrap(),
        ),
    ] {
        let Err(DecodeError::Invalid(errors)) = read else {
            panic!("{read:?}");
        };
        assert_eq!(errors.violations()[0].path(), "to");
    }
}

#[derive(Debug, Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.stock.moved", source = "/s")]
struct Moved {
    #[aggregate_id]
    article: String,
    #[partition_key]
    tenant: String,
    #[partition_key]
    shelf: char,
}

#[test]
fn a_key_is_neither_empty_nor_unsendable() {
    let moved = |article: &str, tenant: &str, shelf| Moved {
        article: article.to_owned(),
        tenant: tenant.to_owned(),
        shelf,
    };
    for accepted in ["a", " ", "ä:%", "🦀", "\u{AD}"] {
        assert!(is_valid(moved(accepted, accepted, 's')), "{accepted}");
    }
    let id = ("article".to_owned(), "aggregate_id".to_owned());
    let key = |path: &str| (path.to_owned(), "partition_key".to_owned());
    for refused in [
        "",
        "\0",
        "a\nb",
        "\u{7F}",
        "\u{85}",
        "\u{FDD0}",
        "\u{FFFF}",
        "\u{1FFFE}",
    ] {
        let events = [moved(refused, "t", 's'), moved("a", refused, 's')];
        let [by_id, by_key] = events.map(told);
        assert_eq!(by_id, std::slice::from_ref(&id), "{refused:?}");
        assert_eq!(by_key, [key("tenant")], "{refused:?}");
    }
    assert_eq!(told(moved("", "", '\0')), [id, key("tenant"), key("shelf")]);
}

#[test]
fn all_is_told_at_once_in_one_line() {
    let event = Written {
        lines: vec![],
        ..written("")
    };
    let errors = Envelope::new(event).unwrap_err();
    assert_eq!(
        errors.to_string(),
        "text: must have 2 to 4 characters, and has 0; lines: must have at least 1 element, and has 0"
    );
}

#[test]
fn violations_can_be_collected_and_sent() {
    let mut errors = ValidationErrors::from(Violation::new("a", "custom", "is wrong"));
    errors.push(Violation::new("b[0].c", "length", "is long"));
    let mut all = ValidationErrors::new();
    assert!(all.is_empty() && all.clone().into_result().is_ok());
    all.merge(errors.clone());
    assert_eq!(all, errors);
    assert_eq!(all.violations().len(), 2);
    let json = serde_json::to_string(&all).unwrap();
    assert_eq!(
        json,
        r#"[{"path":"a","code":"custom","message":"is wrong"},{"path":"b[0].c","code":"length","message":"is long"}]"#
    );
    assert_eq!(
        serde_json::from_str::<ValidationErrors>(&json).unwrap(),
        all
    );
}

#[test]
fn a_message_has_room_for_some_violations() {
    let violations = |count: usize| -> ValidationErrors {
        let one = |position| Violation::new(format!("items[{position}]"), "length", "is empty");
        let mut errors = ValidationErrors::new();
        errors.extend((0..count).map(one));
        errors
    };
    assert!(
        violations(20)
            .to_string()
            .ends_with("; items[19]: is empty")
    );
    assert!(
        violations(21)
            .to_string()
            .ends_with("; items[19]: is empty; and 1 more")
    );
    assert!(violations(100_000).to_string().len() < 1_000);
    let many = violations(100_000);
    assert_eq!((many.violations().len(), many.omitted()), (100, 99_900));
}

/// Floats in every place where the derive sees them.
mod floats {
    use std::borrow::Cow;
    use std::collections::{BTreeMap, HashMap, LinkedList, VecDeque};

    use outbox_core::{Envelope, OutboxEvent, Validate};
    use serde::{Deserialize, Serialize};

    macro_rules! violations {
        ($([$($attribute:meta),*] $type:ty: $value:expr => [$($path:literal),*];)*) => {$({
            #[derive(Debug, PartialEq, Serialize, OutboxEvent)]
            #[outbox(event_type = "com.example.thing.measured", source = "/s")]
            struct E {
                #[aggregate_id]
                id: u8,
                $(#[$attribute])*
                x: $type,
            }

            let value: $type = $value;
            let shown = format!("{}: {value:?}", stringify!($type));
            let errors = Envelope::new(E { id: 1, x: value }).err().unwrap_or_default();
            let paths: Vec<_> = errors.iter().map(|one| (one.path(), one.code())).collect();
            let expected: &[&str] = &[$($path),*];
            let expected: Vec<_> = expected.iter().map(|path| (*path, "finite")).collect();
            assert_eq!(paths, expected, "{shown}");
        })*};
    }

    const NAN: f64 = f64::NAN;

    /// A key that has no text.
    #[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
    enum Key {
        One,
    }

    #[test]
    fn a_float_that_is_not_finite_is_refused() {
        violations! {
            [] f64: 1.0 => [];
            [] f64: f64::MAX => [];
            [] f64: -0.0 => [];
            [] f64: NAN => ["x"];
            [] f64: f64::INFINITY => ["x"];
            [] f64: f64::NEG_INFINITY => ["x"];
            [] f32: f32::NAN => ["x"];
            [] f32: f32::INFINITY => ["x"];
            [] std::primitive::f64: NAN => ["x"];
            [] Option<f64>: None => [];
            [] Option<f64>: Some(1.0) => [];
            [] Option<f64>: Some(NAN) => ["x"];
            [] std::option::Option<f32>: Some(f32::NAN) => ["x"];
            [] Option<Option<f64>>: Some(Some(NAN)) => ["x"];
            [] Box<f64>: Box::new(NAN) => ["x"];
            [] Cow<'static, f64>: Cow::Owned(NAN) => ["x"];
            [] Cow<'static, [f64]>: Cow::Borrowed(&[1.0, NAN]) => ["x[1]"];
            [] &'static f64: &NAN => ["x"];
            [] &'static [f32]: &[f32::NAN] => ["x[0]"];
            [] Box<[f64]>: Box::new([NAN]) => ["x[0]"];
            [] Vec<f64>: vec![] => [];
            [] Vec<f64>: vec![1.0, NAN, 2.0, f64::INFINITY] => ["x[1]", "x[3]"];
            [] Option<Vec<Option<f64>>>: Some(vec![None, Some(NAN)]) => ["x[1]"];
            [] Vec<Vec<f64>>: vec![vec![], vec![1.0, NAN]] => ["x[1][1]"];
            [] [f64; 2]: [1.0, NAN] => ["x[1]"];
            [] VecDeque<f64>: [NAN].into() => ["x[0]"];
            [] LinkedList<f64>: [NAN].into() => ["x[0]"];
            [] BTreeMap<String, f64>: [("a".to_owned(), 1.0)].into() => [];
            [] BTreeMap<String, f64>: [("a".to_owned(), NAN)].into() => ["x"];
            [] BTreeMap<Key, Vec<f64>>: [(Key::One, vec![1.0, NAN])].into() => ["x[1]"];
            [] HashMap<u8, Option<f64>>: [(1, Some(NAN))].into() => ["x"];
            [] (f64, f64): (1.0, NAN) => ["x.1"];
            [] (String, Option<f32>): (String::new(), Some(f32::NAN)) => ["x.1"];
            [] Vec<(f64, u8)>: vec![(1.0, 1), (NAN, 1)] => ["x[1].0"];
        }
    }

    #[test]
    fn a_float_that_is_not_written_may_be_anything() {
        violations! {
            [serde(skip)] f64: NAN => [];
            [serde(skip_serializing, default)] f64: NAN => [];
            [serde(skip_serializing, skip_deserializing)] f64: NAN => [];
            [serde(skip_deserializing)] f64: NAN => ["x"];
            [serde(skip_serializing_if = "is_nan", default)] f64: NAN => [];
            [serde(skip_serializing_if = "is_nan", default)] f64: f64::INFINITY => ["x"];
            [serde(skip_serializing_if = "Option::is_none")] Option<f64>: Some(NAN) => ["x"];
            [serde(skip_serializing_if = "Option::is_none")] Option<f64>: None => [];
            [serde(serialize_with = "write")] f64: NAN => [];
            [serde(flatten)] BTreeMap<String, f64>: [("a".to_owned(), NAN)].into() => ["x"];
        }
    }

    fn is_nan(number: &f64) -> bool {
        number.is_nan()
    }

    fn write<S: serde::Serializer>(number: &f64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(number)
    }

    mod elsewhere {
        /// A type with the same name as a type of the standard library.
        #[derive(Debug, PartialEq, serde::Serialize)]
        pub(super) struct HashMap<K, V>(pub(super) K, pub(super) V);
    }

    /// The derive does not know the containers of other crates, and accepts them.
    #[test]
    fn a_container_of_another_crate_is_not_looked_through() {
        {
            use elsewhere::HashMap;
            violations! {
                [] HashMap<u8, f64>: HashMap(1, NAN) => [];
            }
        }
        violations! {
            [] elsewhere::HashMap<u8, f64>: elsewhere::HashMap(1, NAN) => [];
            [] (Key, f64): (Key::One, NAN) => [];
            [] std::marker::PhantomData<f64>: std::marker::PhantomData => [];
        }
    }

    #[test]
    fn a_violation_says_what_was_found() {
        #[derive(Debug, Serialize, OutboxEvent)]
        #[outbox(event_type = "com.example.thing.measured", source = "/s")]
        struct Measured {
            #[aggregate_id]
            id: u8,
            #[validate(range(min = 0, max = 1, message = "is no share"))]
            share: f32,
            #[validate(range(min = 0))]
            height: Option<f64>,
            #[validate(length(max = 1))]
            all: Vec<f64>,
        }

        let event = Measured {
            id: 1,
            share: f32::NAN,
            height: Some(f64::INFINITY),
            all: vec![1.0, f64::NEG_INFINITY],
        };
        assert_eq!(
            Envelope::new(event).unwrap_err().to_string(),
            "share: is no share; height: must be a finite number, and is inf; all: must have at most 1 element, and has 2; all[1]: must be a finite number, and is -inf"
        );
    }

    /// A place on the earth.
    #[derive(Debug, PartialEq, Serialize, Deserialize, Validate)]
    struct Place {
        at: (f64, f64),
        #[serde(rename = "height")]
        above: Option<f32>,
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize, Validate)]
    #[serde(transparent)]
    struct Ratio(f64);

    #[derive(Debug, PartialEq, Serialize, Deserialize, Validate)]
    enum Shape {
        Circle { radius: f64, name: String },
        Line(f64, f64),
        Nothing,
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize, Validate)]
    #[serde(into = "String", from = "String")]
    struct Converted(f64);

    impl Clone for Converted {
        fn clone(&self) -> Self {
            Self(self.0)
        }
    }

    impl From<String> for Converted {
        fn from(text: String) -> Self {
            Self(text.parse().unwrap_or(NAN))
        }
    }

    impl From<Converted> for String {
        fn from(number: Converted) -> Self {
            number.0.to_string()
        }
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize, OutboxEvent)]
    #[outbox(event_type = "com.example.thing.placed", source = "/s")]
    struct Placed<T> {
        #[aggregate_id]
        id: u8,
        #[validate(nested)]
        places: Vec<Place>,
        #[validate(nested)]
        ratio: Ratio,
        #[validate(nested)]
        shapes: Vec<Shape>,
        #[validate(nested)]
        converted: Converted,
        pair: (T, f64),
        number: f32,
    }

    fn placed() -> Placed<u8> {
        Placed {
            id: 1,
            places: vec![Place {
                at: (1.0, 2.0),
                above: None,
            }],
            ratio: Ratio(0.5),
            shapes: vec![Shape::Nothing],
            converted: Converted(NAN),
            pair: (1, 1.0),
            number: 1.0,
        }
    }

    #[test]
    fn a_nested_value_checks_its_own_floats() {
        assert!(Envelope::new(placed()).is_ok());
        let event = Placed {
            places: vec![
                Place {
                    at: (1.0, NAN),
                    above: None,
                },
                Place {
                    at: (f64::INFINITY, 0.0),
                    above: Some(f32::NAN),
                },
            ],
            ratio: Ratio(NAN),
            shapes: vec![
                Shape::Circle {
                    radius: NAN,
                    name: String::new(),
                },
                Shape::Line(1.0, NAN),
            ],
            ..placed()
        };
        let errors = Envelope::new(event).unwrap_err();
        let paths: Vec<_> = errors.iter().map(outbox_core::Violation::path).collect();
        assert_eq!(
            paths,
            [
                "places[0].at.1",
                "places[1].at.0",
                "places[1].above",
                "ratio",
                "shapes[0].radius",
                "shapes[1].1",
            ]
        );
    }
}

/// Values that are present, but that JSON does not distinguish from absent values.
mod nulls {
    #![allow(
        clippy::option_option,
        clippy::ref_option,
        reason = "the types are those that serde gives to a function"
    )]

    use std::borrow::Cow;

    use outbox_core::{DecodeError, Envelope, OutboxEvent, Validate};
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use serde_json::value::{RawValue, to_raw_value};
    use serde_json::{Value, json};

    macro_rules! required {
        ($([$($attribute:meta),*] $type:ty: $value:expr => $is_valid:literal;)*) => {$({
            #[derive(Debug, Serialize, OutboxEvent)]
            #[outbox(event_type = "com.example.thing.made", source = "/s")]
            struct E {
                #[aggregate_id]
                id: u8,
                #[validate(required)]
                $(#[$attribute])*
                x: $type,
            }

            let value: $type = $value;
            let shown = format!("{}: {value:?}", stringify!($type));
            let errors = Envelope::new(E { id: 1, x: value }).err().unwrap_or_default();
            let found: Vec<_> = errors.iter().map(|one| (one.path(), one.code())).collect();
            let expected: &[_] = if $is_valid { &[] } else { &[("x", "required")] };
            assert_eq!(found, expected, "{shown}");
        })*};
    }

    #[derive(Debug, Serialize)]
    struct Unit;

    #[derive(Debug, Serialize)]
    struct Newtype(Option<u8>);

    #[derive(Debug, Serialize)]
    #[serde(untagged)]
    enum Untagged {
        Nothing,
        Something(u8),
    }

    /// A number that is written as text.
    fn write<S: Serializer>(value: &Option<Value>, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format!("{value:?}"))
    }

    /// A type that distinguishes an absent member from a null one.
    #[allow(dead_code, reason = "the derive only looks at its name")]
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<u8>>, D::Error> {
        Option::deserialize(deserializer).map(Some)
    }

    #[test]
    fn a_required_value_is_not_written_as_null() {
        let raw = |value: Value| to_raw_value(&value).unwrap();
        required! {
            [] Option<Value>: None => false;
            [] Option<Value>: Some(Value::Null) => false;
            [] Option<Value>: Some(json!("null")) => true;
            [] Option<Value>: Some(json!([null])) => true;
            [] Option<Value>: Some(json!({})) => true;
            [] Option<Value>: Some(json!(0)) => true;
            [] Option<Value>: Some(json!(false)) => true;
            [] Option<Value>: Some(json!("")) => true;
            [] Option<Option<u8>>: Some(None) => false;
            [] Option<Option<u8>>: Some(Some(0)) => true;
            [] Option<Option<Option<u8>>>: Some(Some(None)) => false;
            [] Option<()>: Some(()) => false;
            [] Option<Unit>: Some(Unit) => false;
            [] Option<Newtype>: Some(Newtype(None)) => false;
            [] Option<Newtype>: Some(Newtype(Some(1))) => true;
            [] Option<Untagged>: Some(Untagged::Nothing) => false;
            [] Option<Untagged>: Some(Untagged::Something(1)) => true;
            [] Option<Box<Value>>: Some(Box::new(Value::Null)) => false;
            [] Option<&'static Value>: Some(&Value::Null) => false;
            [] Option<Cow<'static, Option<u8>>>: Some(Cow::Owned(None)) => false;
            [] Option<std::marker::PhantomData<u8>>: Some(std::marker::PhantomData) => false;
            [] Option<Box<RawValue>>: Some(raw(Value::Null)) => false;
            [] Option<Box<RawValue>>: Some(raw(json!(1))) => true;
            [] Option<String>: Some("null".to_owned()) => true;
            [] Option<String>: Some(String::new()) => true;
            [] Option<Vec<u8>>: Some(Vec::new()) => true;
            [serde(serialize_with = "write")] Option<Value>: Some(Value::Null) => true;
            [serde(skip)] Option<Value>: Some(Value::Null) => true;
            [serde(skip_serializing_if = "Option::is_none")] Option<Value>: Some(Value::Null) => false;
            [serde(default, deserialize_with = "read")] Option<Option<u8>>: Some(None) => true;
        }
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize, OutboxEvent)]
    #[outbox(event_type = "com.example.thing.made", source = "/s")]
    struct Made<T> {
        #[aggregate_id]
        id: u8,
        #[validate(required(message = "is missing"))]
        value: Option<T>,
        #[validate(nested)]
        inner: Vec<Inner>,
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize, Validate)]
    struct Inner {
        #[validate(required)]
        value: Option<Value>,
    }

    /// A field that is never written has the rule too.
    #[derive(Debug, Validate)]
    struct Unwritten<T> {
        #[validate(required)]
        value: Option<T>,
    }

    #[test]
    fn a_required_value_may_have_parameters_and_stand_deep_down() {
        let made = |value, inner| Made {
            id: 1,
            value,
            inner: vec![Inner { value: inner }],
        };
        let event = made(Some(Value::Null), Some(Value::Null));
        assert_eq!(
            Envelope::new(event).unwrap_err().to_string(),
            "value: is missing; inner[0].value: must be present, and is written as `null`"
        );
        let event = Envelope::new(made(Some(json!(1)), Some(json!(1)))).unwrap();
        let mut row = event.to_row().unwrap();
        assert_eq!(Envelope::from_row(&row), Ok(event));
        row.payload = row.payload.replace(r#""value":1"#, r#""value":null"#);
        assert!(matches!(
            Envelope::<Made<Value>>::from_row(&row),
            Err(DecodeError::Invalid(_))
        ));
        assert!(Unwritten { value: Some(Unit) }.validate().is_ok());
        assert!(Unwritten::<Unit> { value: None }.validate().is_err());
    }
}
