use super::{Verdict, table};

/// Checks a `traceparent` by W3C Trace Context, section 3.2. A version above `00` may be longer.
pub const fn trace_parent(header: &str) -> Verdict {
    const FORM: &str = "write it as W3C Trace Context says: `00-<32 hex digits>-<16 hex digits>-<2 hex digits>`, in lower case";
    let bytes = header.as_bytes();
    if bytes.len() < 55 {
        return Err(FORM);
    }
    let has_the_form = is_hex(bytes, 0, 2)
        && bytes[2] == b'-'
        && is_hex(bytes, 3, 35)
        && bytes[35] == b'-'
        && is_hex(bytes, 36, 52)
        && bytes[52] == b'-'
        && is_hex(bytes, 53, 55);
    if !has_the_form {
        return Err(FORM);
    }
    if bytes[0] == b'f' && bytes[1] == b'f' {
        return Err("its version is `ff`, which W3C Trace Context forbids");
    }
    let version_00 = bytes[0] == b'0' && bytes[1] == b'0';
    if bytes.len() > 55 && (version_00 || bytes[55] != b'-') {
        return Err(FORM);
    }
    if zeros(bytes, 3, 35) {
        return Err("its trace id is all zeros, which is not valid");
    }
    if zeros(bytes, 36, 52) {
        return Err("its parent id is all zeros, which is not valid");
    }
    if bytes.len() == 55 {
        return Ok(());
    }
    super::attribute_text(header)
}

/// Checks for hexadecimal digits in lower case.
const fn is_hex(bytes: &[u8], start: usize, end: usize) -> bool {
    let mut i = start;
    while i < end {
        if !HEX[bytes[i] as usize] {
            return false;
        }
        i += 1;
    }
    true
}

const HEX: [bool; 256] = table(b"0123456789abcdef");

/// Checks a `tracestate` by W3C Trace Context, section 3.3: at most 32 `key=value` members joined by `,`.
pub fn trace_state(header: &str) -> Verdict {
    let members = header
        .split(',')
        .map(|member| member.trim_matches([' ', '\t']));
    let mut keys: Vec<&str> = Vec::new();
    for member in members.filter(|member| !member.is_empty()) {
        let Some((key, value)) = member.split_once('=') else {
            return Err(
                "a member has no `=`; write it as W3C Trace Context says: `key=value,key=value`",
            );
        };
        if !is_state_key(key) {
            return Err(
                "a member's key does not match W3C Trace Context: `[a-z0-9][a-z0-9_*/-]*`, with at most one `@` between two of them",
            );
        }
        if !is_state_value(value) {
            return Err(
                "a member's value is empty, too long, or has a character that is not allowed",
            );
        }
        if keys.contains(&key) {
            return Err("duplicate key; keep its newest member, which comes first");
        }
        if keys.len() == 32 {
            return Err("it has more than 32 members, the most that W3C Trace Context allows");
        }
        keys.push(key);
    }
    if keys.is_empty() {
        return Err("it has no member");
    }
    // A tab is allowed between members, but not in an attribute.
    super::attribute_text(header)
}

fn is_state_key(key: &str) -> bool {
    let plain = |part: &str, longest: usize| {
        (1..=longest).contains(&part.len())
            && part.starts_with(|first: char| first.is_ascii_lowercase() || first.is_ascii_digit())
            && part
                .bytes()
                .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' | b'*' | b'/'))
    };
    match key.split_once('@') {
        Some((tenant, system)) => plain(tenant, 241) && plain(system, 14),
        None => plain(key, 256),
    }
}

fn is_state_value(value: &str) -> bool {
    (1..=256).contains(&value.len())
        && value
            .bytes()
            .all(|byte| matches!(byte, b' '..=b'~') && byte != b'=')
}

const fn zeros(bytes: &[u8], from: usize, to: usize) -> bool {
    let mut i = from;
    while i < to {
        if bytes[i] != b'0' {
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
    fn trace_parents() {
        let good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        for header in [
            good,
            &good.replacen("00", "cc", 1),
            &format!("cc{}-what-comes", &good[2..]),
        ] {
            assert_eq!(trace_parent(header), Ok(()), "{header}");
        }
        for header in [
            "",
            "00",
            &good[..54],
            &good.to_uppercase(),
            &good.replace('-', "_"),
            &good.replacen("00", "ff", 1),
            &format!("{good}-more"),
            &format!("cc{}more", &good[2..]),
            &good.replace("0af7651916cd43dd8448eb211c80319c", &"0".repeat(32)),
            &good.replace("b7ad6b7169203331", &"0".repeat(16)),
            &format!("cc{}-\u{7}", &good[2..]),
            &"é".repeat(40),
        ] {
            assert!(trace_parent(header).is_err(), "{header}");
        }
    }

    #[test]
    fn trace_states() {
        let members = |count: u8| -> Vec<String> {
            (0..count).map(|number| format!("k{number}=1")).collect()
        };
        let most = members(32).join(",");
        let too_many = members(33).join(",");
        for header in [
            "rojo=00f067aa0ba902b7",
            "a=1, b=2",
            "a=1,,b=2",
            "9tenant@sys=x y",
            "a/b*c_d-e=!",
            &most,
        ] {
            assert_eq!(trace_state(header), Ok(()), "{header}");
        }
        for header in [
            "", ",", "a", "a=", "A=1", "a=b=c", "a=é", "a@b@c=1", "a=\u{1}", "a=1,a=2", &too_many,
        ] {
            assert!(trace_state(header).is_err(), "{header}");
        }
    }
}
