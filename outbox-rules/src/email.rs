use super::{Verdict, table};

/// Checks a valid e-mail address of the HTML living standard (4.10.5.1.5): an ASCII local part, `@`,
/// and domain labels of letters, digits and inner hyphens, at most 63 characters each.
pub const fn email(address: &str) -> Verdict {
    const FORM: &str = "must be an e-mail address, like `ada@example.com`";
    let bytes = address.as_bytes();
    let mut i = 0;
    while i < bytes.len() && LOCAL[bytes[i] as usize] {
        i += 1;
    }
    if i == 0 || i == bytes.len() || bytes[i] != b'@' {
        return Err(FORM);
    }
    let mut label_start = i + 1;
    i = label_start;
    while i <= bytes.len() {
        if i == bytes.len() || bytes[i] == b'.' {
            let length = i - label_start;
            if length == 0 || length > 63 || bytes[label_start] == b'-' || bytes[i - 1] == b'-' {
                return Err(FORM);
            }
            label_start = i + 1;
        } else if !LABEL[bytes[i] as usize] {
            return Err(FORM);
        }
        i += 1;
    }
    Ok(())
}

/// The characters of a label.
const LABEL: [bool; 256] =
    table(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-");

/// The characters of a local part.
const LOCAL: [bool; 256] =
    table(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.!#$%&'*+/=?^_`{|}~-");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let label = "a".repeat(63);
        for address in [
            "ada@example.com",
            "a@b",
            "a.b+c@x-y.z9",
            ".a..b.@example.com",
            "!#$%&'*+/=?^_`{|}~-@example.com",
            &format!("a@{label}.{label}"),
        ] {
            assert_eq!(email(address), Ok(()), "{address}");
        }
        for address in [
            "",
            "@",
            "a",
            "a@",
            "@b",
            "a@b@c",
            "a b@c",
            "a@b c",
            "a@-b",
            "a@b-",
            "a@b..c",
            "a@.b",
            "a@b.",
            "ä@example.com",
            "a@exämple.com",
            "a@[127.0.0.1]",
            "\"a\"@b",
            "a@b\n",
            "a,b@c",
            "a@b_c",
            &format!("a@{label}a"),
        ] {
            assert!(email(address).is_err(), "{address}");
        }
    }
}
