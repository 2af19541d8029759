use super::Verdict;

/// A CloudEvents String, 1.0.2 "Type system": no control characters and no noncharacters. Surrogates
/// cannot occur in a `str`.
pub(crate) const fn attribute_text(text: &str) -> Verdict {
    let bytes = text.as_bytes();
    let mut i = 0;
    while i < bytes.len() {
        let (character, width) = decode(bytes, i);
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

/// [`attribute_text`] where time counts and no constant is made: printable ASCII is told at once.
pub(crate) fn sendable(text: &str) -> Verdict {
    let is_plain = |plain, byte: u8| plain & (byte >= b' ') & (byte <= b'~');
    if text.bytes().fold(true, is_plain) {
        return Ok(());
    }
    attribute_text(text)
}

/// CloudEvents' own rule for `type`: a non-empty String.
pub(crate) const fn legacy_event_type(name: &str) -> Verdict {
    if name.is_empty() {
        return Err("it is empty");
    }
    attribute_text(name)
}

/// The character that starts at `i`, and its width in bytes; `bytes` is UTF-8 and `i` a boundary.
const fn decode(bytes: &[u8], i: usize) -> (u32, usize) {
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
        }
    }
}
