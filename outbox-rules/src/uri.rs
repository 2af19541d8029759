//! The part of RFC 3986 that decides whether a text is a URI, an absolute-URI or a URI-reference.

use super::{Verdict, check};

/// Checks an event's source: a non-empty URI-reference (CloudEvents 1.0.2, "source").
pub const fn source(text: &str) -> Verdict {
    if text.is_empty() {
        return Err("it is empty; name the service that makes the event, like `/invite-service`");
    }
    uri_reference(text)
}

/// Checks a URI by RFC 3986 section 3: it has a scheme.
pub const fn uri(text: &str) -> Verdict {
    match scheme_end(text.as_bytes()) {
        Ok(Some(colon)) => after_scheme(text.as_bytes(), colon + 1),
        Ok(None) => Err("it has no scheme; write a whole URI, like `https://example.com/`"),
        Err(reason) => Err(reason),
    }
}

/// Checks a URI-reference by RFC 3986 section 4.1.
pub const fn uri_reference(text: &str) -> Verdict {
    match scheme_end(text.as_bytes()) {
        Ok(Some(colon)) => after_scheme(text.as_bytes(), colon + 1),
        Ok(None) => after_scheme(text.as_bytes(), 0),
        Err(reason) => Err(reason),
    }
}

/// Checks an absolute URI by RFC 3986 section 4.3: it has a scheme and no fragment.
pub const fn absolute_uri(text: &str) -> Verdict {
    match scheme_end(text.as_bytes()) {
        Ok(Some(colon)) => {
            let bytes = text.as_bytes();
            if find(bytes, colon, b'#') < bytes.len() {
                return Err(
                    "it has a fragment (`#...`), which an absolute URI must not have; remove it",
                );
            }
            after_scheme(bytes, colon + 1)
        }
        Ok(None) => {
            Err("it has no scheme; write an absolute URI, like `https://example.com/schema`")
        }
        Err(reason) => Err(reason),
    }
}

/// Returns the position of the scheme's `:`; `None` for a relative reference.
const fn scheme_end(bytes: &[u8]) -> Result<Option<usize>, &'static str> {
    let mut i = 0;
    while i < bytes.len() {
        match bytes[i] {
            b':' if i == 0 => return Err("there is no scheme before the `:`"),
            b':' => return Ok(Some(i)),
            b'/' | b'?' | b'#' => return Ok(None),
            b'a'..=b'z' | b'A'..=b'Z' => {}
            b'0'..=b'9' | b'+' | b'-' | b'.' if i > 0 => {}
            _ => break,
        }
        i += 1;
    }
    // No scheme starts here, so the first segment of the path must not look like one.
    while i < bytes.len() && !matches!(bytes[i], b'/' | b'?' | b'#') {
        if bytes[i] == b':' {
            return Err(
                "the part before the first `:` is not a URI scheme; write `./` before it, or `%3A` for the `:`",
            );
        }
        i += 1;
    }
    Ok(None)
}

/// Checks `[//authority] path [?query] [#fragment]`.
const fn after_scheme(bytes: &[u8], start: usize) -> Verdict {
    let fragment = find(bytes, start, b'#');
    let query = min(find(bytes, start, b'?'), fragment);
    let mut path = start;
    if start + 1 < bytes.len() && bytes[start] == b'/' && bytes[start + 1] == b'/' {
        path = min(find(bytes, start + 2, b'/'), query);
        check!(authority(bytes, start + 2, path));
    }
    check!(characters(bytes, path, query, b"/:@"));
    check!(characters(bytes, query, fragment, b"/:@?"));
    characters(bytes, min(fragment + 1, bytes.len()), bytes.len(), b"/:@?")
}

/// Checks `[userinfo@] host [:port]`.
const fn authority(bytes: &[u8], start: usize, end: usize) -> Verdict {
    let at = find(bytes, start, b'@');
    let mut host = start;
    if at < end {
        check!(characters(bytes, start, at, b":"));
        host = at + 1;
    }
    let mut port = min(find(bytes, host, b':'), end);
    if host < end && bytes[host] == b'[' {
        let close = find(bytes, host, b']');
        if close >= end {
            return Err("an IP address in `[` has no `]`; add it");
        }
        check!(ip_literal(bytes, host + 1, close));
        port = close + 1;
        if port < end && bytes[port] != b':' {
            return Err("only a port, `:` and digits, can follow `]`");
        }
    } else {
        check!(characters(bytes, host, port, b""));
    }
    let mut i = port + 1;
    while i < end {
        if !bytes[i].is_ascii_digit() {
            return Err("its port is not a number");
        }
        i += 1;
    }
    Ok(())
}

const NO_ADDRESS: &str = "the text between `[` and `]` is not an IPv6 address";

/// Checks `IPv6address / IPvFuture`, section 3.2.2.
const fn ip_literal(bytes: &[u8], start: usize, end: usize) -> Verdict {
    if start < end && matches!(bytes[start], b'v' | b'V') {
        let dot = find(bytes, start, b'.');
        let mut i = start + 1;
        while i < dot && i < end {
            if !bytes[i].is_ascii_hexdigit() {
                return Err(NO_ADDRESS);
            }
            i += 1;
        }
        if dot == start + 1 || dot + 1 >= end || find(bytes, dot, b'%') < end {
            return Err(NO_ADDRESS);
        }
        return characters(bytes, dot + 1, end, b":");
    }
    ipv6(bytes, start, end)
}

/// Checks for eight groups of one to four hexadecimal digits. One run of groups may be `::`, and the
/// last two may be written as an IPv4 address.
const fn ipv6(bytes: &[u8], start: usize, end: usize) -> Verdict {
    let mut groups = 0;
    let mut elided = false;
    let mut i = start;
    if start + 1 < end && bytes[start] == b':' && bytes[start + 1] == b':' {
        elided = true;
        i = start + 2;
    }
    while i < end {
        let group = i;
        while i < end && bytes[i].is_ascii_hexdigit() {
            i += 1;
        }
        if i < end && bytes[i] == b'.' {
            check!(ipv4(bytes, group, end));
            groups += 2;
            i = end;
            break;
        }
        if i == group || i - group > 4 {
            return Err(NO_ADDRESS);
        }
        groups += 1;
        if i == end {
            break;
        }
        if bytes[i] != b':' || i + 1 == end {
            return Err(NO_ADDRESS);
        }
        i += 1;
        if bytes[i] == b':' {
            if elided {
                return Err(NO_ADDRESS);
            }
            elided = true;
            i += 1;
        }
    }
    if i == end && (groups == 8 && !elided || groups < 8 && elided) {
        Ok(())
    } else {
        Err(NO_ADDRESS)
    }
}

/// Checks for four decimal octets without leading zeros.
const fn ipv4(bytes: &[u8], start: usize, end: usize) -> Verdict {
    let mut octets = 0;
    let mut i = start;
    while i < end {
        let octet = i;
        let mut value = 0;
        while i < end && bytes[i].is_ascii_digit() && i - octet < 3 {
            value = value * 10 + (bytes[i] - b'0') as u32;
            i += 1;
        }
        if i == octet || value > 255 || (bytes[octet] == b'0' && i - octet > 1) {
            return Err(NO_ADDRESS);
        }
        octets += 1;
        if i < end {
            if bytes[i] != b'.' || octets == 4 || i + 1 == end {
                return Err(NO_ADDRESS);
            }
            i += 1;
        }
    }
    if octets == 4 { Ok(()) } else { Err(NO_ADDRESS) }
}

/// Checks for unreserved characters, sub-delims, percent-encoded octets, and the characters in `also`.
const fn characters(bytes: &[u8], start: usize, end: usize, also: &[u8]) -> Verdict {
    let mut i = start;
    while i < end {
        match bytes[i] {
            b'a'..=b'z'
            | b'A'..=b'Z'
            | b'0'..=b'9'
            | b'-'
            | b'.'
            | b'_'
            | b'~'
            | b'!'
            | b'$'
            | b'&'
            | b'\''
            | b'('
            | b')'
            | b'*'
            | b'+'
            | b','
            | b';'
            | b'=' => {}
            b'%' => {
                if i + 2 >= end
                    || !bytes[i + 1].is_ascii_hexdigit()
                    || !bytes[i + 2].is_ascii_hexdigit()
                {
                    return Err(
                        "a `%` is not followed by two hexadecimal digits; write `%25` for a `%`",
                    );
                }
            }
            b' ' => return Err("a space is not allowed in a URI; write `-`, or `%20`"),
            other if find(also, 0, other) < also.len() => {}
            _ => {
                return Err(
                    "it has a character that is not allowed there in a URI; percent-encode it",
                );
            }
        }
        i += 1;
    }
    Ok(())
}

/// Returns the first position of `byte` from `start` on, or the length.
const fn find(bytes: &[u8], start: usize, byte: u8) -> usize {
    let mut i = start;
    while i < bytes.len() && bytes[i] != byte {
        i += 1;
    }
    i
}

const fn min(left: usize, right: usize) -> usize {
    if left < right { left } else { right }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uri_references() {
        for text in [
            "",
            "user-service",
            "/invite-service",
            "./a:b",
            "../x",
            "//host/path",
            "?q=?/",
            "#frag/?",
            "https://example.com",
            "https://u:p@example.com:8080/a;b/c?d=e&f#g",
            "urn:uuid:6e8bc430",
            "mailto:ada@example.com",
            "http://[::1]:80/",
            "http://[2001:db8::7]",
            "http://[::ffff:1.2.3.4]/",
            "http://[1:2:3:4:5:6:7:8]",
            "http://[1::]",
            "http://[v1.a:b]/",
            "a%20b",
            "tag:x,2005:y",
            "https://example.com:",
            "file:///etc",
            "a/b:c",
            "http://a/b//c",
            "x:",
            "//",
        ] {
            assert_eq!(uri_reference(text), Ok(()), "{text}");
        }
        for text in [
            "my service",
            ":a",
            "1a:b",
            "a_b:c",
            "%",
            "%2",
            "%zz",
            "a%2",
            "é",
            "a\\b",
            "a|b",
            "<a>",
            "\"a\"",
            "a#b#c",
            "http://[::1",
            "http://[:::1]",
            "http://[1:2]",
            "http://[1::2::3]",
            "http://[12345::]",
            "http://[::1.2.3]",
            "http://[::1.2.3.256]",
            "http://[::01.2.3.4]",
            "http://[::1]x",
            "http://a:b",
            "http://a:80:90",
            "http://[v.a]",
            "http://[vg.a]",
            "http://[v1.%41]",
            "http://[1:2:3:4:5:6:7:8:9]",
            "http://[]",
            "http://a]b",
            "[a]",
            "a^b",
            "a`b",
            "{a}",
            "http://a@b@c",
            "a\tb",
            "\0",
            "http://[1:2:3:4:5:6:7:]",
            "http://[::1.2.3.4.]",
        ] {
            assert!(uri_reference(text).is_err(), "{text}");
        }
    }

    #[test]
    fn absolute_uris() {
        for text in ["https://example.com/schema?v=1", "urn:x:y"] {
            assert_eq!(absolute_uri(text), Ok(()), "{text}");
        }
        for text in [
            "",
            "/schema",
            "https://example.com/#part",
            "urn:x#",
            "a b:c",
        ] {
            assert!(absolute_uri(text).is_err(), "{text}");
        }
    }
}
