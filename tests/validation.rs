//! The rules of `#[validate(...)]` and of keys: a table of what each accepts and refuses.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use outbox_core::{Envelope, HasLength, OutboxEvent, ValidationErrors, Violation};
use serde::Serialize;

/// `(path, code)` of each violation.
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
