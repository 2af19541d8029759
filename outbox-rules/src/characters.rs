//! The rules on a text's characters.

use super::Verdict;

/// Checks a CloudEvents String, 1.0.2 "Type system": no control characters and no noncharacters. Surrogates
/// cannot occur in a `str`.
pub const fn attribute_text(text: &str) -> Verdict {
    let bytes = text.as_bytes();
    let mut i = 0;
    while i < bytes.len() {
        let (character, width) = decode_character(bytes, i);
        if character < 0x20 || (character >= 0x7F && character <= 0x9F) {
            return Err("it has a control character, which CloudEvents forbids in attributes");
        }
        if (character >= 0xFDD0 && character <= 0xFDEF) || character & 0xFFFE == 0xFFFE {
            return Err("it has a Unicode noncharacter, which CloudEvents forbids in attributes");
        }
        i += width;
    }
    Ok(())
}

/// Checks as [`attribute_text`] does, faster, but not in a constant.
#[inline]
pub fn sendable(text: &str) -> Verdict {
    if is_plain(text) {
        Ok(())
    } else {
        attribute_text(text)
    }
}

/// Returns whether the text is printable ASCII without `"` and `\`. Such a text obeys [`attribute_text`] and needs
/// no escapes in a JSON string. Looks at eight bytes at a time.
#[inline]
#[must_use]
pub fn is_plain(text: &str) -> bool {
    let bytes = text.as_bytes();
    let are_plain = |word: &[u8; 8]| word_is_plain(u64::from_ne_bytes(*word));
    match bytes.last_chunk() {
        Some(last) => bytes.as_chunks().0.iter().all(are_plain) && are_plain(last),
        None => bytes.iter().all(|byte| byte_is_plain(*byte)),
    }
}

/// Returns whether the byte is printable ASCII other than `"` and `\`.
const fn byte_is_plain(byte: u8) -> bool {
    matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\'
}

/// Returns whether every byte is plain, as [`byte_is_plain`] says.
const fn word_is_plain(word: u64) -> bool {
    let other = word | less(word ^ each(0x7F), 1);
    (to_escape(word) | (other & HIGHEST)) == 0
}

/// Returns the highest bit of the lowest byte that a JSON string escapes, `"`, `\` or a control character, and perhaps of
/// bytes above it; 0 if there is none.
const fn to_escape(word: u64) -> u64 {
    let found = less(word, b' ') | less(word ^ each(b'"'), 1) | less(word ^ each(b'\\'), 1);
    found & !word & HIGHEST
}

const HIGHEST: u64 = each(0x80);

const fn each(byte: u8) -> u64 {
    u64::from_ne_bytes([byte; 8])
}

/// Sets the highest bit of the lowest byte that is less than `bound`, and perhaps of bytes above it and of bytes that
/// had it set before.
const fn less(word: u64, bound: u8) -> u64 {
    word.wrapping_sub(each(bound))
}

/// Checks CloudEvents' own rule for `type`: a non-empty String.
pub const fn legacy_event_type(name: &str) -> Verdict {
    if name.is_empty() {
        return Err("it is empty");
    }
    attribute_text(name)
}

/// Returns the character that starts at `i`, and its width in bytes; `bytes` is UTF-8 and `i` a boundary.
const fn decode_character(bytes: &[u8], i: usize) -> (u32, usize) {
    const fn tail(bytes: &[u8], i: usize) -> u32 {
        (bytes[i] & 0x3F) as u32
    }
    let first = bytes[i] as u32;
    match first {
        0..=0x7F => (first, 1),
        0x80..=0xDF => ((first & 0x1F) << 6 | tail(bytes, i + 1), 2),
        0xE0..=0xEF => (
            (first & 0x0F) << 12 | tail(bytes, i + 1) << 6 | tail(bytes, i + 2),
            3,
        ),
        _ => (
            (first & 0x07) << 18
                | tail(bytes, i + 1) << 12
                | tail(bytes, i + 2) << 6
                | tail(bytes, i + 3),
            4,
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_judged_by_their_bytes() {
        for one in 0..=u8::MAX {
            for other in 0..=u8::MAX {
                let bytes = [b'a', one, other, b'~', b' ', one, b'z', b'0'];
                assert_eq!(
                    word_is_plain(u64::from_ne_bytes(bytes)),
                    byte_is_plain(one) && byte_is_plain(other),
                    "{bytes:?}"
                );
            }
        }
    }

    #[test]
    fn every_character_is_judged_as_the_specification_says() {
        for character in '\0'..=char::MAX {
            let code = u32::from(character);
            let forbidden = character.is_control()
                || (0xFDD0..=0xFDEF).contains(&code)
                || code & 0xFFFF == 0xFFFE
                || code & 0xFFFF == 0xFFFF;
            let text = format!("a{character}b");
            assert_eq!(attribute_text(&text).is_err(), forbidden, "U+{code:04X}");
            assert_eq!(sendable(&text), attribute_text(&text), "U+{code:04X}");
            let is_printable = matches!(character, ' '..='~');
            let must_be_plain = is_printable && !matches!(character, '"' | '\\');
            for text in [
                format!("{character}"),
                format!("{character}1234567"),
                format!("12345678a{character}b"),
            ] {
                assert_eq!(is_plain(&text), must_be_plain, "U+{code:04X}");
            }
        }
    }
}
