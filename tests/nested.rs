//! Values with rules of their own, and the paths of their violations.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, LinkedList, VecDeque};
use std::rc::Rc;

use outbox_core::{Envelope, OutboxEvent, Validate, ValidationErrors, Violation};
use serde::{Deserialize, Serialize};

/// Returns the path and the code of each violation.
fn told<T>(result: Result<T, ValidationErrors>) -> Vec<(String, String)> {
    let errors = result.err().unwrap_or_default();
    errors
        .iter()
        .map(|one| (one.path().to_owned(), one.code().to_owned()))
        .collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected
        .iter()
        .map(|(path, code)| ((*path).to_owned(), (*code).to_owned()))
        .collect()
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Validate)]
struct Item {
    #[validate(nested)]
    sku: Sku,
    #[validate(range(min = 1))]
    r#count: u32,
}

/// The violation is about the value itself, so its path is the field that holds the value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Validate)]
struct Sku(#[validate(length(min = 1, max = 8))] String);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Validate)]
struct Pair(#[validate(range(min = 0.0))] f64, #[validate(email)] String);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Validate)]
enum Payment {
    Card {
        #[validate(length(equal = 4), custom(function = digits))]
        digits: String,
        #[validate(range(min = 1, max = 12))]
        month: u8,
        year: u16,
    },
    Transfer(#[validate(nested)] Iban),
    Split(u8, #[validate(nested)] Box<Payment>),
    Cash,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Validate)]
#[outbox(validate_with = Iban::check)]
struct Iban {
    country: String,
    #[validate(length(max = 30))]
    rest: String,
}

impl Iban {
    fn check(&self) -> Result<(), ValidationErrors> {
        if self.country == "XX" {
            return Err(Violation::new("", "country", "is of no country").into());
        }
        Ok(())
    }
}

fn digits(text: &str) -> Result<(), Cow<'static, str>> {
    match text.chars().find(|character| !character.is_ascii_digit()) {
        Some(other) => Err(format!("must be digits, and has `{other}`").into()),
        None => Ok(()),
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, OutboxEvent)]
#[outbox(
    event_type = "com.example.order.placed",
    source = "/orders",
    validate_with = Placed::check
)]
struct Placed {
    #[aggregate_id]
    id: u64,
    #[validate(length(min = 1), nested)]
    items: Vec<Item>,
    #[validate(nested)]
    gift: Option<Item>,
    #[validate(nested)]
    payment: Payment,
    #[validate(nested)]
    prices: BTreeMap<String, Pair>,
}

impl Placed {
    fn check(&self) -> Result<(), ValidationErrors> {
        if self.items.len() > 2 && self.gift.is_some() {
            let message = "is for orders of two items";
            return Err(Violation::new("gift", "custom", message).into());
        }
        Ok(())
    }
}

fn item(sku: &str, count: u32) -> Item {
    Item {
        sku: Sku(sku.to_owned()),
        count,
    }
}

fn placed() -> Placed {
    Placed {
        id: 1,
        items: vec![item("bolt", 1)],
        gift: None,
        payment: Payment::Cash,
        prices: BTreeMap::new(),
    }
}

#[test]
fn a_path_leads_to_what_is_wrong() {
    let pair = |number, email: &str| Pair(number, email.to_owned());
    let event = Placed {
        items: vec![item("bolt", 1), item("", 1), item("nut", 0)],
        gift: Some(item("much too long", 0)),
        payment: Payment::Card {
            digits: "12a".to_owned(),
            month: 13,
            year: 0,
        },
        prices: BTreeMap::from([
            ("eur".to_owned(), pair(-0.5, "ada@example.com")),
            ("usd".to_owned(), pair(f64::NAN, "ada")),
        ]),
        ..placed()
    };
    assert_eq!(
        told(Envelope::new(event)),
        pairs(&[
            ("items[1].sku", "length"),
            ("items[2].count", "range"),
            ("gift.sku", "length"),
            ("gift.count", "range"),
            ("payment.digits", "length"),
            ("payment.digits", "custom"),
            ("payment.month", "range"),
            ("prices[eur].0", "range"),
            ("prices[usd].0", "range"),
            ("prices[usd].1", "email"),
            ("gift", "custom"),
        ])
    );
    assert_eq!(told(Envelope::new(placed())), []);
}

#[test]
fn a_variant_has_the_rules_of_its_fields() {
    let iban = |country: &str| Iban {
        country: country.to_owned(),
        rest: "0".repeat(31),
    };
    for (payment, expected) in [
        (Payment::Cash, &[][..]),
        (
            Payment::Card {
                digits: "1234".to_owned(),
                month: 1,
                year: 0,
            },
            &[],
        ),
        (
            Payment::Transfer(iban("XX")),
            &[("rest", "length"), ("", "country")],
        ),
        (
            Payment::Split(0, Box::new(Payment::Transfer(iban("DE")))),
            &[("1.rest", "length")],
        ),
    ] {
        assert_eq!(told(payment.validate()), pairs(expected), "{payment:?}");
    }
}

#[test]
fn every_container_is_looked_through() {
    let bad = || Sku(String::new());
    let at = |path: &str| pairs(&[(path, "length")]);
    assert_eq!(told(vec![bad()].validate()), at("[0]"));
    assert_eq!(told([Sku("a".to_owned()), bad()].validate()), at("[1]"));
    assert_eq!(told([bad()][..].validate()), at("[0]"));
    assert_eq!(told(VecDeque::from([bad()]).validate()), at("[0]"));
    assert_eq!(told(LinkedList::from([bad()]).validate()), at("[0]"));
    assert_eq!(told(BTreeSet::from([bad()]).validate()), at("[0]"));
    assert_eq!(told(BTreeMap::from([(7, bad())]).validate()), at("[7]"));
    assert_eq!(told(HashMap::from([("a", bad())]).validate()), at("[a]"));
    assert_eq!(told(Some(bad()).validate()), at(""));
    assert_eq!(told(None::<Sku>.validate()), []);
    assert_eq!(told(Box::new(bad()).validate()), at(""));
    assert_eq!(told(Rc::new(vec![Some(bad())]).validate()), at("[0]"));
    assert_eq!(told(<&Sku>::validate(&&bad())), at(""));
    assert_eq!(told(Cow::Owned::<Sku>(bad()).validate()), at(""));
    assert_eq!(told(vec![vec![bad()]].validate()), at("[0][0]"));
}

#[test]
fn the_same_map_has_the_same_errors() {
    let map: HashMap<u8, Sku> = (10..30).map(|key| (key, Sku(String::new()))).collect();
    let expected: Vec<_> = (10..30)
        .map(|key| (format!("[{key}]"), "length".to_owned()))
        .collect();
    assert_eq!(told(map.validate()), expected);
}

#[test]
fn no_value_is_lost_where_keys_look_alike() {
    #[derive(PartialEq, Eq, Hash)]
    struct Key(u8);

    impl std::fmt::Display for Key {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("key")
        }
    }

    let map: HashMap<Key, Sku> = (0..20).map(|key| (Key(key), Sku(String::new()))).collect();
    assert_eq!(told(map.validate()).len(), 20);
}

#[test]
fn a_key_is_shown_as_an_excerpt() {
    let at = |key: &str| {
        let map = BTreeMap::from([(key.to_owned(), Sku(String::new()))]);
        told(map.validate()).remove(0).0
    };
    assert_eq!(at("a\u{1B}[31m\n"), "[a\u{FFFD}[31m\u{FFFD}]");
    assert_eq!(at(&"ä".repeat(81)), format!("[{}…]", "ä".repeat(79)));
}

/// A type with parameters that only its rules constrain.
#[derive(Debug, Validate)]
struct Versioned<'a, T, const N: usize> {
    #[validate(nested)]
    values: [T; N],
    #[validate(url)]
    schema: &'a str,
}

/// A type without rules is always valid.
#[derive(Debug, Validate)]
struct Free;

#[test]
fn a_value_may_have_parameters() {
    let versioned = Versioned {
        values: [Sku(String::new())],
        schema: "x",
    };
    assert_eq!(
        told(versioned.validate()),
        pairs(&[("values[0]", "length"), ("schema", "url")])
    );
    assert_eq!(told(Free.validate()), []);
}

#[test]
fn a_violation_of_the_whole_value_has_no_path() {
    let errors = Sku(String::new()).validate().unwrap_err();
    assert_eq!(errors.to_string(), "must have 1 to 8 characters, and has 0");
}
