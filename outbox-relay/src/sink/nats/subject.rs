//! Topics and keys as NATS subjects.

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

/// The longest subject. The server closes the connection at a line above 4 KiB, which has two subjects.
const MOST_BYTES: usize = 2048;

/// The characters that a token cannot have, or should not have.
const IN_A_TOKEN: &AsciiSet = &CONTROLS.add(b' ').add(b'*').add(b'>').add(b'%').add(b'.');

/// Returns the subject of an event, or `None` if it is too long.
pub(super) fn subject(prefix: Option<&str>, topic: &str, key: Option<&str>) -> Option<String> {
    let mut subject = String::with_capacity(topic.len() + 64);
    let prefix = prefix.into_iter().flat_map(|prefix| prefix.split('.'));
    for text in prefix.chain(topic.split('.')).chain(key) {
        if !subject.is_empty() {
            subject.push('.');
        }
        push_token(&mut subject, text);
    }
    if subject.starts_with('$') {
        // The server's own subjects begin so: an event must not become a command.
        subject.replace_range(..1, "%24");
    }
    (subject.len() <= MOST_BYTES).then_some(subject)
}

/// Appends a text as one token: what is not legal becomes `%XX`, and an empty text `%`. No two texts become the same.
fn push_token(subject: &mut String, text: &str) {
    if text.is_empty() {
        subject.push('%');
    }
    subject.extend(utf8_percent_encode(text, IN_A_TOKEN));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_legal_and_tells_topics_apart() {
        for (prefix, topic, key, expected) in [
            (None, "outbox.event.invite", None, "outbox.event.invite"),
            (Some("shop.eu"), "orders", None, "shop.eu.orders"),
            (None, "orders", Some("acme"), "orders.acme"),
            (None, "orders", Some("acme.eu:7"), "orders.acme%2Eeu:7"),
            (None, "orders", Some(""), "orders.%"),
            (None, "orders", Some("%"), "orders.%25"),
            (
                None,
                "orders",
                Some("a b*>\r\nc"),
                "orders.a%20b%2A%3E%0D%0Ac",
            ),
            (None, "orders", Some("é"), "orders.%C3%A9"),
            (None, "", None, "%"),
            (None, ".a..b.", None, "%.a.%.b.%"),
            (None, "all.>", None, "all.%3E"),
            (
                None,
                "$JS.API.STREAM.DELETE.x",
                None,
                "%24JS.API.STREAM.DELETE.x",
            ),
            (Some("a"), "$JS", None, "a.$JS"),
            (Some(""), "$JS", None, "%.$JS"),
        ] {
            let found = subject(prefix, topic, key);
            assert_eq!(
                found.as_deref(),
                Some(expected),
                "{prefix:?} {topic:?} {key:?}"
            );
        }
        assert_eq!(subject(None, &"x".repeat(2049), None), None);
    }
}
