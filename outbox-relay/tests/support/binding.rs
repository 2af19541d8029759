//! The table of the CloudEvents bindings for values of headers (HTTP 1.0.2, section 3.1.3.2; NATS 1.0.3-wip, alike).

use outbox_core::OutboxRow;
use outbox_relay::Event;

use super::{event_of, row};

/// Values of an attribute, and how they are encoded in a header.
pub(crate) const ENCODED: [(&str, &str); 11] = [
    ("plain", "plain"),
    ("Euro € 😀", "Euro%20%E2%82%AC%20%F0%9F%98%80"),
    (" both ends ", "%20both%20ends%20"),
    ("\"quoted\"", "%22quoted%22"),
    ("100%", "100%25"),
    ("%41", "%2541"),
    ("a\\b,c;d(e)", "a\\b,c;d(e)"),
    ("/orders?id=7&x#y", "/orders?id=7&x#y"),
    ("!~", "!~"),
    ("é", "%C3%A9"),
    ("\u{a0}", "%C2%A0"),
];

/// Makes an event of this topic and subject.
pub(crate) fn event_of_subject(topic: &str, subject: &str) -> Event {
    let (topic, subject) = (topic.to_owned(), subject.to_owned());
    event_of(
        1,
        OutboxRow {
            topic,
            subject,
            ..row("acme", "1")
        },
    )
}
