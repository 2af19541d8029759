//! An accepted name is kept as it is, and the rules agree with other implementations of their specifications.
#![no_main]

use std::fmt::{Debug, Display};
use std::sync::LazyLock;

use fluent_uri::{Uri, UriRef};
use libfuzzer_sys::fuzz_target;
use outbox_core::{ExtensionName, NameError, Source, TraceParent, TraceState, Validate};
use regex::Regex;

#[derive(Validate)]
struct Address<'a> {
    #[validate(email)]
    email: &'a str,
}

#[derive(Validate)]
struct Link<'a> {
    #[validate(url)]
    url: &'a str,
}

/// The regular expression of the HTML living standard, anchored at the end of the text.
static EMAIL: LazyLock<Regex> = LazyLock::new(|| {
    let label = "[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?";
    expression(&format!(
        r"[a-zA-Z0-9.!#$%&'*+/=?^_`{{|}}~-]+@{label}(?:\.{label})*"
    ))
});

/// The rule of W3C Trace Context: version 00 ends here, and later versions may continue.
static TRACE_PARENT: LazyLock<Regex> =
    LazyLock::new(|| expression("[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}(-.*)?"));

static EXTENSION_NAME: LazyLock<Regex> = LazyLock::new(|| expression("[a-z0-9]+"));

fn expression(text: &str) -> Regex {
    Regex::new(&format!(r"\A(?:{text})\z")).expect("it is one")
}

fuzz_target!(|text: &str| {
    let source = name(text, Source::new(text), Source::as_str);
    assert_eq!(source, !text.is_empty() && UriRef::parse(text).is_ok());
    let url = Link { url: text }.validate().is_ok();
    assert_eq!(url, Uri::parse(text).is_ok());
    let email = Address { email: text }.validate().is_ok();
    assert_eq!(email, EMAIL.is_match(text));

    let trace_parent = name(text, TraceParent::new(text), TraceParent::as_str);
    assert!(!trace_parent || TRACE_PARENT.is_match(text));
    let extension_name = name(text, ExtensionName::new(text), ExtensionName::as_str);
    assert!(!extension_name || EXTENSION_NAME.is_match(text));
    name(text, TraceState::new(text), TraceState::as_str);
});

/// Returns whether the name is accepted, and checks that an accepted name is the same text.
fn name<N>(text: &str, read: Result<N, NameError>, as_str: fn(&N) -> &str) -> bool
where
    N: Debug + Display + PartialEq + TryFrom<String, Error = NameError> + Into<String>,
{
    match read {
        Ok(name) => {
            assert_eq!(as_str(&name), text);
            assert_eq!(name.to_string(), text);
            assert_eq!(N::try_from(text.to_owned()).as_ref(), Ok(&name));
            assert_eq!(name.into(), text);
            true
        }
        Err(error) => {
            let message = error.to_string();
            assert!(message.chars().count() <= 400, "{message}");
            assert!(!message.contains(char::is_control), "{message:?}");
            false
        }
    }
}
