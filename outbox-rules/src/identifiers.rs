//! The rules of event types, versions, topics and attribute names.

use super::{Attribute, Verdict, check};

/// Checks an event type: three or more segments joined by `.`, each `[a-z][a-z0-9_-]*`: reverse DNS order.
pub const fn event_type(name: &str) -> Verdict {
    if name.is_empty() {
        return Err(
            "it is empty; write it in reverse DNS order, like `com.example.invite.created`",
        );
    }
    let bytes = name.as_bytes();
    let mut segments = 1;
    let mut at_start = true;
    let mut i = 0;
    while i < bytes.len() {
        match bytes[i] {
            b'.' if at_start => {
                return Err("a segment is empty; write one `.` between two segments");
            }
            b'.' => {
                segments += 1;
                at_start = true;
            }
            b'a'..=b'z' => at_start = false,
            b'A'..=b'Z' => {
                return Err(
                    "it has a capital letter; write it in lower case, with `_` between words",
                );
            }
            _ if at_start => return Err("a segment does not start with `a-z`"),
            b'0'..=b'9' | b'_' | b'-' => {}
            _ => return Err("only `a-z`, `0-9`, `_`, `-` and, between segments, `.` are allowed"),
        }
        i += 1;
    }
    if at_start {
        return Err("it ends with a `.`; write a segment after it, or remove it");
    }
    if segments < 3 {
        return Err(
            "it has fewer than three segments; write it in reverse DNS order, like `com.example.invite.created`",
        );
    }
    Ok(())
}

/// Checks `MAJOR[.MINOR[.PATCH]]`: one to three decimal numbers without leading zeros, as in SemVer.
pub const fn data_version(version: &str) -> Verdict {
    const FORM: &str =
        "write `MAJOR`, `MAJOR.MINOR` or `MAJOR.MINOR.PATCH` in decimal digits, like `1.0`";
    let bytes = version.as_bytes();
    let mut numbers = 1;
    let mut digits = 0;
    let mut leading_zero = false;
    let mut i = 0;
    while i < bytes.len() {
        match bytes[i] {
            b'.' if digits > 0 => {
                numbers += 1;
                digits = 0;
            }
            b'0'..=b'9' => {
                if digits == 0 {
                    leading_zero = bytes[i] == b'0';
                } else if leading_zero {
                    return Err("a number has a leading zero; remove it");
                }
                digits += 1;
                if digits > 9 {
                    return Err("a number has more than nine digits");
                }
            }
            _ => return Err(FORM),
        }
        i += 1;
    }
    if digits == 0 || numbers > 3 {
        return Err(FORM);
    }
    Ok(())
}

/// Returns the first number of `MAJOR[.MINOR[.PATCH]]`; `None` if it is missing or has more than nine digits.
#[must_use]
pub const fn major_version(data_version: &str) -> Option<u32> {
    let bytes = data_version.as_bytes();
    let mut number = 0;
    let mut i = 0;
    while i < bytes.len() && bytes[i] != b'.' {
        if !bytes[i].is_ascii_digit() || i == 9 {
            return None;
        }
        number = number * 10 + (bytes[i] - b'0') as u32;
        i += 1;
    }
    if i == 0 { None } else { Some(number) }
}

/// Checks an aggregate type by the rule of a Kafka topic, since the default topic is made from it. 13 of a topic's 249
/// characters are `outbox.event.`.
pub const fn aggregate_type(name: &str) -> Verdict {
    if name.is_empty() {
        return Err("it is empty; name the kind of the aggregate root, like `invite`");
    }
    if name.len() > 236 {
        return Err(
            "it has more than 236 characters, so the topic `outbox.event.<it>` would have more than 249",
        );
    }
    topic_characters(name)
}

/// Returns the second-to-last segment of the event type, or an empty string if there is no legal one.
#[must_use]
pub const fn default_aggregate_type(event_type: &str) -> &str {
    let (before_last, _) = split_at_last_dot(event_type);
    let (_, segment) = split_at_last_dot(before_last);
    match aggregate_type(segment) {
        Ok(()) => segment,
        Err(_) => "",
    }
}

/// Splits the name at the last `.`; without a `.`, the second part is the whole name.
const fn split_at_last_dot(name: &str) -> (&str, &str) {
    let bytes = name.as_bytes();
    let mut i = bytes.len();
    while i > 0 {
        i -= 1;
        if bytes[i] == b'.' {
            return (name.split_at(i).0, name.split_at(i + 1).1);
        }
    }
    ("", name)
}

/// Checks Kafka's own rule of a topic: 1 to 249 of `[a-zA-Z0-9._-]`, and neither `.` nor `..`.
pub const fn topic(name: &str) -> Verdict {
    if name.is_empty() {
        return Err("it is empty; leave it out for the default `outbox.event.<aggregate_type>`");
    }
    if name.len() > 249 {
        return Err("it has more than 249 characters, the most that Kafka allows");
    }
    if matches!(name.as_bytes(), b"." | b"..") {
        return Err("Kafka refuses the names `.` and `..`");
    }
    topic_characters(name)
}

const fn topic_characters(name: &str) -> Verdict {
    let bytes = name.as_bytes();
    let mut i = 0;
    while i < bytes.len() {
        if !matches!(bytes[i], b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'_' | b'-') {
            return Err("only `a-z`, `A-Z`, `0-9`, `.`, `_` and `-` are allowed");
        }
        i += 1;
    }
    Ok(())
}

/// Checks CloudEvents 1.0.2, "Naming conventions": `[a-z0-9]+`, and none of the names in use.
pub const fn extension_name(name: &str) -> Verdict {
    check!(attribute_name(name));
    let mut i = 0;
    while i < Attribute::ALL.len() {
        if are_equal(name, Attribute::ALL[i].name()) {
            return Err("every event already carries an attribute of this name; choose another");
        }
        i += 1;
    }
    Ok(())
}

/// Checks CloudEvents 1.0.2, "Naming Conventions": `[a-z0-9]+`, and not `data`.
pub const fn attribute_name(name: &str) -> Verdict {
    if name.is_empty() {
        return Err("it is empty");
    }
    if are_equal(name, "data") {
        return Err("this name is reserved for the data");
    }
    let bytes = name.as_bytes();
    let mut i = 0;
    while i < bytes.len() {
        if !matches!(bytes[i], b'a'..=b'z' | b'0'..=b'9') {
            return Err("only `a-z` and `0-9` are allowed, without `_` or `-`");
        }
        i += 1;
    }
    Ok(())
}

/// Compares as `==` does, in a `const fn`.
#[must_use]
pub const fn are_equal(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    if one.len() != other.len() {
        return false;
    }
    let mut i = 0;
    while i < one.len() {
        if one[i] != other[i] {
            return false;
        }
        i += 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_aggregate_type_is_the_last_segment_but_one() {
        for (event_type, aggregate_type) in [
            ("com.gridflow.invite.created", "invite"),
            ("a.b.c", "b"),
            ("invite.created", "invite"),
            ("InviteCreated", ""),
            ("a b.created", ""),
            ("..created", ""),
        ] {
            assert_eq!(default_aggregate_type(event_type), aggregate_type);
        }
    }

    fn table(rule: fn(&str) -> Verdict, accepted: &[&str], refused: &[&str]) {
        for text in accepted {
            assert_eq!(rule(text), Ok(()), "{text:?}");
        }
        for text in refused {
            assert!(rule(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn event_types() {
        table(
            event_type,
            &[
                "com.gridflow.invite.created",
                "a.b.c",
                "io.x9.a_b-c",
                "com.a.b.c.d.e",
            ],
            &[
                "",
                ".",
                "..",
                "created",
                "invite.created",
                "com..created",
                ".com.a.b",
                "com.a.b.",
                "Com.a.b",
                "com.a.inviteCreated",
                "com.9a.b",
                "com._a.b",
                "com.-a.b",
                "com.a.b c",
                "com.a.b/c",
                "com.a.é",
                " com.a.b",
            ],
        );
    }

    #[test]
    fn data_versions() {
        table(
            data_version,
            &["0", "1", "1.0", "1.2.3", "10.20.30", "999999999"],
            &[
                "",
                ".",
                "1.",
                ".1",
                "1..2",
                "1.0.0.0",
                "v1",
                "1.x",
                "01",
                "1.00",
                "-1",
                "1 ",
                "1.0-rc1",
                "1234567890",
                "١",
            ],
        );
    }

    #[test]
    fn aggregate_types() {
        let longest = "a".repeat(236);
        let too_long = "a".repeat(237);
        table(
            aggregate_type,
            &["invite", "Invite", "a.b", "a_b-c", "9", &longest],
            &["", "an invite", "a/b", "é", &too_long],
        );
    }

    #[test]
    fn topics() {
        let longest = "a".repeat(249);
        let too_long = "a".repeat(250);
        table(
            topic,
            &["invites", "gridflow.Invites_v1-eu", "...", &longest],
            &["", ".", "..", "a b", "a/b", "a:b", "é", &too_long],
        );
    }

    #[test]
    fn extension_names() {
        table(
            extension_name,
            &["region", "a", "9", "datacenter"],
            &["", "Region", "data_center", "é", "a-b"],
        );
        let written = "specversion id source type subject time datacontenttype dataschema data dataversion \
                       partitionkey correlationid causationid traceparent tracestate";
        let written: Vec<&str> = written.split_whitespace().collect();
        assert_eq!(written.len(), Attribute::ALL.len() + 1);
        table(extension_name, &[], &written);
    }
}
